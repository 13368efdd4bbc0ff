import Numbers

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
  case rotatedRight
  case transversed
  case rotatedLeft

  /// Whether width and height change places.
  var swapsSides: Bool { rawValue >= 5 }
  /// Whether what is seen begins, across and down, with the far end of what is stored.
  var startsAtFarEdge: (across: Bool, down: Bool) {
    swapsSides ? (reversesRows, reversesColumns) : (reversesColumns, reversesRows)
  }

  /// Whether the columns of what is stored are in the opposite order.
  var reversesColumns: Bool {
    switch self {
    case .mirrored, .upsideDown, .transversed, .rotatedLeft: true
    case .upright, .mirroredUpsideDown, .transposed, .rotatedRight: false
    }
  }

  /// Whether its rows are.
  var reversesRows: Bool {
    switch self {
    case .upsideDown, .mirroredUpsideDown, .rotatedRight, .transversed: true
    case .upright, .mirrored, .transposed, .rotatedLeft: false
    }
  }

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
    func number(at position: Int, bytes: Int) -> Int? {
      guard position >= 0, position + bytes <= exif.count else { return nil }
      let positions = isLittle ? Array((0..<bytes).reversed()) : Array(0..<bytes)
      return positions.reduce(0) { $0 << 8 | Int(exif[position + $1]) }
    }
    guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
      let entries = number(at: directory, bytes: 2)
    else { return nil }
    for entry in 0..<entries {
      let position = directory + 2 + 12 * entry
      guard let tag = number(at: position, bytes: 2) else { return nil }
      // A short, stored where a longer value's place would be.
      if tag == 274, number(at: position + 2, bytes: 2) == 3 {
        return number(at: position + 8, bytes: 2)
      }
    }
    return nil
  }

  // MARK: Places

  /// Width and height as they are seen.
  func seenSize<Number>(width: Number, height: Number) -> (width: Number, height: Number) {
    swapsSides ? (height, width) : (width, height)
  }

  /// Where a part of what is seen lies in what is stored, `width` by `height` pixels.
  func stored(_ part: PixelRectangle, width: Int, height: Int) -> PixelRectangle {
    reversed(swapsSides ? part.swapped : part, width: width, height: height)
  }

  /// Where a part of what is stored, `width` by `height` pixels, lies in what is seen.
  func seen(_ part: PixelRectangle, width: Int, height: Int) -> PixelRectangle {
    let part = reversed(part, width: width, height: height)
    return swapsSides ? part.swapped : part
  }

  private func reversed(_ part: PixelRectangle, width: Int, height: Int) -> PixelRectangle {
    var part = part
    if reversesColumns { part.left = width - part.left - part.width }
    if reversesRows { part.top = height - part.top - part.height }
    return part
  }

  // MARK: Pixels

  /// Writes an image as it is to be seen.
  ///
  /// - Parameters:
  ///   - source: what was stored, `width` by `height` pixels.
  ///   - target: room for the result.
  ///   - stride: bytes from one row of the result to the next; nil where they lie together.
  func rotate(
    _ source: UnsafePointer<UInt8>, width: Int, height: Int, channels: Int,
    to target: UnsafeMutablePointer<UInt8>, stride: Int? = nil
  ) {
    // The stored pixel that comes first, and the steps to the next in a stored row and column.
    let first =
      (reversesColumns ? width - 1 : 0) + (reversesRows ? width * (height - 1) : 0)
    let (along, across) = (reversesColumns ? -1 : 1, reversesRows ? -width : width)
    let (right, down) = swapsSides ? (across, along) : (along, across)
    let (columns, rows) = seenSize(width: width, height: height)
    for row in 0..<rows {
      var position = row * (stride ?? columns * channels)
      var from = (first + row * down) * channels
      for _ in 0..<columns {
        for channel in 0..<channels { target[position + channel] = source[from + channel] }
        position += channels
        from += right * channels
      }
    }
  }
}

extension PixelRectangle {
  fileprivate var swapped: PixelRectangle {
    PixelRectangle(left: top, top: left, width: height, height: width)
  }
}
