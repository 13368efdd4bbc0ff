/// Any schedule of the catalogue, as one type that can be kept, compared, saved and read back.
///
/// Saved as the schedule's name and its numbers: `{"triangular": {"from": 0.001, "to": 0.006, ...}}`.
public indirect enum AnySchedule: Schedule {
  /// See `Constant`.
  case constant(Constant)
  /// See `Triangular`.
  case triangular(Triangular)
  /// See `Triangular2`.
  case triangular2(Triangular2)
  /// See `ExponentialRange`.
  case exponentialRange(ExponentialRange)
  /// See `OneCycle`.
  case oneCycle(OneCycle)
  /// See `Joined`.
  case joined(Joined)

  /// Wraps a schedule of the catalogue.
  ///
  /// - Precondition: the schedule is one of the catalogue's; another type cannot be read back.
  public init(_ schedule: some Schedule) {
    switch schedule {
    case let any as AnySchedule: self = any
    case let constant as Constant: self = .constant(constant)
    case let triangular as Triangular: self = .triangular(triangular)
    case let triangular2 as Triangular2: self = .triangular2(triangular2)
    case let range as ExponentialRange: self = .exponentialRange(range)
    case let cycle as OneCycle: self = .oneCycle(cycle)
    case let joined as Joined: self = .joined(joined)
    default: preconditionFailure("\(type(of: schedule)) is not a schedule of the catalogue.")
    }
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    switch self {
    case .constant(let schedule): schedule.value(at: step)
    case .triangular(let schedule): schedule.value(at: step)
    case .triangular2(let schedule): schedule.value(at: step)
    case .exponentialRange(let schedule): schedule.value(at: step)
    case .oneCycle(let schedule): schedule.value(at: step)
    case .joined(let schedule): schedule.value(at: step)
    }
  }

  /// The number of updates after which the value holds for ever, or nil.
  public var length: Int? { schedule.length }

  /// The schedule as a cycle, if it is a single one.
  public var cyclic: (any CyclicSchedule)? { schedule as? any CyclicSchedule }

  var joined: Joined? {
    if case .joined(let joined) = self { joined } else { nil }
  }

  private var schedule: any Schedule {
    switch self {
    case .constant(let schedule): schedule
    case .triangular(let schedule): schedule
    case .triangular2(let schedule): schedule
    case .exponentialRange(let schedule): schedule
    case .oneCycle(let schedule): schedule
    case .joined(let schedule): schedule
    }
  }
}

extension AnySchedule: Codable {
  private enum Name: String, CodingKey, CaseIterable {
    case constant, triangular, triangular2, joined
    case exponentialRange = "exp-range"
    case oneCycle = "one-cycle"
  }

  /// Reads a schedule by its name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    guard container.allKeys.count == 1, let name = container.allKeys.first else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "A schedule has one name, of "
            + Name.allCases.map(\.rawValue).joined(separator: ", ") + "."))
    }
    switch name {
    case .constant: self = .constant(try container.decode(Constant.self, forKey: name))
    case .triangular: self = .triangular(try container.decode(Triangular.self, forKey: name))
    case .triangular2: self = .triangular2(try container.decode(Triangular2.self, forKey: name))
    case .exponentialRange:
      self = .exponentialRange(try container.decode(ExponentialRange.self, forKey: name))
    case .oneCycle: self = .oneCycle(try container.decode(OneCycle.self, forKey: name))
    case .joined: self = .joined(try container.decode(Joined.self, forKey: name))
    }
  }

  /// Writes the schedule's name and numbers.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    switch self {
    case .constant(let schedule): try container.encode(schedule, forKey: .constant)
    case .triangular(let schedule): try container.encode(schedule, forKey: .triangular)
    case .triangular2(let schedule): try container.encode(schedule, forKey: .triangular2)
    case .exponentialRange(let schedule): try container.encode(schedule, forKey: .exponentialRange)
    case .oneCycle(let schedule): try container.encode(schedule, forKey: .oneCycle)
    case .joined(let schedule): try container.encode(schedule, forKey: .joined)
    }
  }
}
