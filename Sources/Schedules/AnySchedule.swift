import Numbers

/// Any schedule of the catalog, as one type that can be kept, compared, saved and read back.
///
/// Saved as the schedule's name and its numbers: `{"triangular": {"from": 0.001, "to": 0.006, ...}}`.
public struct AnySchedule: Schedule {
  /// `any`; never written, since the schedule inside has a name of its own.
  public static let name = "any"

  /// The schedule itself.
  public let schedule: any Schedule

  /// Wraps a schedule; one that is wrapped already stays as it is.
  public init(_ schedule: some Schedule) {
    self.schedule = (schedule as? AnySchedule)?.schedule ?? schedule
  }

  /// Wraps a schedule whose type is not known.
  init(erasing schedule: any Schedule) { self.init(schedule) }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double { schedule.value(at: step) }

  /// The schedule's formula.
  public func pythonFormula(_ t: String = "t") -> String? { schedule.pythonFormula(t) }

  /// The number of updates after which the value holds for ever, or nil.
  public var length: Int? { schedule.length }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> AnySchedule { schedule.normalizedAndWrapped }

  /// The numbers of updates after which a cycle has ended.
  public func troughs(upTo totalSteps: Int) -> [Int] { schedule.troughs(upTo: totalSteps) }

  /// The schedule as a cycle, if it is a single one.
  public var cyclic: (any CyclicSchedule)? { schedule as? any CyclicSchedule }
}

extension AnySchedule: Hashable {
  /// Whether both are of one kind, with the same numbers.
  public static func == (a: AnySchedule, b: AnySchedule) -> Bool { a.schedule.equals(b.schedule) }

  /// Hashes the kind and the numbers.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(type(of: schedule).name)
    schedule.hash(into: &hasher)
  }
}

extension Schedule {
  fileprivate func equals(_ other: any Schedule) -> Bool { (other as? Self) == self }

  fileprivate var normalizedAndWrapped: AnySchedule { AnySchedule(normalized()) }

  /// The first number that the schedule's initializer would have changed.
  fileprivate var fault: (field: String, value: String)? {
    let normal = normalized()
    guard normal != self else { return nil }
    let fields = zip(Mirror(reflecting: self).children, Mirror(reflecting: normal).children)
    for (mine, right) in fields where "\(mine.value)" != "\(right.value)" {
      return (mine.label ?? "", "\(mine.value)")
    }
    return ("it", "not a finite number")
  }
}

// MARK: Saving

extension AnySchedule: Codable {
  /// Every kind of schedule that can be read back and, by its entries, asked for by name.
  ///
  /// A new schedule is one line here.
  public static let catalog: [any Schedule.Type] = [
    OneCycle.self,
    Triangular.self,
    Triangular2.self,
    ExponentialRange.self,
    Cyclical.self,
    CosineRestarts.self,
    Constant.self,
    StepDecay.self,
    MultiStepDecay.self,
    CosineDecay.self,
    LinearRamp.self,
    PolynomialDecay.self,
    ExponentialDecay.self,
    InverseSquareRoot.self,
    PiecewiseLinear.self,
    WarmupStableDecay.self,
    REXDecay.self,
    Joined.self, Multiplied.self, Scaled.self, Repeated.self, Clamped.self, Reversed.self,
    Delayed.self,
  ]

  /// Reads a schedule by its name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: TextKey.self)
    let known = Self.catalog.map { $0.name }
    guard container.allKeys.count == 1, let name = container.allKeys.first,
      let type = Self.catalog.first(where: { $0.name == name.stringValue })
    else {
      let found = container.allKeys.map(\.stringValue).sorted().joined(separator: ", ")
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "a schedule has one name, but here is '\(found)'; known are "
            + known.joined(separator: ", ")))
    }
    let numbers = try container.superDecoder(forKey: name)
    let schedule = try type.init(from: numbers)
    let keys = Mirror(reflecting: schedule).children.compactMap(\.label)
    try numbers.refuseKeys(otherThan: keys, of: "a \(name.stringValue) schedule")
    if let fault = schedule.fault {
      throw DecodingError.dataCorruptedError(
        forKey: name, in: container,
        debugDescription:
          "'\(fault.field)' is \(fault.value), which is not allowed for a \(name.stringValue) schedule"
      )
    }
    self.init(schedule)
  }

  /// Writes the schedule's name and numbers.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: TextKey.self)
    let name = TextKey(type(of: schedule).name)
    try schedule.encode(to: container.superEncoder(forKey: name))
  }
}
