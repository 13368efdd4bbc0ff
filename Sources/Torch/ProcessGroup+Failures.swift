import Foundation
import Synchronization

// MARK: Pauses

extension ProcessGroup {
  private static let pause = Atomic(false)

  /// Whether this process was asked to pause; all of them do so after the update in which one says it was.
  public static var hasPauseRequest: Bool { pause.load(ordering: .relaxed) }

  /// Tells this process to pause, which a signal may do.
  public static func requestPause() { pause.store(true, ordering: .relaxed) }

  private static let landing = Atomic(false)

  /// Requests that the run lands, which a signal may do; the first process decides.
  public static func requestLanding() { landing.store(true, ordering: .relaxed) }

  /// Returns whether a landing was requested of this process, and forgets it; requests of all processes reach the first.
  public static func takeLandingRequest() -> Bool { landing.exchange(false, ordering: .relaxed) }
}

// MARK: Failures

extension ProcessGroup {
  /// The seconds in which other processes say why they end, or count as lost.
  private static let grace = 5.0

  /// Tells the others that this process ends by an error, and returns what people should read: where the connection was
  /// lost, why.
  public func cause(of error: any Error) -> any Error {
    let cause = Cause()
    let done = DispatchSemaphore(value: 0)
    // Where the network is gone, the store at process 0 never answers, and does not say so.
    let thread = Thread { [self] in
      cause.set(answer(to: error))
      done.signal()
    }
    thread.start()
    _ = done.wait(timeout: .now() + 2 * Self.grace)
    if let found = cause.get() { return found }
    guard (error as? TorchError)?.isOfConnection == true else { return error }
    return GroupError.lost(ranks: rank == 0 ? [] : [0], size: size, reason: "no answer")
  }

  private final class Cause: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    func set(_ found: any Error) { error.withLock { $0 = found } }
    func get() -> (any Error)? { error.withLock { $0 } }
  }

  private func answer(to error: any Error) -> any Error {
    let lost = (error as? TorchError).flatMap { $0.isOfConnection ? $0 : nil }
    let isOwn = lost == nil && !(error is GroupError)
    guard (try? post(isOwn ? "\(error)" : Self.silence, as: Self.note(rank))) != nil else {
      return lost == nil || rank == 0 ? error : GroupError.lost(ranks: [0], size: size, reason: "")
    }
    guard let lost else { return error }
    let begun = ContinuousClock.now
    var open = Set(0..<size).subtracting([rank])
    while !open.isEmpty, begun.duration(to: .now) < .seconds(Self.grace) {
      for other in open.sorted() {
        guard let sentence = try? posted(Self.note(other)) else { continue }
        if sentence != Self.silence { return GroupError.failed(rank: other, sentence: sentence) }
        open.remove(other)
      }
      if !open.isEmpty { usleep(50_000) }
    }
    return GroupError.lost(ranks: open.sorted(), size: size, reason: lost.reason)
  }

  private static let silence = "-"
  private static func note(_ rank: Int) -> String { "end-\(rank)" }
}

extension TorchError {
  /// Whether a connection to another process was lost, or it did not come in time.
  var isOfConnection: Bool {
    ["gloo", "connection", "timed out", "timeout", "socket", "peer"].contains {
      reason.lowercased().contains($0)
    }
  }
}
