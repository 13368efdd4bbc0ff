import Schedules

extension RunSettings {
  /// Checks that each number of a schedule that was typed changes it: that not every other value gives the same one.
  ///
  /// A file may have numbers for other schedules than the one that is typed over it.
  ///
  /// - Parameter typed: what was typed as flags; these settings have the schedule, of a file too.
  /// - Throws: `SettingsError` for the first number that the schedule does not use.
  public func checkUse(of typed: RunSettings) throws {
    // What is chosen where no schedule is.
    let chosen = [OneCycle.name, Triangular.name, Triangular2.name].compactMap { ScheduleEntry.catalog[$0] }
    let isOpenEnded = self.budget.openEnded == true
    let entries =
      self.schedule.kind.map { [$0] } ?? (isOpenEnded ? Array(WarmupStableDecay.entries.prefix(1)) : chosen)
    for (key, change) in Self.numbersOfSchedules {
      guard let value = typed.text(key) else { continue }
      guard !entries.contains(where: { Self.uses($0, key, change) }) else { continue }
      let what = self.schedule.kind.map { "--schedule \($0.name)" } ?? (isOpenEnded ? "--open-ended" : nil)
      throw SettingsError.outOfRange(
        key: key, value: value,
        allowed: what.map { "left out with \($0), which does not use it" }
          ?? "given with a --schedule that uses it: \(Self.users(of: key, change))")
    }
  }

  /// Whether a schedule depends on a number.
  private static func uses(
    _ entry: ScheduleEntry, _ key: String, _ change: (inout ScheduleShape) -> Void
  ) -> Bool {
    // A run gives half-cycles to schedules with cycles alone.
    if key == "step-size" { return entry.hasCycles }
    var other = shape
    change(&other)
    return entry.schedule(shape) != entry.schedule(other)
  }

  /// The names of the schedules that depend on a number.
  private static func users(of key: String, _ change: (inout ScheduleShape) -> Void) -> String {
    ScheduleEntry.catalog.entries.filter { uses($0, key, change) }.map(\.name).joined(separator: ", ")
  }

  /// A shape in which every number matters to the schedules that use it.
  private static let shape = ScheduleShape(
    low: 0.01, high: 0.1, ending: 0.001, total: 1_000, halfCycle: 100, warmUp: 10, coolDown: 200, growth: 2,
    gamma: 0.99)

  private static let numbersOfSchedules: [(key: String, change: @Sendable (inout ScheduleShape) -> Void)] = [
    ("step-size", { $0.halfCycle = 150 }), ("gamma", { $0.gamma = 0.9 }),
    ("t-mult", { $0.growth = 3 }), ("anneal", { $0.anneal = .cos }), ("final-div-factor", { $0.ending = 0.002 }),
  ]
}
