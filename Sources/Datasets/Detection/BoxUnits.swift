import Boxes

/// Boxes that are written in another unit, or another order, than their format has.
enum BoxUnits {
  /// The highest number that a share of an image may have, with some tolerance.
  private static let highestShare = 1.5
  /// Pixels by which a box may reach over its image's edge.
  private static let edgeTolerance = 1.0
  /// The fewest boxes by which corners are known.
  private static let minimumBoxes = 4

  /// Refuses boxes that are shares of their images, and COCO's that are two corners.
  ///
  /// - Throws: `AnnotationError.boxesAsShares`, `.boxesAsCorners`.
  static func check(_ data: DetectionData, _ format: AnnotationFormat, at path: String) throws {
    var (count, shares, over, corners) = (0, 0, 0, 0)
    for image in data.splits.lazy.flatMap(\.images) {
      let (width, height) = (Double(image.width), Double(image.height))
      for box in image.boxes.lazy.map(\.box) {
        count += 1
        let isSmall = [box.x, box.y, box.width, box.height].allSatisfy { $0 <= highestShare }
        if isSmall, min(width, height) > 8 * highestShare { shares += 1 }
        if box.maxX > width + edgeTolerance || box.maxY > height + edgeTolerance { over += 1 }
        if box.width > box.x, box.height > box.y, box.width <= width + edgeTolerance,
          box.height <= height + edgeTolerance
        {
          corners += 1
        }
      }
    }
    guard count > 0 else { return }
    if shares == count { throw AnnotationError.boxesAsShares(path: path, boxes: count) }
    if format == .coco, count >= minimumBoxes, corners == count, over * 2 >= count {
      throw AnnotationError.boxesAsCorners(path: path, over: over, of: count)
    }
  }
}
