import Boxes
import Numbers

/// Reads photographs from their files at one size, in memory that is used again; one thread's.
final class PhotoReader {
  /// The part of an image that becomes the result, in pixels of the image.
  struct Window: Equatable {
    var left: Double
    var top: Double
    var width: Double
    var height: Double
    /// Whether pixels outside count where the part's edge is smoothed.
    var seesOutside: Bool

    /// A part that begins and ends between pixels, perhaps a little outside of the image.
    init(_ part: Box) {
      (left, top, width, height) = (part.x, part.y, part.width, part.height)
      seesOutside = true
    }

    /// A part cut out before it is resized.
    init(_ part: PixelRectangle) {
      left = Double(part.left)
      top = Double(part.top)
      width = Double(part.width)
      height = Double(part.height)
      seesOutside = false
    }

    /// The middle of an image after its short side has been resized to `short`, `size` on each side.
    ///
    /// - Precondition: `size` is at most `short`.
    init(middleOf width: Int, by height: Int, short: Int, size: Int) {
      func stretch(_ side: Int) -> (start: Double, length: Double) {
        let scaled = side * short / min(width, height)
        let first = (Double(scaled - size) / 2).rounded(.toNearestOrEven)
        let pixel = Double(side) / Double(scaled)
        return (first * pixel, Double(size) * pixel)
      }
      (left, self.width) = stretch(width)
      (top, self.height) = stretch(height)
      seesOutside = true
    }

    /// The largest part about the middle of an image that has a shape.
    init(middleOf width: Int, by height: Int, shape: (width: Double, height: Double)) {
      let pixel = min(Double(width) / shape.width, Double(height) / shape.height)
      (self.width, self.height) = (pixel * shape.width, pixel * shape.height)
      left = (Double(width) - self.width) / 2
      top = (Double(height) - self.height) / 2
      seesOutside = true
    }
  }

  private let decoder: ImageDecoder
  private let resizer = Resizer()
  private let interpolation: Interpolation
  private let colored = ByteBuffer()

  /// Creates a reader.
  ///
  /// - Parameters:
  ///   - filledBits: how many of 16 bits are filled in files of 16.
  ///   - interpolation: how pixels of another size are made.
  init(filledBits: FilledBits = .all, interpolation: Interpolation = .bilinear) {
    decoder = ImageDecoder(filledBits: filledBits)
    self.interpolation = interpolation
  }

  /// Reads a file's header, without its pixels.
  func header(of path: String) throws(ImageFault) -> ImageHeader { try decoder.header(of: path) }

  /// Checks that a file claims at most so many pixels.
  ///
  /// - Throws: `ImageFault.tooLarge`, and what its header has wrong.
  func check(_ path: String, maximumPixels: Int) throws(ImageFault) {
    let header = try header(of: path)
    guard header.width * header.height <= maximumPixels else {
      throw .tooLarge(width: header.width, height: header.height, most: maximumPixels)
    }
  }

  /// Reads part of a photograph.
  ///
  /// - Parameters:
  ///   - size: pixels of the result on each side.
  ///   - target: room for the result, [size, size, channels].
  ///   - mirrored: whether left and right change places.
  ///   - window: which part, given width and height of the whole.
  func read(
    _ path: String, size: Int, channels: Int, to target: UnsafeMutableBufferPointer<UInt8>,
    mirrored: Bool = false, window: (Int, Int) -> Window
  ) throws(ImageFault) {
    try read(
      path, width: size, height: size, channels: channels, to: target, mirrored: mirrored,
      window: window)
  }

  /// Reads part of a photograph that becomes no square.
  ///
  /// Of a colored image, where one channel is wanted, the luminance is taken.
  func read(
    _ path: String, width: Int, height: Int, channels: Int,
    to target: UnsafeMutableBufferPointer<UInt8>, mirrored: Bool = false,
    window: (Int, Int) -> Window
  ) throws(ImageFault) {
    let header = try decoder.open(path)
    let window = window(header.width, header.height)
    guard header.channels <= channels else {
      let colors = colored.room(for: width * height * 3)
      try read(window, header, width, height, channels: 3, to: colors, mirrored: mirrored)
      return Self.takeLuminance(of: colors, to: target)
    }
    try read(window, header, width, height, channels: channels, to: target, mirrored: mirrored)
  }

  /// Makes gray pixels of colored ones, each of three channels.
  static func takeLuminance(
    of colors: UnsafeMutableBufferPointer<UInt8>, to target: UnsafeMutableBufferPointer<UInt8>
  ) {
    for pixel in target.indices {
      target[pixel] = luminance(colors[3 * pixel], colors[3 * pixel + 1], colors[3 * pixel + 2])
    }
  }

  /// - Source: ITU-R BT.601, in Pillow's whole numbers.
  static func luminance(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let weighted: UInt32 = UInt32(red) * 19_595 + UInt32(green) * 38_470 + UInt32(blue) * 7_471
    return UInt8((weighted + 0x8000) >> 16)
  }

  private func read(
    _ window: Window, _ header: ImageHeader, _ width: Int, _ height: Int, channels: Int,
    to target: UnsafeMutableBufferPointer<UInt8>, mirrored: Bool
  ) throws(ImageFault) {
    let eighths = decoder.isReducible ? Self.eighths(window, width, height) : 8
    let scale = Double(eighths) / 8
    func needed(
      _ start: Double, _ length: Double, _ size: Int, of side: Int
    ) -> (first: Int, count: Int) {
      let reach = interpolation.support * max(length / Double(size), 1 / scale)
      let margin = window.seesOutside ? reach + 1 : 0
      let first = max(0, Int(clamping: (start - margin).rounded(.down)))
      let end = min(side, Int(clamping: (start + length + margin).rounded(.up)))
      return (first, end - first)
    }
    let across = needed(window.left, window.width, width, of: header.width)
    let down = needed(window.top, window.height, height, of: header.height)
    let part = try decoder.decode(
      PixelRectangle(
        left: across.first, top: down.first, width: across.count, height: down.count),
      channels: channels, eighths: eighths)

    /// The stretch of decoded pixels that may be seen, and in it the stretch that is wanted.
    func stretch(
      _ start: Double, _ length: Double, _ needed: (first: Int, count: Int), _ origin: Double,
      _ there: Int, _ size: Int, mirrored: Bool = false
    ) -> (first: Int, filter: ResizeFilter) {
      let lowest = max(0, Int(clamping: (Double(needed.first) * scale - origin).rounded(.down)))
      let end = min(
        there, Int(clamping: (Double(needed.first + needed.count) * scale - origin).rounded(.up)))
      return (
        lowest,
        ResizeFilter(
          size: end - lowest, start: start * scale - origin - Double(lowest),
          length: length * scale, count: size, mirrored: mirrored, by: interpolation)
      )
    }
    let columns = stretch(
      window.left, window.width, across, part.left, part.width, width, mirrored: mirrored)
    let rows = stretch(window.top, window.height, down, part.top, part.height, height)
    guard let to = target.baseAddress else { return }
    resizer.resize(
      part.pixels + (rows.first * part.width + columns.first) * channels,
      width: columns.filter.size, stride: part.width * channels, channels: channels,
      down: rows.filter, along: columns.filter, to: to)
  }

  /// The eighths at which a JPEG is decoded: as few as leave the part no smaller than the result, of
  /// those for which libjpeg-turbo has vector instructions.
  private static func eighths(_ window: Window, _ width: Int, _ height: Int) -> Int {
    let share = min(window.width / Double(width), window.height / Double(height))
    return share >= 8 ? 1 : share >= 4 ? 2 : share >= 2 ? 4 : 8
  }
}
