import Numbers

/// An image in caller-owned memory, [H, W, C] bytes, to be changed where it lies.
struct PixelImage {
  let pixels: UnsafeMutableBufferPointer<UInt8>
  let height: Int
  let width: Int
  /// 1 of gray, 3 of red, green and blue.
  let channels: Int

  /// An image of the same shape in other memory.
  func at(_ pixels: UnsafeMutableBufferPointer<UInt8>) -> PixelImage {
    PixelImage(pixels: pixels, height: height, width: width, channels: channels)
  }

  /// Fills a rectangle with a color.
  func fill(rows: Range<Int>, columns: Range<Int>, with color: [UInt8]) {
    guard let start = pixels.baseAddress else { return }
    for row in rows {
      var pixel = start + (row * width + columns.lowerBound) * channels
      for _ in columns {
        for channel in 0..<channels { pixel[channel] = color[channel] }
        pixel += channels
      }
    }
  }

  /// Replaces every byte by what a table of 256 has for it.
  func replaceEach(by value: (Int) -> UInt8) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { table in
      for level in 0..<256 { table[level] = value(level) }
      for index in pixels.indices { pixels[index] = table[Int(pixels[index])] }
    }
  }

  /// Replaces the bytes of each channel by a table that is made of how often the channel has each level.
  ///
  /// - Parameter fillTable: is given the 256 counts, and the table, which has every level as it is.
  func replaceEachChannel(
    _ fillTable: (UnsafeBufferPointer<Int>, UnsafeMutableBufferPointer<UInt8>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { counts in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { table in
        for channel in 0..<channels {
          counts.initialize(repeating: 0)
          let positions = stride(from: channel, to: pixels.count, by: channels)
          for index in positions { counts[Int(pixels[index])] += 1 }
          for level in 0..<256 { table[level] = UInt8(level) }
          fillTable(UnsafeBufferPointer(counts), table)
          for index in positions { pixels[index] = table[Int(pixels[index])] }
        }
      }
    }
  }

  /// The luminance of a pixel by its first byte's place, as Pillow's mode L has it.
  ///
  /// - Source: ITU-R 601-2; Pillow's `Convert.c`.
  func luminance(at index: Int) -> Int {
    guard channels == 3 else { return Int(pixels[index]) }
    let (red, green, blue) = (pixels[index], pixels[index + 1], pixels[index + 2])
    return (Int(red) * 19595 + Int(green) * 38470 + Int(blue) * 7471 + 0x8000) >> 16
  }
}

/// Returns what lies between two levels at 0 and 1, or beyond them, within what a byte holds.
///
/// - Source: Pillow's `Image.blend`, which leaves out what is behind the point.
func blended(_ from: Int, _ to: Int, _ factor: Float) -> UInt8 {
  UInt8(clamping: Float(from) + factor * Float(to - from))
}
