/// Schedules one after another, each counting from its own start.
///
///     let rate = Triangular2(from: 0.001, to: 0.005, stepSize: 2_000)
///       .followed(by: Constant(0.0001), after: 16_000)
///
/// The boundary update belongs to the later schedule.
public struct Joined: Schedule {
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
    var parts = first.joined?.parts ?? [Part(start: 0, schedule: first)]
    parts.removeAll { $0.start >= start && $0.start > 0 }
    if start == 0 { parts = [] }
    self.parts = parts + [Part(start: start, schedule: second)]
  }

  /// Returns the value that the part in charge gives.
  public func value(at step: Int) -> Double {
    let step = max(0, step)
    var current = parts[0]
    for part in parts.dropFirst() {
      if part.start > step { break }
      current = part
    }
    return current.schedule.value(at: step - current.start)
  }

  /// The end of the last part.
  public var length: Int? {
    guard let last = parts.last, let length = last.schedule.length else { return nil }
    let (end, overflow) = last.start.addingReportingOverflow(length)
    return overflow ? nil : end
  }
}

extension Schedule {
  /// Returns this schedule for so many updates, and then another that counts from there.
  public func followed(by next: some Schedule, after steps: Int) -> AnySchedule {
    .joined(Joined(AnySchedule(self), then: AnySchedule(next), after: steps))
  }
}
