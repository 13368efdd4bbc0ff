/// The parts of which formulas in Python are made; see `Schedule.pythonFormula(_:)`.
enum PythonFormula {
  /// A number in the shortest form that reads back equal in Python too.
  static func number(_ value: Double) -> String { value < 0 ? "(\(value))" : "\(value)" }

  /// The way from one value to another after a part of it, an expression from 0 to 1.
  static func anneal(_ anneal: Anneal, _ from: Double, _ to: Double, _ part: String) -> String {
    switch anneal {
    case .linear: "\(number(from)) + \(number(to - from)) * (\(part))"
    case .cos: "\(number(to)) + \(number((from - to) / 2)) * (1 + cos(\(number(.pi)) * (\(part))))"
    }
  }

  /// The height of a triangle, from 0 in the trough to 1 at the peak.
  static func height(_ t: String, _ up: Int, _ down: Int) -> String {
    let period = period(up, down)
    let position = "(\(t) % \(period))"
    if up == 0, down == 0 { return "0.0" }
    if up == 0 { return "(\(period) - \(position)) / \(down)" }
    if down == 0 { return "\(position) / \(up)" }
    return "where(\(position) < \(up), \(position) / \(up), (\(period) - \(position)) / \(down))"
  }

  /// Updates in a cycle.
  static func period(_ up: Int, _ down: Int) -> Int { max(1, up + down) }

  /// The formula of a schedule within another one's.
  static func inner(_ schedule: AnySchedule, _ t: String) -> String? {
    schedule.pythonFormula(t).map { "(\($0))" }
  }
}
