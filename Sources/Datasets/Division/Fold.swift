import Numbers
import Randomness

/// One of several folds of the training images, of which each is held out once.
public struct Fold: Sendable, Hashable {
  /// The number of the fold, from 1.
  public let number: Int
  /// The number of folds.
  public let count: Int

  /// Names a fold.
  public init(_ number: Int, of count: Int) { (self.number, self.count) = (number, count) }

  /// Divides images into folds so that each fold has about the same share of each class, and images of one key
  /// are in one fold.
  ///
  /// Groups of images are taken from the largest to the smallest, in random order where they are equally
  /// large. Each goes to the fold in which the classes' shares are then nearest to each other; of equal ones
  /// to the one with the fewest images. So the numbers of a class in two folds differ by one at most where
  /// each image has one class and stands alone. The same items, count and seed give the same folds.
  ///
  ///     Fold.divide([0, 0, 1, 1].map { .init(classes: [$0]) }, into: 2, seed: 1)    // such as [2, 1, 1, 2]
  ///
  /// - Returns: the number of each item's fold, from 1.
  /// - Source: after scikit-learn's `StratifiedGroupKFold`.
  public static func divide(
    _ items: [HoldOut.Item], into count: Int, seed: UInt64
  ) -> [Int] {
    /// Images that stay together, and how many of them show each class.
    struct Group {
      var images: [Int] = []
      var classes: [Int: Int] = [:]
    }
    var groups: [Group] = []
    var byKey: [String: Int] = [:]
    for (position, item) in items.enumerated() {
      let number = item.key.flatMap { byKey[$0] } ?? groups.count
      if number == groups.count { groups.append(Group()) }
      if let key = item.key { byKey[key] = number }
      groups[number].images.append(position)
      for label in Set(item.classes) { groups[number].classes[label, default: 0] += 1 }
    }
    var totals: [Int: Int] = [:]
    for group in groups { totals.merge(group.classes, uniquingKeysWith: +) }
    var stream = RandomStream(seed: seed, for: .folds)
    let shuffled = groups.shuffled(using: &stream).enumerated()
    let order = shuffled.sorted {
      ($1.element.images.count, $0.offset) < ($0.element.images.count, $1.offset)
    }
    .map(\.element)
    var sizes = [Int](repeating: 0, count: count)
    var held = [[Int: Int]](repeating: [:], count: count)
    var folds = [Int](repeating: 0, count: items.count)
    for group in order {
      // In the order of their numbers: that of a dictionary, and by it the last bit of a sum, is another in each process.
      let classes = group.classes.sorted { $0.key < $1.key }
      // The sum over the folds of the squares of the classes' shares is least where they are even; this is by
      // how much a fold adds to it.
      func cost(_ fold: Int) -> Double {
        classes.reduce(0) { sum, own in
          let (before, total) = (held[fold][own.key, default: 0], totals[own.key] ?? 1)
          let grown = Double((2 * before + own.value) * own.value)
          return sum + grown / (Double(total) * Double(total))
        }
      }
      let costs = (0..<count).map(cost)
      let best = (0..<count).min { (costs[$0], sizes[$0], $0) < (costs[$1], sizes[$1], $1) } ?? 0
      for image in group.images { folds[image] = best + 1 }
      sizes[best] += group.images.count
      held[best].merge(group.classes, uniquingKeysWith: +)
    }
    return folds
  }
}

extension DataSplits {
  /// Returns the data with one of the folds of the training images as validation images.
  ///
  /// - Parameters:
  ///   - groups: which images stay together; nil where only those of one file do.
  ///   - seed: names the division; all folds of a run have one.
  /// - Throws: `FoldError` where the images cannot be divided so.
  public func holdingOut(_ fold: Fold, groupedBy groups: FoldGroups?, seed: UInt64) throws -> Self {
    var items = counted(train).items
    var testedGroups = 0
    if let groups {
      let keys = try groups.groups(of: Self.names(of: items), below: name)
      for position in items.indices { items[position].key = keys[position] }
      let tested = try? groups.groups(of: Self.names(of: counted(test).items), below: name)
      testedGroups = Set(keys).intersection(tested ?? []).count
    }
    try check(items, fold.count, areGrouped: groups != nil)
    let folds = Fold.divide(items, into: fold.count, seed: seed)
    let drawn = Set(items.indices.filter { folds[$0] == fold.number })
    let held = EarlierDivision.restoring(drawn, of: items, images: trainingImages).sorted()
    guard !held.isEmpty else {
      throw FoldError.fewerGroups(
        data: name, groups: Set(items.map(\.key)).count, folds: fold.count)
    }
    let kept = Set(held)
    let all = Set(items.flatMap(\.classes))
    let seen = Set(held.flatMap { items[$0].classes })
    let part = HeldOutSplit(
      share: Double(held.count) / Double(items.count), images: held.count, of: items.count,
      missingClasses: all.subtracting(seen).sorted().compactMap {
        classNames.indices.contains($0) ? classNames[$0] : nil
      }, fold: fold, testedGroups: testedGroups)
    return divided(
      train: items.indices.filter { !kept.contains($0) }, validation: held, as: part)
  }

  /// Of a member of a shard the name in its archive, and not where its bytes lie.
  private static func names(of items: [HoldOut.Item]) -> [String?] {
    items.map { item in item.key.map { TarMember($0)?.name ?? $0 } }
  }

  /// Checks that each fold can have images, and where images have a class each, images of each class.
  private func check(_ items: [HoldOut.Item], _ folds: Int, areGrouped: Bool) throws {
    let keys = items.enumerated().map { $1.key ?? "#\($0)" }
    let groups = Set(keys).count
    guard groups >= folds else {
      throw areGrouped
        ? FoldError.fewerGroups(data: name, groups: groups, folds: folds)
        : FoldError.fewerImages(data: name, images: groups, folds: folds)
    }
    guard self is ImageData else { return }
    var byClass: [Int: [String]] = [:]
    for (item, key) in zip(items, keys) {
      for label in item.classes { byClass[label, default: []].append(key) }
    }
    for (label, own) in byClass.sorted(by: { $0.key < $1.key }) {
      let name = classNames.indices.contains(label) ? classNames[label] : "\(label)"
      guard own.count >= folds else {
        throw FoldError.fewOfClass(
          data: self.name, name: name, images: own.count, folds: folds)
      }
      if areGrouped, Set(own).count < 2 {
        throw FoldError.classInOneGroup(data: self.name, name: name, group: own[0])
      }
    }
  }
}

extension Fold: CustomStringConvertible {
  /// `2 of 5`.
  public var description: String { "\(number) of \(count)" }
}
