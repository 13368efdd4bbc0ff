import Schedules

/// A schedule as an expression of Python in `t`, the number of applied updates.
///
/// It uses `where`, `minimum`, `maximum`, `cos`, `sin` and `sqrt`, which each framework has or is given,
/// so that the same expression works on a number, under `jax.jit`, and in a graph.
enum PythonFormula {
  /// Returns the expression, or nil for a schedule that has none of a few lines.
  static func expression(_ schedule: AnySchedule, _ t: String = "t") -> String? {
    switch schedule.schedule {
    case let s as Constant: number(s.value)
    case let s as Triangular:
      "\(number(s.from)) + \(number(s.to - s.from)) * \(height(t, s.stepSize, s.stepSizeDown))"
    case let s as Triangular2:
      "\(number(s.from)) + \(number(s.to - s.from)) * \(height(t, s.stepSize, s.stepSizeDown)) "
        + "* 0.5 ** (\(t) // \(period(s.stepSize, s.stepSizeDown)))"
    case let s as ExponentialRange: exponentialRange(s, t)
    case let s as OneCycle: oneCycle(s, t)
    case let s as CosineRestarts: restarts(s, t)
    case let s as LinearRamp:
      s.steps == 0
        ? number(s.to)
        : "\(number(s.from)) + \(number(s.to - s.from)) * (minimum(\(t), \(s.steps)) / \(s.steps))"
    case let s as CosineDecay:
      s.steps == 0
        ? number(s.to) : anneal(.cos, s.from, s.to, "minimum(\(t), \(s.steps)) / \(s.steps)")
    case let s as StepDecay: "\(number(s.initial)) * \(number(s.factor)) ** (\(t) // \(s.every))"
    case let s as MultiStepDecay:
      s.milestones.reduce(number(s.initial)) {
        $0 + " * where(\(t) < \($1), 1.0, \(number(s.factor)))"
      }
    case let s as ExponentialDecay: "\(number(s.initial)) * \(number(s.gamma)) ** \(t)"
    case let s as PolynomialDecay:
      s.steps == 0
        ? number(s.to)
        : "\(number(s.to)) + \(number(s.from - s.to)) "
          + "* maximum(1 - minimum(\(t), \(s.steps)) / \(s.steps), 0.0) "
          + "** \(number(s.exponent))"
    case let s as InverseSquareRoot:
      "\(number(s.peak)) * sqrt(\(number(Double(s.timescale))) / (\(s.timescale) + \(t)))"
    case let s as PiecewiseLinear: piecewise(s, t)
    default: composition(schedule, t)
    }
  }

  // MARK: Compositions

  private static func composition(_ schedule: AnySchedule, _ t: String) -> String? {
    func inner(_ schedule: AnySchedule, _ t: String) -> String? {
      expression(schedule, t).map { "(\($0))" }
    }
    switch schedule.schedule {
    case let s as Joined:
      // From the last part back: each takes over where it begins. Before that it is asked for its
      // first update, whose value is not used.
      var text: String?
      for part in s.parts.reversed() {
        guard let own = inner(part.schedule, "maximum(\(t) - \(part.start), 0)") else { return nil }
        let end = s.parts.first { $0.start > part.start }?.start
        if let end, let later = text {
          text = "where(\(t) < \(end), \(own), \(later))"
        } else {
          text = own
        }
      }
      return text
    case let s as Multiplied:
      guard let one = inner(s.first, t), let other = inner(s.second, t) else { return nil }
      return "\(one) * \(other)"
    case let s as Scaled: return inner(s.schedule, t).map { "\($0) * \(number(s.factor))" }
    case let s as Repeated:
      guard let times = s.times else { return inner(s.schedule, "(\(t) % \(s.every))") }
      let end = times.multipliedReportingOverflow(by: s.every)
      let last = end.overflow ? "" : "where(\(t) >= \(end.partialValue), \(s.every - 1), "
      return inner(s.schedule, end.overflow ? "(\(t) % \(s.every))" : "\(last)\(t) % \(s.every))")
    case let s as Clamped:
      return inner(s.schedule, t).map {
        "minimum(maximum(\($0), \(number(s.low))), \(number(s.high)))"
      }
    case let s as Reversed: return inner(s.schedule, "maximum(\(s.steps - 1) - \(t), 0)")
    case let s as Delayed: return inner(s.schedule, "maximum(\(t) - \(s.steps), 0)")
    default: return nil
    }
  }

  // MARK: Cycles

  private static func period(_ up: Int, _ down: Int) -> Int { max(1, up + down) }

  private static func height(_ t: String, _ up: Int, _ down: Int) -> String {
    let period = period(up, down)
    let position = "(\(t) % \(period))"
    if up == 0, down == 0 { return "0.0" }
    if up == 0 { return "(\(period) - \(position)) / \(down)" }
    if down == 0 { return "\(position) / \(up)" }
    return "where(\(position) < \(up), \(position) / \(up), (\(period) - \(position)) / \(down))"
  }

  private static func exponentialRange(_ s: ExponentialRange, _ t: String) -> String {
    let height = height(t, s.stepSize, s.stepSizeDown)
    let (from, rise) = (number(s.from), number(s.to - s.from))
    return switch s.dialect {
    case .pytorch: "\(from) + \(rise) * \(height) * \(number(s.gamma)) ** \(t)"
    case .paper: "(\(from) + \(rise) * \(height)) * \(number(s.gamma)) ** \(t)"
    }
  }

  private static func restarts(_ s: CosineRestarts, _ t: String) -> String? {
    guard s.lengthMultiplier == 1 else { return nil }
    let peak =
      s.peakDecay == 1
      ? number(s.to) : "\(number(s.to)) * \(number(s.peakDecay)) ** (\(t) // \(s.firstCycle))"
    let fall =
      "\(number(s.floor)) + (\(peak) - \(number(s.floor))) / 2 "
      + "* (1 + cos(\(number(.pi)) * ((\(t) % \(s.firstCycle)) / \(s.firstCycle))))"
    guard let length = s.length else { return fall }
    return "where(\(t) < \(length), \(fall), \(number(s.floor)))"
  }

  private static func oneCycle(_ s: OneCycle, _ t: String) -> String {
    let now = "minimum(\(t), \(number(s.endAt)))"
    func phase(_ from: Double, _ to: Double, _ start: Double, _ end: Double) -> String {
      guard end > start else { return number(to) }
      let part = "(\(now) - \(number(start))) / \(number(end - start))"
      return anneal(s.anneal, from, to, "minimum(maximum(\(part), 0.0), 1.0)")
    }
    let rise = s.peakAt > 0 ? phase(s.from, s.to, 0, s.peakAt) : number(s.to)
    if let back = s.returnAt {
      return "where(\(now) <= \(number(s.peakAt)), \(rise), where(\(now) <= \(number(back)), "
        + "\(phase(s.to, s.from, s.peakAt, back)), \(phase(s.from, s.ending, back, s.endAt))))"
    }
    return
      "where(\(now) <= \(number(s.peakAt)), \(rise), \(phase(s.to, s.ending, s.peakAt, s.endAt)))"
  }

  private static func anneal(_ anneal: Anneal, _ from: Double, _ to: Double, _ part: String)
    -> String
  {
    switch anneal {
    case .linear: "\(number(from)) + \(number(to - from)) * (\(part))"
    case .cos: "\(number(to)) + \(number((from - to) / 2)) * (1 + cos(\(number(.pi)) * (\(part))))"
    }
  }

  private static func piecewise(_ s: PiecewiseLinear, _ t: String) -> String {
    guard var last = s.knots.last else { return "0.0" }
    var text = number(last.value)
    for knot in s.knots.dropLast().reversed() {
      let (left, right) = (knot, last)
      if right.step > left.step {
        let line =
          "\(number(left.value)) + \(number(right.value - left.value)) "
          + "* ((\(t) - \(left.step)) / \(right.step - left.step))"
        text = "where(\(t) < \(right.step), \(line), \(text))"
      }
      last = knot
    }
    return "where(\(t) < \(last.step), \(number(last.value)), \(text))"
  }

  /// A number in the shortest form that reads back equal in Python too.
  static func number(_ value: Double) -> String { value < 0 ? "(\(value))" : "\(value)" }
}
