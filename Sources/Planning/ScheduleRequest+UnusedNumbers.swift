import Numbers
import Schedules
import Settings

extension ScheduleRequest {
  /// Checks that each number that was given changes the plan: one is of no use where every other value of it
  /// gives the same plan.
  ///
  /// - Throws: `SettingsError` for the first number that the schedule does not use.
  func checkUse(of plan: Plan) throws {
    for number in Self.numbers {
      guard let value = number.text(self) else { continue }
      if number.others(self).allSatisfy({ (try? $0.made()) == plan }) {
        throw SettingsError.notAllowed(
          key: number.key, value: value,
          allowed: "left out for \(kind), which does not use it"
            + (isUsedByExact(number) ? "; --dialect exact does" : ""))
      }
    }
  }

  /// Whether the one-cycle of `rondo train` uses a number that this one does not.
  private func isUsedByExact(_ number: Number) -> Bool {
    guard kind == OneCycle.name else { return false }
    var exact = self
    exact.dialect = "exact"
    guard let plan = try? exact.made() else { return false }
    return number.others(exact).contains { (try? $0.made()) != plan }
  }

  private static let numbers = [
    Number("base-lr", \.baseLR, others), Number("min-lr", \.minLR, others),
    Number("step-size-up", \.stepSizeUp, others), Number("step-size-down", \.stepSizeDown, others),
    Number("gamma", \.gamma, others), Number("pct-start", \.pctStart, others),
    Number("div-factor", \.divFactor, others), Number("final-div-factor", \.finalDivFactor, others),
    Number("warmup", \.warmup, others), Number("t-0", \.t0, others), Number("t-mult", \.tMult, others),
    Number("anneal", \.anneal) { anneal in Anneal.allCases.filter { $0 != anneal } },
    Number("three-phase", \.threePhaseIfSet) { [!$0] },
    Number("dialect", \.dialect) { [$0 == "pytorch" ? "paper" : "pytorch"] },
    Number("base-momentum", \.baseMomentum) { [$0 / 2, $0 * 0.9 + 0.01] },
  ]

  /// Whether there are three phases; nil where they were not asked for.
  private var threePhaseIfSet: Bool? {
    get { threePhase ? true : nil }
    set { threePhase = newValue ?? false }
  }

  private static func others(than value: Double) -> [Double] {
    [value / 2, value / 10, value == 0 ? 1e-3 : value * 0.9]
  }

  private static func others(than value: Int) -> [Int] {
    [value > 1 ? value - 1 : 2, value.multipliedOrMax(by: 2)]
  }
}

/// A number that some schedules do not use: as text, and the same request with other values of it.
private struct Number: Sendable {
  let key: String
  let text: @Sendable (ScheduleRequest) -> String?
  let others: @Sendable (ScheduleRequest) -> [ScheduleRequest]

  init<Value>(
    _ key: String, _ path: WritableKeyPath<ScheduleRequest, Value?> & Sendable,
    _ others: @escaping @Sendable (Value) -> [Value]
  ) {
    self.key = key
    text = { $0[keyPath: path].map { "\($0)" } }
    self.others = { request in
      (request[keyPath: path].map(others) ?? []).map {
        var other = request
        other[keyPath: path] = $0
        return other
      }
    }
  }
}
