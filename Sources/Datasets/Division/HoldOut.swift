import Numbers
import Randomness

/// The choice of training images that are held out, so that a run can choose by images that it neither
/// trains on nor is tested on.
public enum HoldOut {
  /// What a choice has to know of an image.
  public struct Item: Sendable, Hashable {
    /// What the image is known by; those of one key stay together, and one without is by itself.
    public var key: String?
    /// The classes that it shows.
    public var classes: [Int]

    /// Creates an item.
    public init(key: String? = nil, classes: [Int]) {
      self.key = key
      self.classes = classes
    }
  }

  /// The share that is held out where nothing is said.
  public static let defaultShare = 0.1

  /// Chooses images at random, so that each class has about the same share of them.
  ///
  /// Classes are taken from the rarest to the most frequent. Of each, so many images are held out that it
  /// has its share, at least one and never its last. A class with a single image stays in training. What
  /// shows no class counts as a class of its own. The same items, share and seed give the same choice.
  ///
  ///     HoldOut.choose([0, 0, 0, 1, 1, 1].map { .init(classes: [$0]) }, share: 0.3, seed: 1).count   // 2
  ///
  /// - Parameter share: above 0 and below 1.
  /// - Returns: the places of the images that are held out.
  /// - Source: after Sechidis, Tsoumakas, Vlahavas, *On the Stratification of Multi-Label Data* (2011).
  public static func choose(_ items: [Item], share: Double, seed: UInt64) -> Set<Int> {
    let groups = groups(of: items)
    var byClass: [Int: [Int]] = [:]
    for (number, group) in groups.enumerated() {
      for label in group.classes { byClass[label, default: []].append(number) }
    }
    var isHeld = [Bool](repeating: false, count: groups.count)
    var isDecided = isHeld
    var held: [Int: Int] = [:]
    /// Whether no class loses its last image for training.
    func canBeHeld(_ group: Int) -> Bool {
      groups[group].classes.allSatisfy { (byClass[$0]?.count ?? 0) - held[$0, default: 0] >= 2 }
    }
    func hold(_ group: Int, _ isNow: Bool = true) {
      isHeld[group] = isNow
      for label in groups[group].classes { held[label, default: 0] += isNow ? 1 : -1 }
    }
    /// The held images that can go back to training in a group's place, so that it can be held; nil if there
    /// are none. Each class that they show keeps a held image.
    func exchanged(for group: Int) -> Set<Int>? {
      let own = groups[group].classes
      var back: Set<Int> = []
      for label in own where (byClass[label]?.count ?? 0) - held[label, default: 0] < 2 {
        guard
          let other = byClass[label]?.first(where: { other in
            isHeld[other]
              && groups[other].classes.allSatisfy { own.contains($0) || held[$0, default: 0] >= 2 }
          })
        else { return nil }
        back.insert(other)
      }
      return back
    }
    for (label, own) in byClass.sorted(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) }) {
      var stream = RandomStream(seed: seed, for: .holdOut, index: label)
      let shuffled = own.shuffled(using: &stream)
      let wanted =
        own.count < 2
        ? 0 : min(own.count - 1, max(1, Int(clamping: (share * Double(own.count)).rounded())))
      for group in shuffled where !isDecided[group] {
        isDecided[group] = true
        if held[label, default: 0] < wanted, canBeHeld(group) { hold(group) }
      }
      guard wanted > 0, held[label, default: 0] == 0 else { continue }
      // The rarer classes have left none of this one.
      if let group = shuffled.first(where: canBeHeld) {
        hold(group)
      } else if let group = shuffled.first(where: { exchanged(for: $0) != nil }) {
        exchanged(for: group)?.forEach { hold($0, false) }
        hold(group)
      }
    }
    return Set(groups.indices.filter { isHeld[$0] }.flatMap { groups[$0].positions })
  }

  /// Images that stay together, and the classes that they show; none is -1.
  private struct Group {
    var positions: [Int]
    var classes: Set<Int>
  }

  private static func groups(of items: [Item]) -> [Group] {
    var groups: [Group] = []
    var byKey: [String: Int] = [:]
    for (position, item) in items.enumerated() {
      if let key = item.key, let known = byKey[key] {
        groups[known].positions.append(position)
        groups[known].classes.formUnion(item.classes)
        continue
      }
      if let key = item.key { byKey[key] = groups.count }
      groups.append(Group(positions: [position], classes: Set(item.classes)))
    }
    for number in groups.indices where groups[number].classes.isEmpty {
      groups[number].classes = [-1]
    }
    return groups
  }
}

/// Which training images a data set has held out.
public struct HeldOutSplit: Sendable, Hashable {
  /// The share that was asked for.
  public let share: Double
  /// The images that are held out.
  public let images: Int
  /// The training images from which they were taken.
  public let of: Int
  /// The classes with training images of which none is held out.
  public let missingClasses: [String]
  /// The fold that is held out; nil where a share of the images is.
  public var fold: Fold?
  /// The groups of training images that have test images, too; 0 without groups.
  public var testedGroups = 0
}

extension DataSplits {
  /// Returns the data with some of the training images held out as validation images.
  ///
  /// The training images that stay are augmented as they would be without it. The seed is not the run's,
  /// so that all runs on the data choose by the same images.
  ///
  /// - Parameter share: above 0 and below 1.
  /// - Throws: `DataError.tooFewToHoldOut` where no image can be spared.
  public func holdingOut(_ share: Double, seed: UInt64 = 1) throws -> Self {
    let items = counted(train).items
    let held = EarlierDivision.restoring(
      HoldOut.choose(items, share: share, seed: seed), of: items, images: trainingImages)
    guard !held.isEmpty, held.count < items.count else {
      throw DataError.tooFewToHoldOut(data: name, images: items.count)
    }
    let all = Set(items.flatMap(\.classes))
    let seen = Set(held.flatMap { items[$0].classes })
    let part = HeldOutSplit(
      share: share, images: held.count, of: items.count,
      missingClasses: all.subtracting(seen).sorted().compactMap {
        classNames.indices.contains($0) ? classNames[$0] : nil
      })
    return divided(
      train: items.indices.filter { !held.contains($0) }, validation: held.sorted(), as: part)
  }
}
