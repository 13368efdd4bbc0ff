import CDeflate
import Formatting
import Numbers

/// The table of contents of a zip archive, zip64 too, and where its entries lie.
struct ZipArchive {
  struct Entry {
    let name: String
    /// Where the bytes lie in the file, as they are packed.
    let range: Range<Int>
    let isDeflated: Bool
    let count: Int
    /// Zero where the writer took none (`torch.serialization.set_crc32_options(False)`).
    let checksum: UInt32
  }

  private let bytes: UnsafeRawBufferPointer
  private(set) var entries: [String: Entry] = [:]
  /// The entries' names in the archive's order.
  private(set) var names: [String] = []

  /// - Throws: `PyTorchFault` for an archive that is cut short or contradicts itself.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    self.bytes = bytes
    let directory = try Self.findDirectory(bytes)
    var reader = ByteReader(bytes, in: directory.range)
    guard directory.count <= reader.remaining / 46 else {
      throw PyTorchFault.damaged("its table claims \(directory.count) entries")
    }
    names.reserveCapacity(directory.count)
    for _ in 0..<directory.count {
      let entry = try Self.readEntry(&reader, bytes, end: directory.range.lowerBound)
      guard entries.updateValue(entry, forKey: entry.name) == nil else {
        throw PyTorchFault.damaged("'\(shown(entry.name))' is in it twice")
      }
      names.append(entry.name)
    }
  }

  /// Returns where an entry's bytes lie, or its bytes if they are deflated.
  ///
  /// - Parameter room: the bytes that may still be unpacked, of which this takes its part.
  /// - Throws: `PyTorchFault` for what does not have its checksum or size, or passes the room.
  func content(of entry: Entry, room: inout Int) throws -> StoredBytes {
    let packed = UnsafeRawBufferPointer(rebasing: bytes[entry.range])
    guard entry.isDeflated else {
      try check(packed, of: entry)
      return .inFile(entry.range)
    }
    guard entry.count <= room else { throw PyTorchFault.tooMuch("it unpacks to too many bytes") }
    room -= entry.count
    guard let decompressor = libdeflate_alloc_decompressor() else {
      throw PyTorchFault.tooMuch("there is no memory to unpack it")
    }
    defer { libdeflate_free_decompressor(decompressor) }
    let unpacked = try [UInt8](unsafeUninitializedCapacity: max(1, entry.count)) { output, count in
      let result = libdeflate_deflate_decompress(
        decompressor, packed.baseAddress, packed.count, output.baseAddress, entry.count, nil)
      guard result == LIBDEFLATE_SUCCESS else {
        throw PyTorchFault.damaged("'\(shown(entry.name))' cannot be unpacked")
      }
      count = entry.count
    }
    try unpacked.withUnsafeBytes { try check($0, of: entry) }
    return .unpacked(unpacked)
  }

  private func check(_ content: UnsafeRawBufferPointer, of entry: Entry) throws {
    guard entry.checksum != 0 else { return }
    guard libdeflate_crc32(0, content.baseAddress, content.count) == entry.checksum else {
      throw PyTorchFault.wrongChecksum(shown(entry.name))
    }
  }

  // MARK: The table of contents

  private static let unknown16 = 0xFFFF
  private static let unknown32 = 0xFFFF_FFFF

  /// Finds the table from the record at the file's end, which a comment may follow.
  private static func findDirectory(
    _ bytes: UnsafeRawBufferPointer
  ) throws -> (range: Range<Int>, count: Int) {
    let last = bytes.count - 22
    guard last >= 0 else { throw PyTorchFault.cutShort(at: bytes.count) }
    /// Where a record that begins here ends, with its comment; nil where none does.
    func endOfRecord(at start: Int) -> Int? {
      guard bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self).littleEndian == 0x0605_4B50
      else { return nil }
      let comment = bytes.loadUnaligned(fromByteOffset: start + 20, as: UInt16.self).littleEndian
      return start + 22 + Int(comment)
    }
    let starts = max(0, last - 0xFFFF)...last
    guard let end = starts.last(where: { endOfRecord(at: $0) == bytes.count }) else {
      if let early = starts.reversed().lazy.compactMap(endOfRecord).first(where: { $0 < bytes.count }) {
        throw PyTorchFault.damaged("other bytes follow its end at byte \(early)")
      }
      throw PyTorchFault.cutShort(at: bytes.count)
    }
    var reader = ByteReader(bytes, in: end + 10..<bytes.count)
    var count = try reader.length(UInt16.self)
    var size = try reader.length(UInt32.self)
    var start = try reader.length(UInt32.self)
    var limit = end
    if count == unknown16 || size == unknown32 || start == unknown32 {
      reader = ByteReader(bytes, in: max(0, end - 20)..<end)
      guard try reader.integer(UInt32.self) == 0x0706_4B50 else {
        throw PyTorchFault.damaged("its table of contents is not found")
      }
      _ = try reader.take(4)
      limit = try reader.length(UInt64.self)
      guard limit < end else { throw PyTorchFault.damaged("its table lies outside the file") }
      reader = ByteReader(bytes, in: limit..<end)
      guard try reader.integer(UInt32.self) == 0x0606_4B50 else {
        throw PyTorchFault.damaged("its table of contents is not found")
      }
      _ = try reader.take(28)
      count = try reader.length(UInt64.self)
      size = try reader.length(UInt64.self)
      start = try reader.length(UInt64.self)
    }
    guard start.addingOrMax(size) <= limit else {
      throw PyTorchFault.damaged("its table lies outside the file")
    }
    return (start..<start + size, count)
  }

  private static func readEntry(
    _ reader: inout ByteReader, _ bytes: UnsafeRawBufferPointer, end: Int
  ) throws -> Entry {
    guard try reader.integer(UInt32.self) == 0x0201_4B50 else {
      throw PyTorchFault.damaged("its table of contents is broken")
    }
    _ = try reader.take(4)
    let flags = try reader.integer(UInt16.self)
    let method = try reader.integer(UInt16.self)
    _ = try reader.take(4)
    let checksum = try reader.integer(UInt32.self)
    var packed = try reader.length(UInt32.self)
    var count = try reader.length(UInt32.self)
    let nameLength = try reader.length(UInt16.self)
    let extraLength = try reader.length(UInt16.self)
    let commentLength = try reader.length(UInt16.self)
    _ = try reader.take(8)
    var start = try reader.length(UInt32.self)
    let name = try reader.text(nameLength)
    var extra = ByteReader(
      bytes, in: reader.position..<reader.position.addingOrMax(extraLength))
    _ = try reader.take(extraLength)
    _ = try reader.take(commentLength)
    while extra.remaining >= 4 {
      let kind = try extra.integer(UInt16.self)
      let length = try extra.length(UInt16.self)
      var field = ByteReader(try extra.take(length), in: 0..<length)
      guard kind == 1 else { continue }
      if count == unknown32 { count = try field.length(UInt64.self) }
      if packed == unknown32 { packed = try field.length(UInt64.self) }
      if start == unknown32 { start = try field.length(UInt64.self) }
    }
    guard flags & 1 == 0 else { throw PyTorchFault.damaged("'\(shown(name))' is encrypted") }
    guard method == 0 || method == 8 else {
      throw PyTorchFault.damaged("'\(shown(name))' is packed by the method \(method)")
    }
    // Deflate packs at most 1,032 bytes into one, so a larger claim is a lie.
    guard method == 0 ? count == packed : count <= packed.multipliedOrMax(by: 1032) else {
      throw PyTorchFault.damaged("'\(shown(name))' claims \(count) bytes")
    }
    // Name and extra field may be of other lengths here than in the table: alignment is padded so.
    var local = ByteReader(bytes, in: min(start, end)..<end)
    guard try local.integer(UInt32.self) == 0x0403_4B50 else {
      throw PyTorchFault.damaged("'\(shown(name))' is not where the table says")
    }
    _ = try local.take(22)
    let before = try local.length(UInt16.self) + local.length(UInt16.self)
    _ = try local.take(before)
    let first = local.position
    _ = try local.take(packed)
    return Entry(
      name: name, range: first..<first + packed, isDeflated: method == 8, count: count,
      checksum: checksum)
  }
}

/// A name out of a file, as it can stand in a sentence.
func shown(_ name: String) -> String {
  name.unicodeScalars.count <= 120
    ? name.printable
    : String(String.UnicodeScalarView(name.unicodeScalars.prefix(120))).printable + "..."
}
