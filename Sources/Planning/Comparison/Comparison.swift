import Formatting
import Foundation
import Numbers
import Runs
import Settings
import Tuning

/// A comparison of schedules at one budget, by several seeds, as it is kept in `comparison.json`.
///
/// Its folder has a run's folder for each schedule and seed.
public struct Comparison: Sendable, Hashable, SeriesRecord {
  /// The file's name in the folder.
  public static let fileName = "comparison.json"
  /// The command that makes such a folder.
  public static let command = "rondo compare"

  /// The settings that all runs share.
  public var settings: RunSettings
  /// The schedules, as they were written; the first is what the others are set against.
  public var schedules: [String]
  /// The seeds.
  public var seeds: [UInt64]
  /// Metrics of an evaluation of each run at its end, on the test images, that are compared besides.
  public var metrics: [String]?
  /// The range that a test found, for the schedules whose rates were not given.
  public var range: LearningRateRange?

  /// Creates a comparison.
  ///
  /// - Throws: `SettingsError` for a schedule that is none or is there twice, for too many seeds, and for
  ///   settings that would choose the schedule.
  public init(settings: RunSettings, schedules: [String], seeds: Int) throws {
    try Self.check(seeds: seeds)
    let schedules = try Self.checked(schedules)
    let chosen = [
      "schedule", "base-lr", "max-lr", "step-size", "minutes", "max-minutes", "open-ended",
    ]
    if let key = chosen.first(where: { settings.text($0) != nil }) {
      throw SettingsError.notAllowed(
        key: key, value: "given",
        allowed: "left out in a comparison: use --schedules, and --epochs or --steps for the budget"
      )
    }
    self.settings = settings
    self.schedules = schedules
    let first = settings.resolved.machine.seed
    self.seeds = (0..<seeds).map { first &+ UInt64($0) }
  }

  /// Reads what was written, also by an older version; schedules and seeds are checked as typed ones are.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    settings = try container.decode(RunSettings.self, forKey: .settings)
    schedules = try Self.checked(container.decode([String].self, forKey: .schedules))
    seeds = try container.decode([UInt64].self, forKey: .seeds)
    metrics = try decoder.optionalValue("metrics", older: "figures")
    range = try container.decodeIfPresent(LearningRateRange.self, forKey: .range)
    try Self.check(seeds: seeds.count)
    // The runs of one seed twice are one run, whose spread would be 0.
    guard Set(seeds).count == seeds.count else {
      throw SettingsError.notAllowed(
        key: "seeds", value: seeds.map(String.init).joined(separator: ","), allowed: "different")
    }
  }

  private static func check(seeds: Int) throws {
    guard (1...100).contains(seeds) else {
      throw SettingsError.notAllowed(key: "seeds", value: "\(seeds)", allowed: "from 1 to 100")
    }
  }

  /// Returns schedules by their own names.
  private static func checked(_ schedules: [String]) throws -> [String] {
    let schedules = try schedules.map { try ComparedSchedule($0).text }
    guard schedules.count >= 2 else {
      throw SettingsError.notAllowed(
        key: "schedules", value: schedules.joined(separator: ","), allowed: "two or more")
    }
    for (index, text) in schedules.enumerated() where schedules[..<index].contains(text) {
      throw SettingsError.notAllowed(key: "schedules", value: text, allowed: "there once")
    }
    return schedules
  }

  /// Checks that an evaluation of a task's runs reports these metrics, and compares them besides.
  ///
  /// - Throws: `SettingsError` for one that it does not report.
  public mutating func compare(_ metrics: [String], of task: TaskDescription) throws {
    let known = task.metrics.map(\.name)
    self.metrics = try metrics.map { word in
      if let metric = spelled(word, among: known) { return metric }
      throw SettingsError.unknown(
        key: "metrics", value: word, known: known, nearest: nearest(to: word, among: known))
    }
  }

  /// The schedules, read.
  public func compared() throws -> [ComparedSchedule] { try schedules.map(ComparedSchedule.init) }

  /// Checks that each setting that was typed can have an effect in the run of at least one schedule.
  ///
  /// - Parameter typed: what was typed as flags.
  /// - Throws: `SettingsError` for the first setting that no schedule uses.
  public func checkUse(of typed: RunSettings) throws {
    var typed = typed
    // Where the upper momentum is typed, the lower one's default may be above it.
    if typed.schedule.maxMomentum != nil { typed.schedule.baseMomentum = nil }
    let always = settings.unused(of: typed)
    let unused = try compared().map { settings(of: $0, seed: seeds.first ?? 0).unused(of: typed) }
    for (key, error) in unused.first ?? [] {
      let errors = unused.compactMap { $0.first { $0.key == key }?.error }
      guard errors.count == unused.count else { continue }
      let isByItself = always.contains { $0.key == key } && errors.allSatisfy { $0 == error }
      guard !isByItself, case .notAllowed(let flag, let value, _) = error else { throw error }
      throw SettingsError.notAllowed(
        key: flag, value: value,
        allowed: "left out with --schedules \(schedules.joined(separator: ",")), none of which uses it")
    }
  }

  /// Whether the run of a schedule makes a range test, or shares one.
  public func makesRangeTest() throws -> Bool {
    let ownTest = try compared().contains {
      $0.schedule == nil && settings(of: $0, seed: seeds.first ?? 0).resolved.makesRangeTest
    }
    return try ownTest || needsRange() && settingsOfAdvice().resolved.makesRangeTest
  }

  /// The settings by which the rates are found that the schedules leave open.
  ///
  /// Where each has its own peak, no test is made for their lower bounds, which are a share of it, unless one was asked
  /// for.
  public func settingsOfAdvice() throws -> RunSettings {
    let given = try compared().filter { $0.schedule != nil }.map(\.maxLR)
    var advised = settings
    guard !given.contains(nil) else { return advised }
    advised.schedule.maxLR = given.compactMap(\.self).max()
    // A task's recipe may have other rates of the test, which ask for none.
    let (own, recipe) = (settings.rangeTest, settings.resolved.data.task.recipe.rangeTest)
    let isAskedFor =
      own.advice == .rangeTest || own.steps != nil || own.measure != nil || own.shape != nil
      || own.minLR != recipe.minLR || own.maxLR != recipe.maxLR
    if !isAskedFor { advised.rangeTest.advice = .prior }
    return advised
  }

  /// What is found before the first run, in a sentence: which schedules take it.
  public func purposeOfAdvice() throws -> String {
    let named = try compared().filter { $0.schedule != nil }
    let taking = named.filter { $0.maxLR == nil }.map(\.text)
    if taking.isEmpty {
      let rising = named.filter(\.hasBase).map(\.text).joined(separator: ", ")
      return try settingsOfAdvice().resolved.makesRangeTest
        ? "the lower bound is found once, for the schedules that rise: \(rising)"
        : "the lower bounds are a tenth of the upper ones: \(rising)"
    }
    return taking.count == schedules.count
      ? "the peak is found once, and every schedule takes its step"
      : "the peak is found once, and these schedules take its step: \(taking.joined(separator: ", "))"
  }

  /// Whether a range test is needed before the first run.
  public func needsRange() throws -> Bool {
    try range == nil
      && compared().contains { $0.schedule != nil && ($0.maxLR == nil || $0.hasBase) }
  }

  /// The settings of one run.
  public func settings(of schedule: ComparedSchedule, seed: UInt64) -> RunSettings {
    var run = settings
    run.machine.seed = seed
    run.schedule.kind = schedule.schedule
    run.schedule.maxLR = schedule.maxLR
    if let epochs = run.budget.epochs { run.budget.epochs = epochs * schedule.share }
    if let steps = run.budget.steps {
      run.budget.steps = max(1, Int(clamping: (Double(steps) * schedule.share).rounded()))
    }
    // Rondo's own choice finds its rates by itself.
    guard schedule.schedule != nil, let range else { return run }
    return run.rated(from: range)
  }

  // MARK: On disk

  /// The folder of one run.
  public static func folder(
    of schedule: ComparedSchedule, seed: UInt64, in folder: URL
  ) -> RunFolder {
    RunFolder(folder.appendingPathComponent("\(schedule.folderName)-seed-\(seed)"))
  }
}

extension ComparedSchedule {
  /// Whether the schedule has a lower bound, which the range test finds.
  var hasBase: Bool { schedule?.rises ?? false }
}
