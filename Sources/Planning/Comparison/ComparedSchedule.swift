import Formatting
import Schedules
import Settings

/// One way of setting the rate in a comparison, as it is written: `cosine`, `constant@0.03`, `auto:0.5`.
///
/// A schedule's name, or `auto` for what `rondo train` does where nothing is typed; behind `@` the
/// upper bound, in place of the one that the range test finds; behind `:` the share of the budget.
public struct ComparedSchedule: Sendable, Hashable {
  /// What was written, with the schedule's own name.
  public let text: String
  /// The schedule; nil for Rondo's own choice.
  public let schedule: ScheduleEntry?
  /// The upper bound, if it is given.
  public let maxLR: Double?
  /// The share of the budget.
  public let share: Double

  static let auto = "auto"

  /// Reads what was written.
  ///
  /// - Throws: `SettingsError`.
  public init(_ text: String) throws {
    let timed = text.split(separator: ":", omittingEmptySubsequences: false)
    let rated = (timed.first ?? "").split(separator: "@", omittingEmptySubsequences: false)
    let typed = String(rated.first ?? "")
    let known = ScheduleEntry.catalog.names + [Self.auto]
    guard
      let word = ScheduleEntry.catalog[typed]?.name ?? spelled(typed, among: [Self.auto])
    else {
      throw SettingsError.unknown(
        key: "schedules", value: typed, known: known,
        nearest: ScheduleEntry.nearest(to: typed, besides: [Self.auto]))
    }
    let rate = rated.dropFirst().first.map { Double($0) ?? .nan }
    let share = timed.dropFirst().first.map { Double($0) ?? .nan } ?? 1
    guard timed.count <= 2, rated.count <= 2, rate.map(AllowedValues.isRate) ?? true,
      share > 0, share <= 100
    else {
      throw SettingsError.notAllowed(
        key: "schedules", value: text,
        allowed: "a schedule, with @ and its upper bound, and with : and a share of the budget: "
          + "cosine@0.1:0.5")
    }
    self.text = word + text.dropFirst(typed.count)
    schedule = ScheduleEntry.catalog[word]
    maxLR = rate
    self.share = share
  }

  /// A name fit for a folder.
  public var folderName: String {
    text.replacing("@", with: "-at-").replacing(":", with: "-of-budget-")
  }
}
