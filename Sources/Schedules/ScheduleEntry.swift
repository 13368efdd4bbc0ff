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
  /// Names of other systems for schedules like it, whose numbers may differ: they are not taken, and this one is
  /// suggested for them.
  public let elsewhere: [String]
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
    _ name: String, aliases: [String] = [], elsewhere: [String] = [], _ summary: String,
    _ traits: Traits = [], warmUpShare: Double = 0, make: @escaping @Sendable (ScheduleShape) -> any Schedule
  ) {
    self.name = name
    self.aliases = aliases
    self.elsewhere = elsewhere
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

// MARK: Names of other systems

extension ScheduleEntry {
  /// Returns the schedule that is meant by a name that Rondo does not have: the one like another system's of that
  /// name, or else the nearest by its letters; nil where none is like it.
  ///
  ///     ScheduleEntry.nearest(to: "CosineAnnealingLR")      // "cosine"
  ///     ScheduleEntry.nearest(to: "triangluar")             // "triangular"
  ///
  /// - Parameter others: words that are known beside the schedules' names.
  public static func nearest(to name: String, besides others: [String] = []) -> String? {
    let stem = stem(of: name)
    let like = catalog.entries.first { entry in
      ([entry.name] + entry.aliases + entry.elsewhere).contains { Self.stem(of: $0) == stem }
    }
    return like?.name ?? Formatting.nearest(to: name, among: catalog.names + others)
  }

  /// Whether a name is another system's for the rule that no run can name, since it follows the losses.
  public static func isReduceOnPlateau(_ name: String) -> Bool {
    let stem = stem(of: name)
    return stem.hasSuffix("plateau") && !stem.isEmpty
  }

  /// The place of that rule, for help and messages.
  public static let reduceOnPlateauNote =
    "reduce-on-plateau follows the losses and is for a loop of your own, in Swift (Guides/schedules/"
    + "reduce-on-plateau.md)"

  /// What is left of a class's or a function's name without its module and without the words for a schedule:
  /// `cosineannealing` of `torch.optim.lr_scheduler.CosineAnnealingLR`.
  private static func stem(of name: String) -> String {
    var stem = foldedSpelling(String(name.split(separator: ".").last ?? ""))
    for word in ["scheduler", "schedule", "lr"] where stem.count > word.count {
      if stem.hasSuffix(word) { stem.removeLast(word.count) }
    }
    return stem
  }
}

extension ScheduleEntry: Hashable {
  /// Whether both have the same name, of which a catalog has one.
  public static func == (a: ScheduleEntry, b: ScheduleEntry) -> Bool { a.name == b.name }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
