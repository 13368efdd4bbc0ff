import CImages
import Numbers
import Synchronization

/// What an image file's header says, seen upright.
struct ImageHeader: Sendable, Hashable {
  /// Pixels from left to right.
  var width: Int
  /// Pixels from top to bottom.
  var height: Int
  /// 1 of a grey image, 3 of any other.
  var channels: Int
}

/// Decodes JPEG and PNG files one after another, in memory that is used again; one thread's.
///
/// Pixels are as Pillow gives them, with these choices: an image stands upright as its EXIF block says;
/// of 16 bits the upper 8 are kept; what is transparent lies on white, as on the page it was cut out
/// for; CMYK is multiplied out to RGB, as if printed on white.
final class ImageDecoder {
  /// The most pixels of an image that is read: 16,384 by 16,384.
  static let mostPixels = 1 << 28

  private enum Kind { case jpeg, png }

  private let jpeg: OpaquePointer
  let png: OpaquePointer
  private let file = ByteBuffer()
  private let stored = ByteBuffer()
  private let turned = ByteBuffer()
  private var kind = Kind.jpeg
  private var orientation = Orientation.upright
  private var storedSize = (width: 0, height: 0)

  /// Creates a decoder.
  init() {
    guard let jpeg = ci_jpeg_create(), let png = ci_png_create() else {
      preconditionFailure("There is no memory for a decoder of a few kilobytes.")
    }
    self.jpeg = jpeg
    self.png = png
  }

  deinit {
    ci_jpeg_free(jpeg)
    ci_png_free(png)
  }

  // MARK: Headers

  /// How much of a file is read to find its header; where it is not enough, the whole is.
  private static let headerBytes = 16_384

  /// Reads a file's header, without its pixels.
  func header(of path: String) throws(ImageFault) -> ImageHeader {
    let (bytes, size) = try file.read(path, atMost: Self.headerBytes)
    do { return try open(bytes) } catch {
      guard case .damaged = error, size > bytes.count else { throw error }
      return try open(file.read(path).bytes)
    }
  }

  /// Reads a file and its header, ready to be decoded.
  func open(_ path: String) throws(ImageFault) -> ImageHeader { try open(file.read(path).bytes) }

  private func open(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImageFault) -> ImageHeader {
    guard !bytes.isEmpty else { throw .empty }
    var header = ci_header()
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      kind = .jpeg
      guard ci_jpeg_open(jpeg, bytes.baseAddress, bytes.count, &header) else { throw jpegFault }
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      kind = .png
      guard ci_png_open(png, bytes.baseAddress, bytes.count, &header) else { throw pngFault }
    } else {
      throw .otherKind
    }
    let (width, height) = (Int(header.width), Int(header.height))
    guard width * height <= Self.mostPixels else { throw .tooLarge(width: width, height: height) }
    storedSize = (width, height)
    orientation = Orientation(
      exif: UnsafeBufferPointer(start: header.exif, count: header.exif_count))
    return orientation.swapsSides
      ? ImageHeader(width: height, height: width, channels: Int(header.channels))
      : ImageHeader(width: width, height: height, channels: Int(header.channels))
  }

  /// Reads a file and its header, and returns the size as it is stored, not as it is seen.
  func openStored(_ path: String) throws(ImageFault) -> ImageSize {
    _ = try open(path)
    return ImageSize(width: storedSize.width, height: storedSize.height)
  }

  /// Whether the open image is a PNG.
  var isPNG: Bool { kind == .png }

  private var jpegFault: ImageFault { .damaged(String(cString: ci_jpeg_message(jpeg))) }
  var pngFault: ImageFault { .damaged(String(cString: ci_png_message(png))) }

  // MARK: Pixels

  /// Decodes the image that was opened.
  ///
  /// - Parameters:
  ///   - channels: 1 or 3; not less than the image has.
  ///   - target: room for the upright image, [H, W, C].
  func decode(
    channels: Int, to target: UnsafeMutableBufferPointer<UInt8>
  ) throws(ImageFault) {
    let (width, height) = storedSize
    let count = width * height * channels
    precondition(target.count == count, "The room must be the image's size.")
    let raw = orientation == .upright ? target : stored.room(for: count)
    guard let from = raw.baseAddress, let to = target.baseAddress else { throw .empty }
    var whole = ci_region(left: 0, top: 0, width: Int32(width), height: Int32(height))
    try decode(&whole, channels: channels, eighths: 8, to: from)
    if orientation != .upright {
      orientation.turn(from, width: width, height: height, channels: channels, to: to)
    }
  }

  /// Pixels of an upright image, perhaps a part of it, perhaps reduced; valid until the next is decoded.
  struct Part {
    /// The pixels, [height, width, channels].
    var pixels: UnsafePointer<UInt8>
    var width: Int
    var height: Int
    /// Where the first of them lies in the reduced image, whose left edge is at 0.
    var left: Double
    /// Where the first of them lies in the reduced image, whose upper edge is at 0.
    var top: Double
  }

  /// Whether the open image can be decoded at a reduced size.
  var isReducible: Bool { kind == .jpeg }

  /// Decodes a part of the image that was opened, or more of it.
  ///
  /// - Parameters:
  ///   - part: the part that is needed, in pixels of the upright image.
  ///   - channels: 1 or 3; not less than the image has.
  ///   - eighths: by how much the image is reduced; 8 for one that is not reducible.
  func decode(
    _ part: PixelRectangle, channels: Int, eighths: Int
  ) throws(ImageFault) -> Part {
    let (width, height) = storedSize
    let reduced = (width: (width * eighths + 7) / 8, height: (height * eighths + 7) / 8)
    let own = orientation.stored(part, width: width, height: height)
    var region = Self.region(own, eighths: eighths, width: reduced.width, height: reduced.height)
    if kind == .png {
      region = ci_region(left: 0, top: 0, width: Int32(width), height: Int32(height))
    }
    // The decoder may deliver whole blocks, so rows are as wide as the image.
    let room = stored.room(for: reduced.width * Int(region.height) * channels)
    guard let from = room.baseAddress else { throw .empty }
    try decode(&region, channels: channels, eighths: eighths, to: from)
    var pixels = UnsafePointer(from)
    let there = PixelRectangle(
      left: Int(region.left), top: Int(region.top), width: Int(region.width),
      height: Int(region.height))
    if orientation != .upright {
      let target = turned.room(for: there.width * there.height * channels)
      guard let to = target.baseAddress else { throw .empty }
      orientation.turn(
        from, width: there.width, height: there.height, channels: channels, to: to)
      pixels = UnsafePointer(to)
    }
    let seen = orientation.seen(there, width: reduced.width, height: reduced.height)
    // The last reduced pixel may reach over the image's edge, which a turned image begins with.
    let over = orientation.seenSize(
      width: Double(reduced.width) - Double(width * eighths) / 8,
      height: Double(reduced.height) - Double(height * eighths) / 8)
    let begins = orientation.beginsAtFarEdge
    return Part(
      pixels: pixels, width: seen.width, height: seen.height,
      left: Double(seen.left) - (begins.across ? over.width : 0),
      top: Double(seen.top) - (begins.down ? over.height : 0))
  }

  /// The reduced pixels that are needed for a part, and two on each side, since at the edge of what is
  /// decoded colours are interpolated otherwise than within.
  private static func region(
    _ part: PixelRectangle, eighths: Int, width: Int, height: Int
  ) -> ci_region {
    let left = max(0, part.left * eighths / 8 - 2)
    let top = max(0, part.top * eighths / 8 - 2)
    let right = min(width, ((part.left + part.width) * eighths + 7) / 8 + 2)
    let bottom = min(height, ((part.top + part.height) * eighths + 7) / 8 + 2)
    return ci_region(
      left: Int32(left), top: Int32(top), width: Int32(right - left), height: Int32(bottom - top))
  }

  private func decode(
    _ region: inout ci_region, channels: Int, eighths: Int, to target: UnsafeMutablePointer<UInt8>
  ) throws(ImageFault) {
    switch kind {
    case .jpeg:
      guard ci_jpeg_decode(jpeg, Int32(channels), Int32(eighths), &region, target) else {
        throw jpegFault
      }
    case .png:
      guard ci_png_decode(png, Int32(channels), target) else { throw pngFault }
    }
  }
}

/// Decodes files whole, on all cores, and forgets them: the measure for everything that reads images.
///
/// - Throws: `ImageFault` of a file that cannot be read.
package func decodeWhole(_ paths: [String], rounds: Int) throws {
  let faults = Mutex<[ImageFault]>([])
  onAllCores(paths.count * rounds, makeWorker: { (ImageDecoder(), ByteBuffer()) }) {
    worker, index in
    do throws(ImageFault) {
      let header = try worker.0.open(paths[index % paths.count])
      let room = worker.1.room(for: header.width * header.height * header.channels)
      try worker.0.decode(channels: header.channels, to: room)
    } catch { faults.withLock { $0.append(error) } }
  }
  if let fault = faults.withLock({ $0.first }) { throw fault }
}
