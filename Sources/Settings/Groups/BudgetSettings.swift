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
    "steps", "Updates, instead of epochs.", .in(1...Budget.maximumSteps), budget: .length)
  public let minutes = Setting<Double?>(
    "minutes", "Minutes, range test included, instead of epochs; the speed is measured.",
    .aboveZero(below: 1e7), budget: .length)
  public let maxMinutes = Setting<Double?>(
    "max-minutes", "The most minutes that a budget in epochs may take.", .aboveZero(below: 1e7),
    defaultDescription: "5 where neither a budget nor a folder is given", budget: .limit)
  public let openEnded = Setting<Bool>(
    "open-ended",
    "Train at a constant rate (--schedule wsd) until asked to land: by Ctrl-C, 'rondo land' or --minutes.",
    default: false)
  public let batchSize = Setting<BatchSizeSetting>(
    "batch-size",
    "Images in a batch of all processes; fewer by default where there are few; auto: the default, split where memory lacks."
  )
  public let accumulate = Setting<Int>(
    "accumulate", "Batches in an update, which takes their mean gradient.", .in(1...100_000), default: 1)

  public static func check(_ settings: RunSettings) throws {
    guard settings.budget.openEnded == true else { return try checkLength(settings) }
    func refuse(_ key: String, _ value: String, _ allowed: String) throws {
      throw SettingsError.notAllowed(key: key, value: value, allowed: allowed)
    }
    for key in ["epochs", "steps", "max-minutes"] {
      guard let value = settings.text(key) else { continue }
      try refuse(
        key, value,
        "left out with --open-ended, which trains until it is asked to land (--minutes says when)")
    }
    if let kind = settings.schedule.kind, !WarmupStableDecay.entries.contains(kind) {
      try refuse("schedule", kind.name, "wsd or wsd-linear with --open-ended")
    }
    for (key, time) in [
      ("warmup", settings.schedule.warmup), ("unfreeze-at", settings.model.unfreezeAt),
      ("head-first", settings.model.headFirst),
    ] {
      guard case .fraction? = time else { continue }
      try refuse(
        key, settings.text(key) ?? "",
        "in updates, epochs or images with --open-ended: 2000, 4ep, 51200sa")
    }
  }

  /// Checks that the length is given in one unit, and a limit only to what it limits.
  private static func checkLength(_ settings: RunSettings) throws {
    let lengths = RunSettings.declarations.filter { $0.budget == .length && settings.text($0.key) != nil }
    guard let first = lengths.first else { return }
    let value = settings.text(first.key) ?? ""
    if let second = lengths.dropFirst().first {
      throw SettingsError.notAllowed(
        key: second.key, value: settings.text(second.key) ?? "",
        allowed: "left out with --\(first.key) \(value), which also says how long the run is; keep one of them")
    }
    if let limit = settings.text("max-minutes"), first.key != "epochs" {
      throw SettingsError.notAllowed(
        key: "max-minutes", value: limit,
        allowed: "left out with --\(first.key) \(value): it limits a length in epochs")
    }
  }
}
