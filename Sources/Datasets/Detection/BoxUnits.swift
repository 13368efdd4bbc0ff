import Boxes

/// Boxes that are written in another unit, or another order, than their format has.
///
/// It is decided for each annotation file, and by nearly all of its boxes: a few may be tiny, or wrong.
struct BoxUnits {
  /// The highest number that a share of an image may have, with some tolerance.
  private static let highestShare = 1.5
  /// The fewest boxes by which corners are known.
  private static let minimumBoxes = 4

  private var (count, shares, over, corners) = (0, 0, 0, 0)

  /// Counts a box on an image of so many pixels.
  mutating func add(_ box: Box, width: Int, height: Int) {
    let (width, height) = (Double(width), Double(height))
    count += 1
    let isSmall = [box.x, box.y, box.width, box.height].allSatisfy { $0 <= Self.highestShare }
    if isSmall, min(width, height) > 8 * Self.highestShare { shares += 1 }
    let (right, lower) = (width + Box.edgeTolerance, height + Box.edgeTolerance)
    if box.maxX > right || box.maxY > lower { over += 1 }
    if box.width > box.x, box.height > box.y, box.width <= right, box.height <= lower {
      corners += 1
    }
  }

  /// Refuses boxes that are shares of their images, and COCO's that are two corners.
  ///
  /// - Parameter place: the file that has them, and its split where there are several.
  /// - Throws: `AnnotationError.boxesAsShares`, `.boxesAsCorners`.
  func check(isCOCO: Bool, at place: String) throws {
    guard count > 0 else { return }
    if isNearlyAll(shares) {
      throw AnnotationError.boxesAsShares(path: place, boxes: shares, of: count)
    }
    if isCOCO, count >= Self.minimumBoxes, isNearlyAll(corners), over * 2 >= count {
      throw AnnotationError.boxesAsCorners(path: place, over: over, inside: corners, of: count)
    }
  }

  /// Whether so many boxes are at least 95 % of them.
  private func isNearlyAll(_ boxes: Int) -> Bool { boxes * 20 >= count * 19 }

  /// Refuses a split whose boxes are shares of their images, or, of COCO's, two corners.
  ///
  /// - Throws: `AnnotationError.boxesAsShares`, `.boxesAsCorners`.
  static func check(_ data: DetectionData, _ format: AnnotationFormat, at path: String) throws {
    for split in data.splits {
      var units = BoxUnits()
      for image in split.images {
        for box in image.boxes { units.add(box.box, width: image.width, height: image.height) }
      }
      let place = data.splits.count == 1 ? path : "\(path), split '\(split.name)'"
      try units.check(isCOCO: format == .coco, at: place)
    }
  }
}

extension COCOResults {
  /// Refuses detections whose boxes are shares of their images, or two corners.
  ///
  /// Detections on images without a size in the ground truth are not checked.
  ///
  /// - Throws: `AnnotationError.boxesAsShares`, `.boxesAsCorners`.
  public func checkUnits(by groundTruth: COCOAnnotations) throws {
    let images = Dictionary(
      groundTruth.images.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var units = BoxUnits()
    for detection in detections {
      guard let image = images[detection.image], let width = image.width, let height = image.height
      else { continue }
      units.add(detection.box, width: width, height: height)
    }
    try units.check(isCOCO: true, at: file)
  }
}
