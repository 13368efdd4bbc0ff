/// An upright rectangle on an image, in pixels from the image's upper left corner.
///
///     let box = Box(x: 10, y: 20, width: 30, height: 40)
///     box.area    // 1200
///     box.maxX    // 40
///
/// The coordinates are edges, not pixel numbers: a box of the whole image is
/// `Box(x: 0, y: 0, width: imageWidth, height: imageHeight)`.
public struct Box: Sendable, Hashable, Codable {
  /// The left edge.
  public var x: Double
  /// The upper edge.
  public var y: Double
  /// From the left edge to the right.
  public var width: Double
  /// From the upper edge to the lower.
  public var height: Double

  /// Creates a box by its upper left corner and its size.
  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// Creates a box by its edges.
  public init(minX: Double, minY: Double, maxX: Double, maxY: Double) {
    self.init(x: minX, y: minY, width: maxX - minX, height: maxY - minY)
  }

  /// The right edge.
  public var maxX: Double { x + width }

  /// The lower edge.
  public var maxY: Double { y + height }

  /// The area in square pixels.
  public var area: Double { width * height }

  /// Whether the box has an area, and all of its numbers are finite.
  public var hasArea: Bool {
    width > 0 && height > 0 && x.isFinite && y.isFinite && area.isFinite
  }

  /// The part of the box that lies on an image of this size; without area where nothing does.
  public func clipped(width: Double, height: Double) -> Box {
    Box(
      minX: min(max(x, 0), width), minY: min(max(y, 0), height),
      maxX: min(max(maxX, 0), width), maxY: min(max(maxY, 0), height))
  }

  /// The area that two boxes share, 0 where they only touch.
  public func sharedArea(with other: Box) -> Double {
    let width = min(maxX, other.maxX) - max(x, other.x)
    guard width > 0 else { return 0 }
    let height = min(maxY, other.maxY) - max(y, other.y)
    return height > 0 ? width * height : 0
  }

  /// The shared area over the area of both together, from 0 to 1.
  public func overlap(with other: Box) -> Double {
    let shared = sharedArea(with: other)
    return shared > 0 ? shared / (area + other.area - shared) : 0
  }
}
