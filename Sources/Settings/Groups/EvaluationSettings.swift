// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Each setting is documented by its own help text.

import Formatting
import Schedules

/// When and with which weights a model is evaluated, and what follows from it.
public struct EvaluationSettings: SettingsGroup {
  public static let schema = Schema(
    "Evaluation", "When and with which weights a model is evaluated, and early stopping.", Self())

  public let evaluateEvery = Setting<Int>(
    "evaluate-every", "Epochs between evaluations.", .in(1...1_000_000), default: 1,
    defaultDescription: "1; with --minutes so many that evaluations take a twentieth of it")
  public let patience = Setting<Int?>(
    "patience", "Stop after this many cycles without a better score.", .in(1...Budget.maximumSteps),
    mayChange: true)
  public let patienceOn = Setting<ColumnName?>(
    "patience-on", "The metric that --patience compares: balanced_accuracy, loss.",
    defaultDescription: "the task's first", mayChange: true)
  public let ema = Setting<AverageDecay?>(
    "ema", "Evaluate a moving average of the weights with this decay an update: 0.999; none for no average.",
    AllowedValues("above 0 and below 1, such as 0.999, or none") { $0.decay.map { $0 > 0 && $0 < 1 } ?? true })
  public let average = Setting<AverageName?>(
    "average",
    "Evaluate the models at the cycles' ends together: by their mean weights, or as an ensemble.")
  public let testFlip = Setting<Bool>(
    "test-flip", "Average the predictions for an image and its mirror image.", default: false,
    for: [.classify, .segment])
  public let watch = Setting<WatchMode>(
    "watch",
    "The loss curve: ignore it, say what it shows, or act: roll back after divergence and lower the rate, and change the "
      + "next cycles by what a trough shows.",
    default: .say, mayChange: true)

  public static func check(_ settings: RunSettings) throws {
    let own = settings.evaluation
    if let average = own.average, own.ema?.decay != nil {
      throw SettingsError.notAllowed(
        key: "average", value: average.rawValue,
        allowed: "left out with --ema: a run has one average (--ema none leaves that one out)")
    }
    if let metric = own.patienceOn, own.patience == nil {
      throw SettingsError.notAllowed(
        key: "patience-on", value: metric.name,
        allowed: "given with --patience, which compares it")
    }
    let isOpenEnded = settings.budget.openEnded == true
    guard let schedule = settings.schedule.kind ?? (isOpenEnded ? WarmupStableDecay.entries.first : nil),
      !schedule.repeatsCycles
    else { return }
    for key in ["average", "patience"] {
      guard let value = settings.text(key) else { continue }
      throw SettingsError.notAllowed(
        key: key, value: value,
        allowed:
          "left out with \(isOpenEnded ? "--open-ended" : "--schedule \(schedule.name)"), which has no cycles "
          + "that end before the run"
      )
    }
  }
}

extension ResolvedSettings {
  /// The decay of the weights' moving average, an update; nil where none is evaluated.
  public var averageDecay: Double? { self.evaluation.ema?.decay }
}

/// What a run does about what its loss curve says.
public enum WatchMode: String, Sendable, SettingChoice {
  /// The loss curve is not examined.
  case off
  /// Findings are reported.
  case say
  /// A run that has diverged is rolled back to its last trough, and continues with a lower upper bound.
  case act
}

/// What is made of the models at the ends of a run's cycles.
public enum AverageName: String, Sendable, SettingChoice {
  /// The mean of their weights.
  case swa
  /// An ensemble, which predicts the mean of their predictions.
  case snapshots
}
