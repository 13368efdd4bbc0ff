// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Each setting is documented by its own help text.

import Schedules

/// How long a run is, and of what its updates are made.
public struct BudgetSettings: SettingsGroup {
  public static let schema = Schema(
    "Budget", "How long to train, and how many images an update takes.", Self())

  public let epochs = Setting<Double?>(
    "epochs", "Passes over the training data.", .aboveZero(below: 1e9), budget: .length)
  public let steps = Setting<Int?>(
    "steps", "Updates, instead of epochs.", .in(1...Budget.mostSteps), budget: .length)
  public let minutes = Setting<Double?>(
    "minutes", "Minutes, range test included, instead of epochs; the speed is measured.",
    .aboveZero(below: 1e7), budget: .length)
  public let maxMinutes = Setting<Double?>(
    "max-minutes", "The most minutes that a budget in epochs may take.", .aboveZero(below: 1e7),
    otherwise: "5 where neither a budget nor a folder is given", budget: .limit)
  public let batchSize = Setting<Int>(
    "batch-size", "Images in a batch; fewer by default where there are few training images.",
    .atLeast(1), default: 128)
  public let accumulate = Setting<Int>(
    "accumulate", "Batches in an update, which takes their mean gradient.", .atLeast(1), default: 1)
}
