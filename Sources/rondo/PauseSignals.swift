#if LIBTORCH
  import Formatting
  import Foundation
  import Planning
  import Synchronization
  import Torch
  import Training

  /// Has a run pause with a checkpoint at SIGTERM, at a closed terminal, and at Ctrl-C.
  enum PauseSignals {
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

    /// Says how the work goes on that was stopped after an update, and ends the program by the signal that it received
    /// last, as it would have ended without this; returns what to throw if it received none.
    ///
    /// - Parameter command: what continues it, if that is not `rondo train`.
    static func leave(update: Int, resuming folder: URL, by command: String? = nil) -> TrainingError {
      let resume = (command.map { $0 + " " } ?? "") + "--resume \(shellQuoted(folder.relativePath))"
      Console.info(
        update > 0 ? "stopped after update \(update); \(resume) continues after it" : "stopped; \(resume) continues")
      let number = ReceivedSignals.last.load(ordering: .relaxed)
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
      if case .planned(let plan) = event, !plan.settings.budget.openEnded { PauseSignals.pauseAtInterruption() }
    }
  }

  /// Whether there are updates of which a checkpoint can be saved.
  private let isTraining = Atomic(false)
  /// Whether this process speaks for all that train together.
  private let speaks = Atomic(true)

  /// Has the run pause, and says so at once; a second signal ends the program.
  private func pauseAlone(_ number: Int32) {
    ReceivedSignals.last.store(number, ordering: .relaxed)
    ProcessGroup.requestPause()
    sayPause(number)
    // SIGHUP stays as it is: where nohup has it ignored, it would end the run before its checkpoint.
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }

  /// Has the run of several processes pause, without a word.
  private func pauseQuietly(_ number: Int32) {
    ReceivedSignals.last.store(number, ordering: .relaxed)
    ProcessGroup.requestPause()
  }

  /// Has the run of several processes pause; a second signal ends them, unless it is the first one, passed on by what has
  /// started them.
  private func pauseTogether(_ number: Int32) {
    guard !ReceivedSignals.isRepeated() else { return }
    guard ReceivedSignals.count.add(1, ordering: .relaxed).newValue == 1 else {
      signal(number, SIG_DFL)
      raise(number)
      return
    }
    ReceivedSignals.last.store(number, ordering: .relaxed)
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
#endif
