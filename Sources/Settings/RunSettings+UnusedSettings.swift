import Schedules

extension RunSettings {
  /// Checks that each setting that was typed can have an effect: that what it needs is there, and, of a number of a
  /// schedule, that not every other value gives the same one.
  ///
  /// A file may have numbers for other schedules than the one that is typed over it.
  ///
  /// - Parameters:
  ///   - typed: what was typed as flags; these settings have what stands in a file too.
  ///   - isRangeTest: whether a range test is asked for, which is made whatever the settings say.
  /// - Throws: `SettingsError` for the first setting that has no effect.
  public func checkUse(of typed: RunSettings, isRangeTest: Bool = false) throws {
    if let first = unused(of: typed, isRangeTest: isRangeTest).first { throw first.error }
  }

  /// The settings that were typed and cannot have an effect, by their keys, with the error that says so.
  ///
  /// - Parameters:
  ///   - typed: what was typed as flags.
  ///   - isRangeTest: whether a range test is asked for, which is made whatever the settings say.
  public func unused(of typed: RunSettings, isRangeTest: Bool = false) -> [(key: String, error: SettingsError)] {
    Self.declarations.compactMap { declaration in
      guard let value = typed.text(declaration.key) else { return nil }
      let number = Self.numbersOfSchedules.first { $0.key == declaration.key }
      let need = declaration.needs.flatMap { isRangeTest && $0.isMetByRangeTest ? nil : $0 }
      guard let allowed = number.flatMap({ refusal($0.key, $0.change) }) ?? need?.unmet(self) else { return nil }
      return (declaration.key, .notAllowed(key: declaration.flag, value: value, allowed: allowed))
    }
  }

  /// What is allowed instead of a number that the schedule does not use; nil where it does.
  private func refusal(_ key: String, _ change: (inout ScheduleShape) -> Void) -> String? {
    // What is chosen where no schedule is.
    let chosen = [OneCycle.name, Triangular.name, Triangular2.name].compactMap { ScheduleEntry.catalog[$0] }
    guard !(namedSchedule.map { [$0] } ?? chosen).contains(where: { Self.uses($0, key, change) }) else { return nil }
    return namedSchedule == nil
      ? "given with a --schedule that uses it: \(Self.users(of: key, change))"
      : "left out with \(scheduleFlag), which does not use it"
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
    ("base-lr", { $0.low = 0.02 }), ("step-size", { $0.halfCycle = 150 }), ("gamma", { $0.gamma = 0.9 }),
    ("t-mult", { $0.growth = 3 }), ("anneal", { $0.anneal = .cos }), ("final-div-factor", { $0.ending = 0.002 }),
  ]
}
