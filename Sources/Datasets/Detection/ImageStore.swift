import Boxes
import Synchronization

/// Where the pixels of a set of annotated images come from: memory, or their files.
///
/// Of a set that is small enough the decoded pixels stay in memory, each image from when it is first
/// wanted. Which and how large they are follows from the set alone, so that a run gets the same pixels
/// every time.
final class ImageStore: Sendable {
  /// An image's pixels, [height, width, 3]; it may be smaller than what it is annotated as.
  struct Pixels: Sendable {
    let width: Int
    let height: Int
    let bytes: [UInt8]
  }

  let images: [AnnotatedImage]
  /// In how many eighths of its size each image is kept; nil where none is.
  private let eighths: [Int]?
  /// Whether there are no files.
  private let isGiven: Bool
  /// Bytes that may be kept.
  private let limit: Int
  private let kept: Mutex<[Pixels?]>

  /// Takes images that lie in memory, as large as they are annotated.
  init(_ images: [AnnotatedImage], pixels: [[UInt8]]) {
    self.images = images
    eighths = nil
    isGiven = true
    limit = .max
    kept = Mutex(
      zip(images, pixels).map { Pixels(width: $0.width, height: $0.height, bytes: $1) })
  }

  /// Takes images that lie in files.
  ///
  /// - Parameters:
  ///   - frame: the size that they come to.
  ///   - zoom: by how much larger than their frame they may be seen; where there is no room to keep what
  ///     that takes, the frame's size is kept, and where that is too much, nothing.
  ///   - limit: bytes that may be kept.
  init(
    _ images: [AnnotatedImage], frame: (width: Int, height: Int), zoom: Double, limit: Int
  ) {
    self.images = images
    self.limit = limit
    isGiven = false
    kept = Mutex([Pixels?](repeating: nil, count: images.count))
    let choices = [zoom, 1].lazy.map { zoom in
      images.map { image in
        let scale =
          zoom
          * min(
            Double(frame.width) / Double(image.width), Double(frame.height) / Double(image.height))
        return [1, 2, 4].first { Double($0) / 8 >= scale - 1e-9 } ?? 8
      }
    }
    eighths = choices.first { eighths in
      zip(images, eighths).reduce(0) { $0 + Self.size($1.0, $1.1).bytes } <= limit
    }
  }

  /// Returns a store of some of the images, that may keep as many bytes.
  func part(_ positions: [Int], frame: (width: Int, height: Int), zoom: Double) -> ImageStore {
    let images = positions.map { self.images[$0] }
    guard isGiven else { return ImageStore(images, frame: frame, zoom: zoom, limit: limit) }
    let pixels = kept.withLock { kept in positions.map { kept[$0]?.bytes ?? [] } }
    return ImageStore(images, pixels: pixels)
  }

  private static func size(
    _ image: AnnotatedImage, _ eighths: Int
  ) -> (width: Int, height: Int, bytes: Int) {
    let (width, height) = ((image.width * eighths + 7) / 8, (image.height * eighths + 7) / 8)
    return (width, height, 3 * width * height)
  }

  /// The pixels of an image that has no file.
  func given(_ index: Int) -> Pixels? { isGiven ? kept.withLock { $0[index] } : nil }

  /// Returns the pixels of an image that is kept; nil of one that is to be read from its file.
  func pixels(_ index: Int, _ reader: PhotoReader) throws(ImageFault) -> Pixels? {
    if let pixels = kept.withLock({ $0[index] }) { return pixels }
    guard let eighths else { return nil }
    let size = Self.size(images[index], eighths[index])
    var bytes = [UInt8](repeating: 0, count: size.bytes)
    try bytes.withUnsafeMutableBufferPointer { room throws(ImageFault) in
      try reader.read(
        images[index], part: images[index].whole, width: size.width, height: size.height, to: room)
    }
    let pixels = Pixels(width: size.width, height: size.height, bytes: bytes)
    kept.withLock { $0[index] = pixels }
    return pixels
  }
}

extension AnnotatedImage {
  /// The box of the whole image.
  var whole: Box { Box(x: 0, y: 0, width: Double(width), height: Double(height)) }
}
