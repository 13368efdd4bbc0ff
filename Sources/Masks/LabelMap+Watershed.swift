import Numbers

extension LabelMap {
  /// Lets markers grow over a landscape, the lowest pixels first, until they meet.
  ///
  /// A pixel takes the number of the neighbor from which it was first reached; of equally high pixels
  /// the one that was reached first comes first. Neighbors share a side.
  ///
  ///     // Two markers at the ends of a ridge meet at its top.
  ///     markers.watershed(over: [0, 3, 9, 3, 0]) { _ in true }
  ///
  /// - Parameters:
  ///   - heights: how high each pixel lies, [H, W].
  ///   - isLand: whether the pixel at a place may be reached; the others become 0, markers too.
  /// - Source: Meyer, *Topographic distance and watershed lines* (1994); equal to scikit-image's
  ///   `watershed` without lines, but where many pixels are of one height.
  public func watershed(over heights: [UInt8], isLand: (Int) -> Bool) -> LabelMap {
    precondition(heights.count == labels.count, "There must be a height for each pixel.")
    var grown = LabelMap(width: width, height: height)
    var queue = LevelQueue(capacity: labels.count)
    for position in labels.indices
    where labels[position] != 0 && labels[position] != Self.ignored && isLand(position) {
      grown.labels[position] = labels[position]
      queue.push(position, level: heights[position])
    }
    while let position = queue.pop() {
      let label = grown.labels[position]
      func reach(_ next: Int) {
        guard grown.labels[next] == 0, isLand(next) else { return }
        grown.labels[next] = label
        queue.push(next, level: heights[next])
      }
      let x = position % width
      if position >= width { reach(position - width) }
      if x > 0 { reach(position - 1) }
      if x + 1 < width { reach(position + 1) }
      if position + width < labels.count { reach(position + width) }
    }
    return grown
  }
}

/// Pixels that wait, by level and then in the order of their arrival.
///
/// A chain for each of the 256 levels, all in one array of the followers of pixels, each of which waits
/// only once.
private struct LevelQueue {
  private static let nobody = UInt32.max
  private var followers: [UInt32]
  private var first = [UInt32](repeating: nobody, count: 256)
  private var last = [UInt32](repeating: nobody, count: 256)
  private var level = 256

  init(capacity: Int) { followers = [UInt32](repeating: Self.nobody, count: capacity) }

  mutating func push(_ position: Int, level: UInt8) {
    let level = Int(level)
    if first[level] == Self.nobody {
      first[level] = UInt32(position)
    } else {
      followers[Int(last[level])] = UInt32(position)
    }
    last[level] = UInt32(position)
    self.level = min(self.level, level)
  }

  mutating func pop() -> Int? {
    while level < 256, first[level] == Self.nobody { level += 1 }
    guard level < 256 else { return nil }
    let position = Int(first[level])
    first[level] = followers[position]
    return position
  }
}
