/// What an image file's header says, seen upright.
struct ImageHeader: Sendable, Hashable {
  /// Pixels from left to right.
  var width: Int
  /// Pixels from top to bottom.
  var height: Int
  /// 1 of a gray image, 3 of any other.
  var channels: Int
  /// Whether its numbers have 16 bits.
  var isWide = false
  /// Whether its pixels are stored turned or mirrored, as its EXIF block or TIFF tag says.
  var isTurned = false
  /// Whether the file has more pages or frames behind the first, which is the one that is read.
  var hasMore = false

  /// A sentence for display about files that are stored turned; none where there are none.
  ///
  /// - Parameter labels: what is drawn on the images: boxes or masks.
  static func note(turned paths: [String], labels: String) -> [String] {
    guard let first = paths.first else { return [] }
    let images = paths.count == 1 ? "1 image is" : "\(paths.count) images are"
    return [
      "note: \(images) stored rotated or mirrored (EXIF orientation) and read upright; their \(labels) are taken as "
        + "drawn on the upright image, the first \(first)"
    ]
  }

  /// A sentence for display about files with more than one page or frame; none where there are none.
  static func note(several paths: [String]) -> [String] {
    guard let first = paths.first else { return [] }
    return [
      paths.count == 1
        ? "note: 1 file has several pages or frames, of which the first is read: \(first)"
        : "note: \(paths.count) files have several pages or frames, of which the first is read; the "
          + "first file is \(first)"
    ]
  }
}
