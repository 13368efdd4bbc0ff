import Formatting

/// A schedule that a run can name, and what holds of it whatever its numbers.
public struct ScheduleEntry: CatalogEntry {
  /// What holds of a schedule whatever its numbers.
  public struct Traits: OptionSet, Sendable, Hashable {
    /// A bit for each trait.
    public let rawValue: Int

    /// Creates traits from their bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The schedule begins at the lower bound and rises; others begin at the upper bound, or warm up to it.
    public static let rises = Traits(rawValue: 1 << 0)
    /// The schedule repeats its cycles.
    public static let repeats = Traits(rawValue: 1 << 1)
    /// The schedule ends near 0, so that its upper bound may be as high as a single cycle's.
    public static let fallsToZero = Traits(rawValue: 1 << 2)
    /// The schedule does not depend on the length of the run.
    public static let isOpenEnded = Traits(rawValue: 1 << 3)
    /// The schedule ends at the lower bound, or at 0 where none is given.
    public static let fallsToLowerBound = Traits(rawValue: 1 << 4)
    /// The schedule has a warm-up of its own; others can have one before them.
    public static let warmsUp = Traits(rawValue: 1 << 5)
  }

  /// The name, such as `one-cycle`.
  public let name: String
  /// Names that other systems use.
  public let aliases: [String]
  /// What the schedule does, in a few words.
  public let summary: String
  /// What holds of it whatever its numbers.
  public let traits: Traits
  /// The share of the run that its warm-up takes where none is chosen, from 0 to 1.
  public let warmUpShare: Double
  private let make: @Sendable (ScheduleShape) -> any Schedule

  /// Creates an entry.
  ///
  /// - Parameter make: makes the schedule; of a shape without warm-up, unless it has one of its own.
  public init(
    _ name: String, aliases: [String] = [], _ summary: String, _ traits: Traits = [],
    warmUpShare: Double = 0, make: @escaping @Sendable (ScheduleShape) -> any Schedule
  ) {
    self.name = name
    self.aliases = aliases
    self.summary = summary
    self.traits = traits
    self.warmUpShare = warmUpShare
    self.make = make
  }

  /// Whether the rate has cycles: a single one, or many.
  public var hasCycles: Bool { rises || repeatsCycles }
  /// Whether the schedule repeats its cycles.
  public var repeatsCycles: Bool { traits.contains(.repeats) }
  /// Whether the schedule begins at the lower bound and rises.
  public var rises: Bool { traits.contains(.rises) }
  /// Whether the schedule is one cycle over the whole run.
  public var isSingleCycle: Bool { rises && !repeatsCycles }
  /// Whether the schedule has a lower bound.
  public var usesLowerBound: Bool { hasCycles || traits.contains(.fallsToLowerBound) }

  /// Makes the schedule.
  ///
  /// A schedule without a warm-up of its own gets a straight rise from 0 before it, and what is left of the
  /// run.
  public func schedule(_ shape: ScheduleShape) -> AnySchedule {
    guard shape.warmUp > 0, !traits.contains(.warmsUp) else {
      return AnySchedule(erasing: make(shape))
    }
    var rest = shape
    rest.total = max(0, shape.total - shape.warmUp)
    rest.warmUp = 0
    return AnySchedule(erasing: make(rest)).warmedUp(over: shape.warmUp)
  }

  /// The schedules that a run can name.
  public static let catalog = Catalog("schedule", AnySchedule.catalog.flatMap { $0.entries })
}

extension ScheduleEntry: Hashable {
  /// Whether both have the same name, of which a catalog has one.
  public static func == (a: ScheduleEntry, b: ScheduleEntry) -> Bool { a.name == b.name }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
