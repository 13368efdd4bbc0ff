/// How a picture must be turned or mirrored to stand upright, as its camera has noted.
///
/// - Source: *Exif Version 2.3* (CIPA DC-008-2012), tag 274: where row 0 and column 0 of what is
///   stored lie in what was seen.
enum Orientation: Int {
  case upright = 1
  case mirrored
  case upsideDown
  case mirroredUpsideDown
  case transposed
  case turnedRight
  case transversed
  case turnedLeft

  /// Whether width and height change places.
  var swapsSides: Bool { rawValue >= 5 }

  /// Reads the orientation from an EXIF block; what cannot be understood is upright.
  init(exif: UnsafeBufferPointer<UInt8>) {
    self = Self.find(in: exif).flatMap(Orientation.init(rawValue:)) ?? .upright
  }

  private static func find(in exif: UnsafeBufferPointer<UInt8>) -> Int? {
    guard exif.count >= 8 else { return nil }
    let isLittle: Bool
    switch (exif[0], exif[1]) {
    case (0x49, 0x49): isLittle = true
    case (0x4D, 0x4D): isLittle = false
    default: return nil
    }
    func number(at place: Int, bytes: Int) -> Int? {
      guard place >= 0, place + bytes <= exif.count else { return nil }
      let places = isLittle ? Array((0..<bytes).reversed()) : Array(0..<bytes)
      return places.reduce(0) { $0 << 8 | Int(exif[place + $1]) }
    }
    guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
      let entries = number(at: directory, bytes: 2)
    else { return nil }
    for entry in 0..<entries {
      let place = directory + 2 + 12 * entry
      guard let tag = number(at: place, bytes: 2) else { return nil }
      // A short, stored where a longer value's place would be.
      if tag == 274, number(at: place + 2, bytes: 2) == 3 { return number(at: place + 8, bytes: 2) }
    }
    return nil
  }

  /// Writes an image as it is to be seen.
  ///
  /// - Parameters:
  ///   - source: what was stored, `width` by `height` pixels.
  ///   - target: as many bytes.
  func turn(
    _ source: UnsafePointer<UInt8>, width: Int, height: Int, channels: Int,
    to target: UnsafeMutablePointer<UInt8>
  ) {
    // The stored pixel that comes first, and the steps to the next on its right and below.
    let (first, right, down): (Int, Int, Int) =
      switch self {
      case .upright: (0, 1, width)
      case .mirrored: (width - 1, -1, width)
      case .upsideDown: (width * height - 1, -1, -width)
      case .mirroredUpsideDown: (width * (height - 1), 1, -width)
      case .transposed: (0, width, 1)
      case .turnedRight: (width * (height - 1), -width, 1)
      case .transversed: (width * height - 1, -width, -1)
      case .turnedLeft: (width - 1, width, -1)
      }
    let (columns, rows) = swapsSides ? (height, width) : (width, height)
    var place = 0
    for row in 0..<rows {
      var from = (first + row * down) * channels
      for _ in 0..<columns {
        for channel in 0..<channels { target[place + channel] = source[from + channel] }
        place += channels
        from += right * channels
      }
    }
  }
}
