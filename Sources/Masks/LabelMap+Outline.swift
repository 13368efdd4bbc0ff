extension LabelMap {
  /// The pixels at which something ends: those that are not background and have a neighbor at a side
  /// with another number; [H, W].
  ///
  /// The image's edge ends nothing, and neither does what is ignored.
  public var outline: [Bool] {
    var outline = [Bool](repeating: false, count: labels.count)
    for y in 0..<height {
      for x in 0..<width {
        let position = y * width + x
        let own = labels[position]
        guard own != 0, own != Self.ignored else { continue }
        func differs(_ other: Int) -> Bool {
          labels[other] != own && labels[other] != Self.ignored
        }
        outline[position] =
          (x > 0 && differs(position - 1)) || (x + 1 < width && differs(position + 1))
          || (y > 0 && differs(position - width)) || (y + 1 < height && differs(position + width))
      }
    }
    return outline
  }

  /// Every so many pixels of the map.
  public func thinned(by step: Int) -> LabelMap {
    guard step > 1 else { return self }
    let (across, down) = ((width + step - 1) / step, (height + step - 1) / step)
    var thinned = LabelMap(width: across, height: down)
    for y in 0..<down {
      for x in 0..<across { thinned[x, y] = self[x * step, y * step] }
    }
    return thinned
  }
}
