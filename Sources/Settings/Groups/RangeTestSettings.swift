// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Each setting is documented by its own help text.

import Tuning

/// The range test, which finds the learning rates that are not given.
public struct RangeTestSettings: SettingsGroup {
  public static let schema = Schema(
    "Range test", "The test that finds the learning rates that are not given.", Self())

  private static let sweep = RangeTestSweep()

  public let steps = Setting<Int?>(
    "range-test-steps", "The updates of the range test.", .in(20...100_000),
    defaultDescription:
      "100, or fewer, so that they take at most a twentieth of the run; none where that is too few",
    needs: .rangeTest)
  public let minLR = Setting<Double>(
    "range-test-min-lr", "The lowest learning rate.", .rate, default: sweep.lowest, needs: .rangeTest)
  public let maxLR = Setting<Double>(
    "range-test-max-lr", "The highest learning rate.", .rate, default: sweep.highest, needs: .rangeTest)
  public let shape = Setting<RangeTestSweep.Shape>(
    "range-test-shape", "How the learning rate rises.", default: sweep.shape, needs: .rangeTest)
  public let measure = Setting<RangeTestMeasure>(
    "range-test-on",
    "What is measured: train (the batches' loss), validation, or a metric: accuracy.",
    default: .trainingLoss, needs: .rangeTest)
  public let advice = Setting<AdviceMode>(
    "advice",
    "What the peak follows from: the range test, rehearsals (short cycles to several peaks), the prior (what is known of such runs) alone, or what pays.",
    default: .auto, needs: .adviceAsked)

  public static func check(_ settings: RunSettings) throws {
    let sweep = settings.resolved.sweep
    guard sweep.lowest >= sweep.highest else { return }
    throw SettingsError.notAllowed(
      key: "range-test-min-lr", value: "\(sweep.lowest)",
      allowed: "below --range-test-max-lr (\(sweep.highest))")
  }
}

extension ResolvedSettings {
  /// The learning rates that a range test tries, in as many updates as it has at most.
  public var sweep: RangeTestSweep {
    let own = self.rangeTest
    let steps = own.steps ?? self.data.task.rangeTestSteps
    return RangeTestSweep(lowest: own.minLR, highest: own.maxLR, steps: steps, shape: own.shape)
  }
}

extension ResolvedSettings {
  /// Whether a rate is needed that was not typed.
  public var needsRange: Bool {
    let own = self.schedule
    return own.maxLR == nil || (self.open.namedSchedule?.rises ?? true && own.baseLR == nil)
  }

  /// Whether a range test is made, as far as the budget holds one: where a rate is open, unless the rates are to follow
  /// from what is known of such runs alone.
  public var makesRangeTest: Bool { needsRange && self.rangeTest.advice != .prior }
}

extension RangeTestSweep.Shape: SettingChoice {}

extension RangeTestMeasure: SettingText {
  /// What the text must look like.
  public static var expected: String { "train, validation or the name of a metric" }
}

/// From what the peak of the learning rate follows, where it is not given.
public enum AdviceMode: String, Sendable, Hashable, Codable, SettingChoice {
  /// The prior and the range test, and rehearsals where they pay.
  case auto
  /// The range test alone.
  case rangeTest = "range-test"
  /// The prior, the range test and rehearsals.
  case rehearse
  /// The prior alone, which costs nothing.
  case prior
}
