import Numbers

/// Reads a file's bytes from front to back, and never past their end.
struct ByteReader {
  let bytes: UnsafeRawBufferPointer
  private(set) var position: Int
  private let end: Int

  /// Begins at a place; what does not lie within the bytes reads as nothing.
  init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
    self.bytes = bytes
    let within = range.clamped(to: 0..<bytes.count)
    (position, end) = (within.lowerBound, within.upperBound)
  }

  var remaining: Int { end - position }

  /// - Throws: `PyTorchFault.cutShort` where fewer bytes are left.
  mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else { throw PyTorchFault.cutShort(at: position) }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// Reads a little-endian integer.
  ///
  /// - Throws: `PyTorchFault.cutShort` where fewer bytes are left.
  mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer {
    Integer(littleEndian: try take(Integer.bitWidth / 8).loadUnaligned(as: type))
  }

  /// Reads a little-endian length; one that no memory has is as large as can be.
  ///
  /// - Throws: `PyTorchFault.cutShort` where fewer bytes are left.
  mutating func length<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Int {
    Int(clamping: try integer(type))
  }

  /// Reads text; what is no UTF-8 is replaced.
  ///
  /// - Throws: `PyTorchFault.cutShort` where fewer bytes are left.
  mutating func text(_ count: Int) throws -> String {
    String(decoding: try take(count), as: UTF8.self)
  }

  /// Reads text up to the end of its line.
  ///
  /// - Throws: `PyTorchFault.cutShort` where no line ends.
  mutating func line() throws -> String {
    guard let feed = bytes[position..<end].firstIndex(of: 0x0A) else {
      throw PyTorchFault.cutShort(at: position)
    }
    let text = try text(feed - position)
    position += 1
    return text
  }
}
