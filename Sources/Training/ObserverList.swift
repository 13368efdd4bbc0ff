import Planning
import Runs
import Torch
import Tuning

/// Who follows a run, in the order in which they are asked.
///
/// Of several processes those of process 0 are asked, and all get their decisions.
struct ObserverList {
  /// The decisions of all of them on one event.
  struct Decisions: Codable, Equatable {
    /// What is to be reported.
    var findings: [CurveFinding] = []
    /// Other sentences that are to be reported.
    var notes: [String] = []
    /// The first finding from before which the run is to continue, if any.
    var rollBack: CurveFinding?
    /// The plan by which the run is to go on from here, if it is another.
    var revision: RunPlan?
    /// The first reason to stop, if any.
    var stopReason: String?
    /// What takes the run out of the trainer's hands, if anything does: a pause, or the first reason to land.
    var interruption: TrainingInterruption.Kind?
  }

  private let observers: [any TrainingObserver]
  /// Those that get events in this process.
  private let listeners: [any TrainingObserver]

  init(_ observers: [any TrainingObserver]) {
    self.observers = ProcessGroup.isFirst ? observers : []
    listeners = ProcessGroup.isFirst ? observers : observers.filter(\.isOfEveryProcess)
  }

  /// Asks each observer, and gathers their decisions.
  func ask(_ question: (any TrainingObserver) throws -> TrainingDecision) throws -> Decisions {
    let decisions = try ProcessGroup.broadcastFromFirstIfAny {
      let decisions = try answers(question)
      return decisions == Decisions() ? nil : decisions
    }
    return decisions ?? Decisions()
  }

  private func answers(
    _ question: (any TrainingObserver) throws -> TrainingDecision
  ) throws -> Decisions {
    var decisions = Decisions()
    for observer in observers {
      switch try question(observer) {
      case .proceed: break
      case .warn(let findings): decisions.findings += findings
      case .note(let note): decisions.notes.append(note)
      case .stop(let reason): decisions.stopReason = decisions.stopReason ?? reason
      case .pause: decisions.interruption = .pause
      case .land(let reason): decisions.interruption = decisions.interruption ?? .landing(reason: reason)
      case .revise(let plan, let findings):
        decisions.findings += findings
        decisions.revision = decisions.revision ?? plan
      case .rollBack(let finding): decisions.rollBack = decisions.rollBack ?? finding
      }
    }
    return decisions
  }

  /// Passes an event to each observer that listens in this process.
  func report(_ event: RunEvent) throws { try listeners.forEach { try $0.didReport(event) } }

  /// Tells each observer that a checkpoint is about to be written.
  func willCheckpoint(after update: Int) throws {
    try observers.forEach { try $0.willCheckpoint(after: update) }
  }

  /// Tells each observer that training ends.
  func willEnd() throws { try observers.forEach { try $0.willEnd() } }

  /// Tells each observer that the run is over.
  func didFinish(_ summary: RunSummary) throws {
    try observers.forEach { try $0.didFinish(summary) }
  }
}
