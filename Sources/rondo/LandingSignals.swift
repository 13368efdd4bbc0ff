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
        received.store(0, ordering: .relaxed)
        InheritedSignals.letThrough()
        signal(SIGTERM, receive)
        Self.keepIgnoring(SIGINT, signal(SIGINT, receive))
      case .landing:
        hasLanded = true
        done = handled
      default: break
      }
    }

    /// Answers the signals that came.
    func didUpdate(_ record: UpdateRecord) -> TrainingDecision {
      if record.update == record.total { stage.store(Stage.over, ordering: .relaxed) }
      let count = received.load(ordering: .relaxed)
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
      instant.map { $0.duration(to: .now) < sameSignal } ?? false
    }

    /// The time within which signals to several processes are one.
    private static let sameSignal = Duration.seconds(2)

    private func decision(_ count: Int) -> TrainingDecision {
      if hasLanded || count > done + 1 { return .pause }
      handled = count
      return .land(reason: Self.name)
    }

    private static var name: String {
      last.load(ordering: .relaxed) == SIGTERM ? "SIGTERM" : "Ctrl-C"
    }

    /// Has a run pause at SIGTERM with a checkpoint; of processes that train together all of them, after the same update.
    ///
    /// It does so at SIGHUP too, which comes where its terminal is closed.
    ///
    /// - Parameter isAlone: whether no others train with it; a second signal then ends it at once. Processes that train
    ///   together may get the first one twice, from a launcher and from whoever has ended that.
    static func pauseAtTermination(isAlone: Bool = false) {
      InheritedSignals.letThrough()
      _ = isAlone ? signal(SIGTERM, pauseAlone) : signal(SIGTERM, pauseQuietly)
      keepIgnoring(SIGHUP, isAlone ? signal(SIGHUP, pauseAlone) : signal(SIGHUP, pauseQuietly))
    }

    /// Ignores a signal again that was ignored before, as nohup has SIGHUP, and a shell SIGINT of what it starts in the
    /// background.
    static func keepIgnoring(_ number: Int32, _ before: (@convention(c) (Int32) -> Void)?) {
      if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(number, SIG_IGN) }
    }

    /// Has a run pause at Ctrl-C as at SIGTERM from now on; before there is nothing to be saved, and Ctrl-C ends the
    /// program.
    ///
    /// Of processes that train together, to all of which a terminal sends Ctrl-C, all pause after the same update.
    static func pauseAtInterruption() {
      isTraining.store(true, ordering: .relaxed)
      speaks.store(ProcessGroup.isFirst, ordering: .relaxed)
      let isAlone = ProcessGroup.current == nil
      let before = isAlone ? signal(SIGINT, pauseAlone) : signal(SIGINT, pauseTogether)
      keepIgnoring(SIGINT, before)
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
        last.store(number, ordering: .relaxed)
        ProcessGroup.requestLanding()
      }
    }

    /// Says how the work goes on that was stopped after an update, and ends the program by the signal that it received
    /// last, as it would have ended without this; returns what to throw if it received none.
    ///
    /// - Parameter command: what continues it, if that is not `rondo train`.
    static func leave(update: Int, resuming folder: URL, by command: String? = nil) -> TrainingError {
      let resume = (command.map { $0 + " " } ?? "") + "--resume \(folder.relativePath)"
      Console.info(
        update > 0 ? "stopped after update \(update); \(resume) continues after it" : "stopped; \(resume) continues")
      let number = last.load(ordering: .relaxed)
      if number > 0 {
        signal(number, SIG_DFL)
        raise(number)
      }
      return .paused(update: update)
    }
  }

  /// Has a process, and each of several, pause at Ctrl-C once the run is planned; before, it ends them.
  final class InterruptionPause: TrainingObserver {
    let isOfEveryProcess = true

    func didReport(_ event: RunEvent) {
      if case .planned(let plan) = event, !plan.settings.budget.openEnded { LandingSignals.pauseAtInterruption() }
    }
  }

  /// What a signal meets.
  private enum Stage {
    static let open = 0
    static let landing = 1
    static let over = 2
  }

  private let stage = Atomic(Stage.open)
  private let received = Atomic(0)
  private let hasLauncher = Atomic(false)
  /// When a signal came last, in nanoseconds of the clock.
  private let lastTime = Atomic(0)
  /// The nanoseconds within which a signal is the one before: what is sent to a group of processes reaches one of them
  /// directly, and again by its launcher.
  private let sameSignal = 300_000_000
  private let last = Atomic<Int32>(0)
  /// Whether there are updates of which a checkpoint can be saved.
  private let isTraining = Atomic(false)
  /// Whether this process speaks for all that train together.
  private let speaks = Atomic(true)

  /// Has the run pause, and says so at once; a second signal ends the program.
  private func pauseAlone(_ number: Int32) {
    last.store(number, ordering: .relaxed)
    ProcessGroup.requestPause()
    sayPause(number)
    // SIGHUP stays as it is: where nohup has it ignored, it would end the run before its checkpoint.
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }

  /// Has the run of several processes pause, without a word.
  private func pauseQuietly(_ number: Int32) {
    last.store(number, ordering: .relaxed)
    ProcessGroup.requestPause()
  }

  /// Has the run of several processes pause; a second signal ends them, unless it is the first one, passed on by what has
  /// started them.
  private func pauseTogether(_ number: Int32) {
    guard !isRepeated() else { return }
    guard received.add(1, ordering: .relaxed).newValue == 1 else {
      signal(number, SIG_DFL)
      raise(number)
      return
    }
    last.store(number, ordering: .relaxed)
    ProcessGroup.requestPause()
    if speaks.load(ordering: .relaxed) { sayPause(number) }
  }

  private func sayPause(_ number: Int32) {
    let words: StaticString =
      number == SIGINT
      ? "\nreceived Ctrl-C: stopping with a checkpoint; another Ctrl-C ends it at once\n"
      : number == SIGHUP
        ? "\nreceived SIGHUP: stopping with a checkpoint\n"
        : isTraining.load(ordering: .relaxed)
          ? "\nreceived SIGTERM: stopping with a checkpoint; another signal ends it at once\n"
          : "\nreceived SIGTERM: stopping; another signal ends it at once\n"
    _ = write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
  }

  /// Whether a signal came a moment ago, which this one then is, passed on.
  private func isRepeated() -> Bool {
    var clock = timespec()
    clock_gettime(CLOCK_MONOTONIC, &clock)
    let now = clock.tv_sec &* 1_000_000_000 &+ clock.tv_nsec
    let before = lastTime.exchange(now, ordering: .relaxed)
    return before > 0 && now &- before < sameSignal
  }

  /// Says at once what will happen, by nothing that a signal must not use; an update or an evaluation may take
  /// a while.
  private func receive(_ number: Int32) {
    if isRepeated(), hasLauncher.load(ordering: .relaxed) { return }
    last.store(number, ordering: .relaxed)
    let count = received.add(1, ordering: .relaxed).newValue
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
