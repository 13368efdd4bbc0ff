#if LIBTORCH
  import Foundation
  import Planning
  import Synchronization
  import Torch
  import Training

  /// Has an open-ended run land at the first Ctrl-C or SIGTERM, and leaves it, saved, at the second; the third
  /// ends the program, as Ctrl-C does before the run trains; SIGTERM pauses it there, as it does other runs.
  ///
  /// After the last update there is nothing to be landed or left: the first changes nothing, and the second ends the
  /// program.
  final class LandingSignals: TrainingObserver {
    private var hasLanded = false {
      didSet { stage.store(hasLanded ? Stage.landing : Stage.open, ordering: .relaxed) }
    }
    /// The signals that have had their effect, and those that were answered by a landing that is about to be.
    private var done = 0
    private var handled = 0
    /// When a signal to this process was answered, and one to another: a launcher sends both, a moment apart.
    private var (answeredOwn, answeredOther): (ContinuousClock.Instant?, ContinuousClock.Instant?)

    /// Counts signals from now on, if the run is open-ended.
    func didReport(_ event: RunEvent) {
      switch event {
      case .planned(let plan) where plan.settings.budget.openEnded:
        hasLanded = plan.plan.landing != nil
        ReceivedSignals.count.store(0, ordering: .relaxed)
        InheritedSignals.letThrough()
        signal(SIGTERM, receive)
        PauseSignals.keepIgnoring(SIGINT, signal(SIGINT, receive))
      case .landing:
        hasLanded = true
        done = handled
      default: break
      }
    }

    /// Answers the signals that came.
    func didUpdate(_ record: UpdateRecord) -> TrainingDecision {
      if record.update == record.total { stage.store(Stage.over, ordering: .relaxed) }
      let count = ReceivedSignals.count.load(ordering: .relaxed)
      if ProcessGroup.takeLandingRequest(), count == done, !Self.isRecent(answeredOwn),
        !Self.isRecent(answeredOther)
      {
        answeredOther = .now
        return hasLanded ? .pause : .land(reason: "SIGTERM")
      }
      guard count > done else { return .proceed }
      if hasLanded, count == done + 1, Self.isRecent(answeredOther) {
        done = count
        return .proceed
      }
      answeredOwn = .now
      return decision(count)
    }

    private static func isRecent(_ instant: ContinuousClock.Instant?) -> Bool {
      instant.map { $0.duration(to: .now) < relayInterval } ?? false
    }

    /// Within it a signal to another process is the one to this process.
    private static let relayInterval = Duration.seconds(2)

    private func decision(_ count: Int) -> TrainingDecision {
      if hasLanded || count > done + 1 { return .pause }
      handled = count
      return .land(reason: Self.name)
    }

    private static var name: String {
      ReceivedSignals.last.load(ordering: .relaxed) == SIGTERM ? "SIGTERM" : "Ctrl-C"
    }

    /// Has the first of several processes alone answer Ctrl-C, which a terminal sends to all of them.
    static func leaveInterruptionToFirst() {
      hasLauncher.store(ProcessGroup.current != nil, ordering: .relaxed)
      if !ProcessGroup.isFirst { signal(SIGINT, SIG_IGN) }
    }

    /// Has a process that trains an open-ended run with others tell the first one of SIGTERM, by which the run lands.
    static func landAtTermination() {
      guard !ProcessGroup.isFirst else { return }
      signal(SIGTERM) { number in
        ReceivedSignals.last.store(number, ordering: .relaxed)
        ProcessGroup.requestLanding()
      }
    }
  }

  /// What a signal meets.
  private enum Stage {
    static let open = 0
    static let landing = 1
    static let over = 2
  }

  private let stage = Atomic(Stage.open)
  /// Whether other processes train with this one, to each of which a launcher passes signals on.
  private let hasLauncher = Atomic(false)

  /// Says at once what will happen, by nothing that a signal must not use; an update or an evaluation may take
  /// a while.
  private func receive(_ number: Int32) {
    if ReceivedSignals.isRepeated(), hasLauncher.load(ordering: .relaxed) { return }
    ReceivedSignals.last.store(number, ordering: .relaxed)
    let count = ReceivedSignals.count.add(1, ordering: .relaxed).newValue
    let met = stage.load(ordering: .relaxed)
    let words: StaticString =
      met == Stage.over
      ? "\nreceived a signal: the last update is made, and the run ends when it is evaluated; another signal ends the program at once, and --resume continues from the last checkpoint\n"
      : met == Stage.open && count == 1
        ? "\nreceived a signal: the run lands; another signal stops it with a checkpoint\n"
        : "\nreceived a signal: stopping with a checkpoint; another signal ends it at once\n"
    _ = write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
    if met != Stage.open || count > 1 {
      signal(SIGINT, SIG_DFL)
      signal(SIGTERM, SIG_DFL)
    }
  }
#endif
