// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Each setting is documented by its own help text.

import Schedules

/// How the learning rate moves.
public struct ScheduleSettings: SettingsGroup {
  public static let schema = Schema(
    "Learning rate", "Its bounds and its schedule; the range test finds what is not given.", Self())

  public let maxLR = Setting<Double?>(
    "max-lr", "The upper bound of the learning rate.", .rate,
    defaultDescription: "found by the range test, and by what is known of such runs")
  public let baseLR = Setting<Double?>(
    "base-lr", "The lower bound of the learning rate.", .rate,
    defaultDescription: "a share of the upper one, found with it")
  public let kind = Setting<ScheduleEntry?>(
    "schedule", "The schedule; 'rondo schedule --help' says what each does.",
    defaultDescription: "one-cycle; triangular2 with --patience, triangular with --average")
  public let warmup = Setting<Time?>(
    "warmup",
    "A rise from 0 before the schedule: 2000 (updates), 4ep, 51200sa or 5% (of the run).", .length)
  public let cooldown = Setting<Double>(
    "cooldown",
    "The share of the run in which wsd cools down; with --open-ended, of the updates before it.",
    .aboveZero(below: 1), default: WarmupStableDecay.coolDownShare)
  public let stepSize = Setting<Time?>(
    "step-size",
    "Half a cycle; of one-cycle, its rise: 2000 (updates), 4ep, 51200sa or 30% (of the run).", .length,
    defaultDescription: "planned from the budget")
  public let anneal = Setting<Anneal>("anneal", "The shape of one-cycle.", default: .linear)
  public let finalDivFactor = Setting<Double>(
    "final-div-factor", "one-cycle's start divided by its end.",
    AllowedValues("at least 1") { $0 >= 1 && $0.isFinite }, default: 100)
  public let gamma = Setting<Double>(
    "gamma", "The decay of exp-range, per update.",
    AllowedValues("above 0 and at most 1") { $0 > 0 && $0 <= 1 }, default: 0.9999)
  public let tMult = Setting<Double>(
    "t-mult", "The factor by which each cycle of cosine-restarts is longer.", .in(1...10),
    default: 1)
  public let baseMomentum = Setting<Double>(
    "base-momentum", "The momentum (or beta1) at the highest learning rate.", .in(0..<1),
    default: 0.85,
    needs: .risingSchedule)
  public let maxMomentum = Setting<Double>(
    "max-momentum", "The momentum (or beta1) at the lowest learning rate.", .in(0..<1),
    default: 0.95)

  public static func check(_ settings: RunSettings) throws {
    let own = settings.schedule
    if let base = own.baseLR, let max = own.maxLR, base >= max, own.kind?.usesLowerBound ?? true {
      throw SettingsError.boundsCrossed(base: base, max: max)
    }
    if let warmup = own.warmup {
      guard let schedule = own.kind else {
        throw SettingsError.missing(
          key: "schedule",
          because: "--warmup goes before a schedule that begins at its upper bound, such as cosine")
      }
      guard !schedule.rises else {
        throw SettingsError.notAllowed(
          key: "warmup", value: "\(warmup)",
          allowed:
            "left out with --schedule \(schedule.name), which rises by itself (--step-size says how long)"
        )
      }
    }
    if let cooldown = own.cooldown, settings.budget.openEnded != true,
      own.kind.map(WarmupStableDecay.entries.contains) != true
    {
      throw SettingsError.notAllowed(
        key: "cooldown", value: "\(cooldown)",
        allowed: "left out without --open-ended or --schedule wsd, which cool down")
    }
    let (base, max) = (
      settings.resolved.schedule.baseMomentum, settings.resolved.schedule.maxMomentum
    )
    // Where the rate does not rise, the momentum is the upper one throughout.
    if base > max, own.baseMomentum != nil || settings.namedSchedule?.rises ?? true {
      throw own.baseMomentum == nil
        ? SettingsError.notAllowed(
          key: "max-momentum", value: "\(max)", allowed: "at least --base-momentum (\(base)); lower that too")
        : SettingsError.notAllowed(
          key: "base-momentum", value: "\(base)", allowed: "at most --max-momentum (\(max))")
    }
  }
}

extension SettingNeed {
  /// A schedule that rises; the range test has the lower momentum too.
  fileprivate static var risingSchedule: SettingNeed {
    SettingNeed(isMetByRangeTest: true) { settings in
      guard let schedule = settings.namedSchedule, !schedule.rises else { return nil }
      return "left out with \(settings.scheduleFlag), which has --max-momentum throughout"
    }
  }
}

extension RunSettings {
  /// The schedule, where the settings say which; nil where it is chosen by the budget.
  public var namedSchedule: ScheduleEntry? {
    self.schedule.kind ?? (self.budget.openEnded == true ? ScheduleEntry.catalog[WarmupStableDecay.name] : nil)
  }

  /// What says which schedule it is: `--schedule cosine`.
  var scheduleFlag: String { self.schedule.kind.map { "--schedule \($0.name)" } ?? "--open-ended" }
}

extension Anneal: SettingChoice {}

extension ScheduleEntry: SettingValue {
  /// Finds one by its name in any spelling, or by an alias.
  public init?(raw: String) {
    guard let entry = Self.catalog[raw] else { return nil }
    self = entry
  }
  /// The name of the schedule.
  public var raw: String { name }
  /// The names that are listed.
  public static var known: [String] { catalog.names }
  /// Returns the schedule that is meant by another system's name for one like it, or by a misspelled name.
  public static func nearest(to word: String) -> String? { nearest(to: word, besides: []) }
}
