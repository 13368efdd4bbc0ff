import Formatting
import Foundation
import Numbers
import Schedules
import Settings
import Tuning

/// How many updates a run's range test has: as many as a twentieth of the run's budget holds.
public struct RangeTestLength: Sendable, Hashable, Codable {
  /// The updates of the test; 0 where the budget holds too few and none is made.
  public let steps: Int
  /// The updates of the run, as far as they are known before the test.
  public let runSteps: Int
  /// What the test takes, its measurements and the timing before it included, in updates of the run.
  public let cost: Double
  /// The updates of a test that a twentieth of the run holds; nil in older runs.
  public let heldSteps: Int?
  /// Whether the run's peak was given, so that no prior takes the place of a test; nil in older runs.
  public let isPeakGiven: Bool?
  /// The seconds that the test is going to take, where an update was timed before it.
  public let seconds: Double?

  /// Whether the updates of the run are an estimate by the few that were timed; nil in older runs.
  public let isEstimate: Bool?

  /// The share of a run that its range test takes at most.
  public static let maximumShare = 0.05
  /// The fewest updates of a test whose length follows the budget: of fifty, the rule's peaks lose up to
  /// five points in networks without normalization (`Benchmarks/advice`), and of fewer it was not measured.
  public static let minimumSteps = 40
  /// The updates by which a run is timed where its budget is in minutes.
  public static let timedSteps = 8
  /// A forward pass in forward and backward passes.
  private static let measurement = 1.0 / 3

  /// Plans a test.
  ///
  /// - Parameters:
  ///   - runSteps: the updates that the run's budget holds.
  ///   - updateSize: the images of an update.
  ///   - secondsPerUpdate: what an update takes, if some have been timed.
  ///   - isEstimate: whether the updates that the budget holds follow from that.
  public init(
    _ settings: ResolvedSettings, runSteps: Int, updateSize: Int, secondsPerUpdate: Double? = nil,
    isEstimate: Bool = false
  ) {
    self.isEstimate = isEstimate
    let measured =
      settings.rangeTest.measure == .trainingLoss
      ? RangeTestSample.maximumFixedImages(updateSize: updateSize) : RangeTestSample.maximumImages
    let perUpdate = 1 + Self.measurement * Double(measured) / Double(max(1, updateSize))
    let timing = secondsPerUpdate == nil ? 0 : Double(Self.timedSteps)
    let held = (Self.maximumShare * Double(runSteps) - timing) / perUpdate
    heldSteps = max(0, Int(clamping: held))
    isPeakGiven = settings.schedule.maxLR != nil
    let wanted = settings.sweep.steps
    let isTyped = settings.rangeTest.steps != nil
    let count =
      isTyped ? wanted : held < Double(Self.minimumSteps) ? 0 : min(wanted, Int(clamping: held))
    steps = count
    self.runSteps = runSteps
    cost = Double(steps) * perUpdate + timing
    seconds = secondsPerUpdate.map { Double(count) * perUpdate * $0 }
  }

  /// The share of the run that it takes.
  public var share: Double { cost / Double(max(1, runSteps)) }
}

extension RangeTestLength: CustomStringConvertible {
  /// A sentence: what the range test is going to take, or why none is made and which flag makes one.
  public var description: String {
    let about = isEstimate == true ? "about " : ""
    guard steps > 0 else {
      let timing = seconds == nil ? "" : " and the timing of the run"
      let held = heldSteps.map { quantity($0, "update") } ?? "too few updates"
      return "no range test: it may cost a twentieth of the run's \(about)\(runSteps) updates, its "
        + "measurements\(timing) included, which holds \(held) of a test, and it needs \(Self.minimumSteps). \(peak); "
        + "--range-test-steps 100 makes a test"
    }
    if runSteps >= Budget.maximumSteps { return "range test: \(steps) updates, before a run without an end" }
    return
      "range test: \(steps) updates, which take \(String(format: share < 1 ? "%.2g" : "%.0f", 100 * share)) % of the "
      + (about.isEmpty ? "run's \(runSteps)" : "run's about \(runSteps)")
      + (seconds.map { String(format: ", about %.0f s", $0.rounded(.up)) } ?? "")
  }

  /// What is the run's peak where no test is made.
  private var peak: String {
    switch isPeakGiven {
    case true?: "The peak is the given one (--max-lr)"
    case false?: "The peak follows from the prior for such runs"
    case nil: "The peak is --max-lr, or else follows from the prior for such runs"
    }
  }
}
