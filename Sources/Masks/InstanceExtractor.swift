import Numbers

/// Extracts instances from a network's probabilities of background, inside and border.
///
/// A pixel is foreground where inside and border together are probable. Pieces of pixels whose inside is
/// probable are seeds, which grow over the foreground, where the inside is most probable first, until
/// they meet: a watershed. A piece of foreground without a seed is an instance too. What is smaller than
/// `smallest` is no instance.
///
///     let map = InstanceExtractor().instances(
///       inside: inside, border: border, width: 256, height: 256)
public struct InstanceExtractor: Sendable, Hashable {
  /// The probability of the inside from which on a pixel is a seed's.
  public var seedThreshold: Float
  /// The probability of inside and border together from which on a pixel is foreground.
  public var foregroundThreshold: Float
  /// The fewest pixels of a seed.
  public var smallestSeed: Int
  /// The fewest pixels of an instance.
  public var smallest: Int

  /// Creates a rule.
  public init(
    seedThreshold: Float = 0.5, foregroundThreshold: Float = 0.5, smallestSeed: Int = 4,
    smallest: Int = 16
  ) {
    self.seedThreshold = seedThreshold
    self.foregroundThreshold = foregroundThreshold
    self.smallestSeed = smallestSeed
    self.smallest = smallest
  }

  /// Returns instances numbered from 1, without gaps.
  ///
  /// - Parameters:
  ///   - inside: the probability of the inside of each pixel, [H, W].
  ///   - border: the probability of the border, [H, W].
  public func instances(
    inside: UnsafeBufferPointer<Float>, border: UnsafeBufferPointer<Float>, width: Int, height: Int
  ) -> LabelMap {
    let count = width * height
    precondition(
      inside.count == count && border.count == count,
      "\(inside.count) and \(border.count) probabilities are not those of \(width)x\(height) pixels."
    )
    var seeds = LabelMap(width: width, height: height)
    var foreground = seeds
    var heights = [UInt8](repeating: 0, count: count)
    for position in 0..<count {
      // A probability that is NaN is foreground nowhere.
      guard inside[position] + border[position] >= foregroundThreshold else { continue }
      foreground.labels[position] = 1
      heights[position] = UInt8(clamping: 255 * (1 - inside[position]))
      if inside[position] >= seedThreshold { seeds.labels[position] = 1 }
    }
    let pieces = seeds.connectedComponents(.four).map.withoutSmall(below: smallestSeed)
    return pieces.map.grown(over: heights, within: foreground, count: pieces.count)
      .withoutSmall(below: smallest).map
  }
}

extension LabelMap {
  /// Leaves out labels of fewer pixels than `area`, and numbers the others anew from 1.
  public func withoutSmall(below area: Int) -> (map: LabelMap, count: Int) {
    var numbers = [UInt16](repeating: 0, count: Int(highest) + 1)
    var count = 0
    for box in boxes() where box.area >= area {
      count += 1
      numbers[Int(box.label)] = UInt16(count)
    }
    let map = LabelMap(
      width: width, height: height,
      labels: labels.map { $0 == Self.ignored ? $0 : numbers[Int($0)] })
    return (map, count)
  }
}
