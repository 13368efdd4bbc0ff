import ArgumentParser
import Planning

/// The flags that change the plan of a run that is resumed.
struct RevisionOptions: IntroducedOptions {
  static let groupName: String? = "resume"
  static let title = "A change of plan, with --resume"
  static let introduction = "More updates or other bounds, for a run that was stopped or has ended."

  @Option(help: "Add this many whole cycles.")
  var extendCycles: Int?
  @Option(name: .customLong("new-base-lr"), help: "Another lower bound, without a jump.")
  var newBaseLR: Double?
  @Option(name: .customLong("new-max-lr"), help: "Another upper bound, without a jump.")
  var newMaxLR: Double?
  @Option(help: "Train so many more updates at the lower bound, then end.")
  var floorSteps: Int?
  @Option(help: "The reason, recorded in the run's plan.")
  var reason: String?

  /// The change that was typed, if any: cycles more, other bounds or both, or the floor.
  func typed() throws -> PlanRevision? {
    var changes: [PlanRevision.Change] = []
    if let extendCycles { changes.append(.extend(cycles: extendCycles)) }
    if let floorSteps { changes.append(.floor(steps: floorSteps)) }
    if newBaseLR != nil || newMaxLR != nil {
      guard let low = newBaseLR, let high = newMaxLR else {
        throw ValidationError("--new-base-lr and --new-max-lr are given together.")
      }
      changes.append(.bounds(low: low, high: high))
    }
    guard changes.count <= 1 || floorSteps == nil else {
      throw ValidationError(
        "One change of plan at a time beside --floor-steps: resume, and change again later.")
    }
    guard !changes.isEmpty else {
      guard reason == nil else {
        throw ValidationError("--reason needs a change of plan, such as --extend-cycles 1.")
      }
      return nil
    }
    return PlanRevision(changes, reason: reason ?? "")
  }
}
