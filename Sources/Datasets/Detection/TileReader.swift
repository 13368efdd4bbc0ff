import Boxes
import Numbers

/// Brings parts of images into a batch's memory; one thread's.
final class TileReader {
  let photos: PhotoReader
  private let resizer = Resizer()
  private let room = ByteBuffer()

  /// Creates a reader.
  ///
  /// - Parameter filledBits: how many of 16 bits are filled in files of 16.
  init(filledBits: FilledBits) { photos = PhotoReader(filledBits: filledBits) }

  /// Writes what a tile shows of an image to a batch's image, in one resampling.
  ///
  /// - Returns: how many pixels were written.
  @discardableResult func read(
    _ index: Int, of store: ImageStore, _ tile: Tile, to target: PixelImage
  ) throws(ImageFault) -> Int {
    let image = store.images[index]
    let (width, height) = (Double(image.width), Double(image.height))
    guard let pixels = tile.pixels(width: width, height: height) else { return 0 }
    let part = tile.part(for: pixels, width: width, height: height)
    let (across, down) = tile.orientation.seenSize(width: pixels.width, height: pixels.height)
    let room = room.room(for: across * down * 3)
    if let kept = try store.pixels(index, photos) {
      resize(kept, of: image, part, width: across, height: down, to: room)
    } else {
      try photos.read(image, part: part, width: across, height: down, to: room)
    }
    guard let from = room.baseAddress, let to = target.pixels.baseAddress else { return 0 }
    tile.orientation.rotate(
      from, width: across, height: down, channels: 3,
      to: to + (pixels.top * target.width + pixels.left) * 3, stride: target.width * 3)
    return pixels.width * pixels.height
  }

  /// Writes an image whole, as large as the target; from its file, if it has one, where what is kept
  /// would be too small.
  func whole(_ index: Int, of store: ImageStore, to target: PixelImage) throws(ImageFault) {
    let image = store.images[index]
    guard let given = store.given(index) else {
      return try photos.read(
        image, part: image.whole, width: target.width, height: target.height, to: target.pixels)
    }
    resize(
      given, of: image, image.whole, width: target.width, height: target.height, to: target.pixels)
  }

  /// Resizes a part of an image that lies in memory, perhaps smaller than it is annotated.
  private func resize(
    _ kept: ImageStore.Pixels, of image: AnnotatedImage, _ part: Box, width: Int, height: Int,
    to target: UnsafeMutableBufferPointer<UInt8>
  ) {
    let columns = Stretch(
      start: part.x, length: part.width, of: image.width, kept: kept.width, count: width)
    let rows = Stretch(
      start: part.y, length: part.height, of: image.height, kept: kept.height, count: height)
    kept.bytes.withUnsafeBufferPointer { bytes in
      guard let from = bytes.baseAddress, let to = target.baseAddress else { return }
      resizer.resize(
        from + (rows.first * kept.width + columns.first) * 3, width: columns.filter.size,
        stride: kept.width * 3, channels: 3, down: rows.filter, along: columns.filter, to: to)
    }
  }

  /// The kept pixels along one side that are needed for a part, and their weights.
  private struct Stretch {
    let first: Int
    let filter: ResizeFilter

    init(start: Double, length: Double, of side: Int, kept: Int, count: Int) {
      let share = Double(kept) / Double(side)
      let (start, length) = (start * share, length * share)
      let margin = max(length / Double(count), 1) + 1
      first = max(0, Int(clamping: (start - margin).rounded(.down)))
      let end = min(kept, Int(clamping: (start + length + margin).rounded(.up)))
      filter = ResizeFilter(
        size: end - first, start: start - Double(first), length: length, count: count)
    }
  }
}

extension PhotoReader {
  /// Reads a part of an annotated image in color.
  ///
  /// - Throws: `ImageFault.otherSize` where the file has another size than its annotation says.
  func read(
    _ image: AnnotatedImage, part: Box, width: Int, height: Int,
    to target: UnsafeMutableBufferPointer<UInt8>
  ) throws(ImageFault) {
    var found = (width: image.width, height: image.height)
    try read(image.path, width: width, height: height, channels: 3, to: target) { width, height in
      found = (width, height)
      let fits = found == (image.width, image.height)
      return Window(fits ? part : Box(x: 0, y: 0, width: Double(width), height: Double(height)))
    }
    guard found == (image.width, image.height) else {
      throw .otherSize(
        width: found.width, height: found.height, annotated: "\(image.width)x\(image.height)")
    }
  }
}
