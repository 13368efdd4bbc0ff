import Numbers

/// Schedules one after another, each counting from its own start.
///
///     let rate = Triangular2(from: 0.001, to: 0.005, stepSize: 2_000)
///       .followed(by: Triangular2(from: 0.0001, to: 0.0005, stepSize: 1_000), after: 16_000)
///
/// The boundary update belongs to the later schedule, which sees it as 0.
public struct Joined: Schedule {
  /// The name in files: `joined`.
  public static let name = "joined"

  /// A schedule and the update at which it begins.
  public struct Part: Sendable, Hashable, Codable {
    /// The first update that is the schedule's.
    public let start: Int
    /// The schedule, which sees that update as 0.
    public let schedule: AnySchedule
  }

  /// The parts in order; the first begins at 0.
  public let parts: [Part]

  init(_ first: AnySchedule, then second: AnySchedule, after steps: Int) {
    let start = max(0, steps)
    var parts = (first.schedule as? Joined)?.parts ?? [Part(start: 0, schedule: first)]
    parts.removeAll { $0.start >= start }
    self.parts = parts + [Part(start: start, schedule: second)]
  }

  /// Returns the value that the part in charge gives.
  public func value(at step: Int) -> Double {
    let step = max(0, step)
    var current = 0
    while current + 1 < parts.count, parts[current + 1].start <= step { current += 1 }
    return parts[current].schedule.value(at: step - parts[current].start)
  }

  /// The end of the last part.
  public var length: Int? {
    guard let last = parts.last, let length = last.schedule.length else { return nil }
    return last.start.addingOrMax(length)
  }

  /// The ends of the parts' cycles, each within its part.
  public func troughs(upTo totalSteps: Int) -> [Int] {
    parts.enumerated().flatMap { index, part in
      let next = index + 1 < parts.count ? parts[index + 1].start : totalSteps
      let end = min(next, totalSteps)
      guard end > part.start else { return [Int]() }
      return part.schedule.troughs(upTo: end - part.start).map { part.start + $0 }
    }
  }

  // MARK: Saving

  private enum CodingKeys: String, CodingKey { case parts }

  /// Reads the parts.
  ///
  /// - Throws: `DecodingError` if they do not follow one another from update 0 on.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    parts = try container.decode([Part].self, forKey: .parts)
    let inOrder = zip(parts, parts.dropFirst()).allSatisfy { $0.start < $1.start }
    guard parts.first?.start == 0, inOrder else {
      throw DecodingError.dataCorruptedError(
        forKey: .parts, in: container,
        debugDescription: "parts must begin at update 0 and follow one another")
    }
  }
}

extension Joined.Part {
  /// Reads a part.
  ///
  /// - Throws: `DecodingError`, also for a key that a part does not have.
  public init(from decoder: any Decoder) throws {
    try decoder.refuseKeys(otherThan: ["start", "schedule"], of: "a part of a joined schedule")
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      start: try container.decode(Int.self, forKey: .start),
      schedule: try container.decode(AnySchedule.self, forKey: .schedule))
  }
}

extension Joined {
  /// The parts, from the last one back: each takes over where it begins.
  ///
  /// Before that it is asked for its first update, whose value is not used.
  public func pythonFormula(_ t: String) -> String? {
    var text: String?
    for part in parts.reversed() {
      guard let own = PythonFormula.inner(part.schedule, "maximum(\(t) - \(part.start), 0)") else {
        return nil
      }
      let end = parts.first { $0.start > part.start }?.start
      if let end, let later = text {
        text = "where(\(t) < \(end), \(own), \(later))"
      } else {
        text = own
      }
    }
    return text
  }
}

extension Schedule {
  /// Returns this schedule for so many updates, and then another that counts from there.
  public func followed(by next: some Schedule, after steps: Int) -> AnySchedule {
    AnySchedule(Joined(AnySchedule(self), then: AnySchedule(next), after: steps))
  }

  /// Returns a straight rise to this schedule's first value, and then this schedule from its start.
  ///
  ///     CosineDecay(from: 0.1, steps: 900).warmedUp(over: 100, from: 0.01)
  ///
  /// The warm-up takes `steps` updates, so that this schedule's own update 0 is update `steps`: nothing
  /// of it is cut off, and the peak is met.
  public func warmedUp(over steps: Int, from start: Double = 0) -> AnySchedule {
    LinearRamp(from: start, to: value(at: 0), steps: steps).followed(by: self, after: steps)
  }
}

extension AnySchedule {
  /// The updates of a straight rise before everything else, if there is one.
  public var warmUp: Int? {
    guard let parts = (schedule as? Joined)?.parts, parts.count > 1,
      let ramp = parts[0].schedule.schedule as? LinearRamp, ramp.from < ramp.to
    else { return nil }
    return parts[1].start
  }

  /// The schedule that follows a warm-up; the whole where there is none, or several follow.
  public var afterWarmUp: AnySchedule {
    guard warmUp != nil, let parts = (schedule as? Joined)?.parts, parts.count == 2 else {
      return self
    }
    return parts[1].schedule
  }
}
