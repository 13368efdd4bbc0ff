import CImages
import Numbers
import Synchronization

/// Decodes JPEG, PNG, WebP, TIFF, BMP and GIF files one after another, in memory that is used again; one
/// thread's.
///
/// Which kind a file is of its first bytes say, and not its name. Pixels are as Pillow gives them, with
/// these choices: an image stands upright as its EXIF block or its TIFF tag says; of 16 bits the upper 8 of
/// those that are filled are kept; what is transparent lies on white, as on the page it was cut out for;
/// CMYK is multiplied out to RGB, as if printed on white; of several pages or frames the first is read.
final class ImageDecoder {
  /// The most pixels of an image that is read: 16,384 by 16,384.
  static let maximumPixels = 1 << 28

  /// How many of 16 bits are filled, from the lowest: 12 in the images of many microscopes.
  var filledBits = FilledBits.all

  private let jpeg: OpaquePointer
  private let raster: OpaquePointer
  private let file = ByteBuffer()
  private let stored = ByteBuffer()
  private let turned = ByteBuffer()
  private var kind = CI_OTHER
  private var orientation = Orientation.upright
  private var storedSize = (width: 0, height: 0)

  /// Creates a decoder.
  init(filledBits: FilledBits = .all) {
    guard let jpeg = ci_jpeg_create(), let raster = ci_raster_create() else {
      preconditionFailure("There is no memory for a decoder of a few kilobytes.")
    }
    self.jpeg = jpeg
    self.raster = raster
    self.filledBits = filledBits
  }

  deinit {
    ci_jpeg_free(jpeg)
    ci_raster_free(raster)
  }

  // MARK: Headers

  /// How much of a JPEG or PNG is read to find its header; where it is not enough, the whole is.
  ///
  /// Other kinds may have theirs at the end.
  private static let headerBytes = 16_384

  /// Reads a file's header, without its pixels.
  func header(of path: String) throws(ImageFault) -> ImageHeader {
    let (bytes, size) = try file.read(path, atMost: Self.headerBytes)
    guard size > bytes.count else { return try open(bytes, size: size) }
    let kind = ci_kind_of(bytes.baseAddress, bytes.count)
    if kind == CI_JPEG || kind == CI_PNG {
      do { return try open(bytes, size: size) } catch {
        guard case .damaged = error else { throw error }
      }
    }
    return try open(path)
  }

  /// Reads a file and its header, ready to be decoded.
  func open(_ path: String) throws(ImageFault) -> ImageHeader {
    let (bytes, size) = try file.read(path)
    return try open(bytes, size: size)
  }

  /// Reads the header of a file of so many bytes, ready to be decoded while the bytes stay.
  func open(
    _ bytes: UnsafeBufferPointer<UInt8>, size: Int
  ) throws(ImageFault) -> ImageHeader {
    guard !bytes.isEmpty else { throw .empty }
    var header = ci_header()
    kind = ci_kind_of(bytes.baseAddress, bytes.count)
    guard kind != CI_OTHER else { throw .otherKind }
    let isOpen =
      kind == CI_JPEG
      ? ci_jpeg_open(jpeg, bytes.baseAddress, bytes.count, &header)
      : ci_raster_open(raster, kind, bytes.baseAddress, bytes.count, &header)
    guard isOpen else { throw fault }
    let (width, height) = (Int(header.width), Int(header.height))
    guard width * height <= Self.maximumPixels else {
      throw .tooLarge(width: width, height: height, most: Self.maximumPixels)
    }
    guard header.least_bytes <= size else {
      throw .claimsMore(width: width, height: height, bytes: size)
    }
    storedSize = (width, height)
    orientation =
      Orientation(rawValue: Int(header.orientation))
      ?? Orientation(exif: UnsafeBufferPointer(start: header.exif, count: header.exif_count))
    let sides = orientation.swapsSides ? (height, width) : (width, height)
    return ImageHeader(
      width: sides.0, height: sides.1, channels: Int(header.channels), isWide: header.bits == 16,
      isTurned: orientation != .upright, hasMore: header.has_more)
  }

  private var fault: ImageFault {
    if kind == CI_JPEG {
      let words = String(cString: ci_jpeg_message(jpeg))
      // libjpeg's words for forms of JPEG that it does not read, such as 12 bits.
      return words.hasPrefix("Unsupported") ? .unsupported(words) : .damaged(words)
    }
    let words = String(cString: ci_raster_message(raster))
    return ci_raster_is_unsupported(raster) ? .unsupported(words) : .damaged(words)
  }

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
    precondition(target.count == count, "The buffer must have the image's size.")
    let raw = orientation == .upright ? target : try stored.room(of: count)
    guard let from = raw.baseAddress, let to = target.baseAddress else { throw .empty }
    var whole = ci_region(left: 0, top: 0, width: Int32(width), height: Int32(height))
    try decode(&whole, channels: channels, eighths: 8, to: from)
    if orientation != .upright {
      orientation.rotate(from, width: width, height: height, channels: channels, to: to)
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
  var isReducible: Bool { kind == CI_JPEG }

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
    // The decoder may deliver whole blocks, so rows are as wide as the image.
    let room = try stored.room(of: reduced.width * Int(region.height) * channels)
    guard let from = room.baseAddress else { throw .empty }
    try decode(&region, channels: channels, eighths: eighths, to: from)
    var pixels = UnsafePointer(from)
    let there = PixelRectangle(
      left: Int(region.left), top: Int(region.top), width: Int(region.width),
      height: Int(region.height))
    if orientation != .upright {
      let target = try turned.room(of: there.width * there.height * channels)
      guard let to = target.baseAddress else { throw .empty }
      orientation.rotate(
        from, width: there.width, height: there.height, channels: channels, to: to)
      pixels = UnsafePointer(to)
    }
    let seen = orientation.seen(there, width: reduced.width, height: reduced.height)
    // The last reduced pixel may reach over the image's edge, which a turned image begins with.
    let over = orientation.seenSize(
      width: Double(reduced.width) - Double(width * eighths) / 8,
      height: Double(reduced.height) - Double(height * eighths) / 8)
    let begins = orientation.startsAtFarEdge
    return Part(
      pixels: pixels, width: seen.width, height: seen.height,
      left: Double(seen.left) - (begins.across ? over.width : 0),
      top: Double(seen.top) - (begins.down ? over.height : 0))
  }

  /// The reduced pixels that are needed for a part, and two on each side, since at the edge of what is
  /// decoded colors are interpolated otherwise than within.
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
    let isDecoded =
      kind == CI_JPEG
      ? ci_jpeg_decode(jpeg, Int32(channels), Int32(eighths), &region, target)
      : ci_raster_decode(raster, Int32(channels), Int32(filledBits.count), region, target)
    guard isDecoded else { throw fault }
  }

  // MARK: Numbers

  /// Finds what the numbers in a file of 16 bits are.
  func wideNumbers(of path: String) throws(ImageFault) -> WideNumbers {
    guard try open(path).isWide else { return WideNumbers() }
    var found = ci_wide_numbers()
    guard ci_raster_wide_numbers(raster, &found) else { throw fault }
    return WideNumbers(
      highest: Int(found.highest),
      lengths: withUnsafeBytes(of: found.lengths) { $0.bindMemory(to: Int64.self).map { Int($0) } })
  }

  /// Why a mask cannot be read.
  enum MaskFault: Error {
    case image(ImageFault)
    /// It is stored in a way that changes numbers: as JPEG or as lossy WebP.
    case notPNG
  }

  /// Reads a mask file with its exact numbers: a palette's places, and all 16 bits.
  func mask(of path: String) throws(MaskFault) -> RawMask {
    do throws(ImageFault) { _ = try open(path) } catch { throw .image(error) }
    guard kind != CI_JPEG else { throw .notPNG }
    var form = ci_mask_header()
    ci_raster_form(raster, &form)
    guard !form.is_lossy else { throw .notPNG }
    let size = ImageSize(width: storedSize.width, height: storedSize.height)
    let channels = Int(form.channels)
    var (isDecoded, alphaVaries) = (false, false)
    let numbers = [UInt16](unsafeUninitializedCapacity: size.area * channels) { room, count in
      isDecoded = ci_raster_numbers(raster, room.baseAddress, &alphaVaries)
      count = isDecoded ? size.area * channels : 0
    }
    guard isDecoded else { throw .image(fault) }
    return RawMask(
      size: size, palette: form.is_palette ? Self.palette(form) : nil, isWide: form.bits == 16,
      alphaVaries: alphaVaries, channels: channels, numbers: numbers)
  }

  /// The color of each of a palette's 256 places, as `RawMask.color` writes colors.
  private static func palette(_ form: ci_mask_header) -> [Int] {
    withUnsafeBytes(of: form.palette) { bytes in
      (0..<256).map { position in
        RawMask.color(
          UInt16(bytes[3 * position]), UInt16(bytes[3 * position + 1]),
          UInt16(bytes[3 * position + 2]))
      }
    }
  }
}

/// Decodes files whole, on all cores, and forgets them: the measure for everything that reads images.
///
/// - Throws: `ImageFault` of a file that cannot be read.
public func decodeWhole(_ paths: [String], rounds: Int) throws {
  let faults = Mutex<[ImageFault]>([])
  onAllCores(paths.count * rounds, makeWorker: { (ImageDecoder(), ByteBuffer()) }) {
    worker, index in
    do throws(ImageFault) {
      let header = try worker.0.open(paths[index % paths.count])
      let room = try worker.1.room(of: header.width * header.height * header.channels)
      try worker.0.decode(channels: header.channels, to: room)
    } catch { faults.withLock { $0.append(error) } }
  }
  if let fault = faults.withLock({ $0.first }) { throw fault }
}
