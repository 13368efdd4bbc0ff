import CImages

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
  private let png: OpaquePointer
  private let file = ByteBuffer()
  private let stored = ByteBuffer()
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

  private var jpegFault: ImageFault { .damaged(String(cString: ci_jpeg_message(jpeg))) }
  private var pngFault: ImageFault { .damaged(String(cString: ci_png_message(png))) }

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
    switch kind {
    case .jpeg:
      var region = ci_region(left: 0, top: 0, width: Int32(width), height: Int32(height))
      guard ci_jpeg_decode(jpeg, Int32(channels), 8, &region, from) else { throw jpegFault }
    case .png:
      guard ci_png_decode(png, Int32(channels), from) else { throw pngFault }
    }
    if orientation != .upright {
      orientation.turn(from, width: width, height: height, channels: channels, to: to)
    }
  }
}
