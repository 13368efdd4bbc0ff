#if LIBTORCH
  import Foundation
  import Synchronization

  /// The signals that this process has received, as their handlers write them down.
  enum ReceivedSignals {
    /// How many came.
    static let count = Atomic(0)
    /// The last one; 0 before the first.
    static let last = Atomic<Int32>(0)
    /// When one came last, in nanoseconds of the clock.
    private static let lastTime = Atomic(0)
    /// The nanoseconds within which a signal is the one before: what is sent to a group of processes reaches one of them
    /// directly, and again by its launcher.
    private static let repetition = 300_000_000

    /// Whether a signal came a moment ago, which this one then is, passed on.
    static func isRepeated() -> Bool {
      var clock = timespec()
      clock_gettime(CLOCK_MONOTONIC, &clock)
      let now = clock.tv_sec &* 1_000_000_000 &+ clock.tv_nsec
      let before = lastTime.exchange(now, ordering: .relaxed)
      return before > 0 && now &- before < repetition
    }
  }
#endif
