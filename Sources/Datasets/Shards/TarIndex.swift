import Formatting
import Foundation
import Numbers

/// The files in a tar archive, by name and by where their bytes lie, found without reading these.
///
/// - Source: POSIX.1-2001, *ustar* and *pax* interchange formats; GNU tar's manual for long names and large numbers.
final class TarIndex {
  /// A file in the archive.
  struct Entry: Sendable, Hashable {
    let name: String
    let offset: Int
    let size: Int
  }

  private let archive: String
  private let descriptor: Int32
  private let length: Int
  /// Bytes that are read at once, since headers of small files follow one another closely.
  private var window: (start: Int, bytes: [UInt8]) = (0, [])

  private static let windowSize = 1 << 14
  private static let block = 512

  /// Goes through an archive's files in order.
  ///
  /// - Parameter body: gets each file, and a function that reads the content of a small one; returns whether to go on.
  /// - Throws: `ShardError`; what the body throws.
  static func read(
    _ archive: String, _ body: (Entry, (Entry) throws -> Data) throws -> Bool
  ) throws {
    let descriptor = open(archive, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw DataError.unreadable(file: archive, reason: systemReason())
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw DataError.unreadable(file: archive, reason: "it is not a file")
    }
    let index = TarIndex(archive, descriptor, length: Int(status.st_size))
    try index.read(body)
  }

  private init(_ archive: String, _ descriptor: Int32, length: Int) {
    (self.archive, self.descriptor, self.length) = (archive, descriptor, length)
  }

  private func read(_ body: (Entry, (Entry) throws -> Data) throws -> Bool) throws {
    var position = 0
    var longName: String?
    var extended: [String: String] = [:]
    while true {
      let header = try bytes(at: position, count: Self.block)
      if position == 0, let kind = Self.compression(header) {
        throw ShardError.compressed(file: archive, kind: kind)
      }
      guard header.count == Self.block else { throw ShardError.truncated(file: archive) }
      if header.allSatisfy({ $0 == 0 }) { return }
      guard Self.hasRightSum(header) else {
        throw position == 0
          ? ShardError.noArchive(file: archive) : ShardError.damaged(file: archive, byte: position)
      }
      guard let written = Self.number(header[124..<136]) else {
        throw ShardError.damaged(file: archive, byte: position)
      }
      let kind = header[156]
      let isOfNext = [UInt8(ascii: "x"), UInt8(ascii: "L"), UInt8(ascii: "K"), UInt8(ascii: "g")]
        .contains(kind)
      let size = isOfNext ? written : extended["size"].flatMap { Int($0) } ?? written
      let start = position + Self.block
      guard size >= 0, size <= length - start else { throw ShardError.truncated(file: archive) }
      // A name and a few numbers: what is longer is none, and is not read into memory.
      guard !isOfNext || size <= 1 << 20 else {
        throw ShardError.damaged(file: archive, byte: start - Self.block)
      }
      position = start + (size + Self.block - 1) / Self.block * Self.block
      switch kind {
      case UInt8(ascii: "x"):
        extended = Self.records(try bytes(at: start, count: size))
      case UInt8(ascii: "L"):
        longName = Self.text(try bytes(at: start, count: size)[...])
      case UInt8(ascii: "K"), UInt8(ascii: "g"): break
      default:
        let name = extended["path"] ?? longName ?? Self.name(header)
        let isSparse = extended.keys.contains { $0.hasPrefix("GNU.sparse") }
        (longName, extended) = (nil, [:])
        // Folders say nothing that the names of files do not say.
        if kind == UInt8(ascii: "5") || kind == 0 && name.hasSuffix("/") { continue }
        try check(name, kind, isSparse: isSparse)
        let entry = Entry(name: Self.cleaned(name), offset: start, size: size)
        guard try body(entry, { Data(try bytes(at: $0.offset, count: $0.size)) }) else { return }
      }
    }
  }

  private func check(_ name: String, _ kind: UInt8, isSparse: Bool) throws {
    let fault: ShardError.MemberFault? =
      switch kind {
      case UInt8(ascii: "1"), UInt8(ascii: "2"): .link
      case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): isSparse ? .otherKind : nil
      default: .otherKind
      }
    if let fault { throw ShardError.member(file: archive, name: name, fault) }
    guard !name.isEmpty, !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
      throw ShardError.member(file: archive, name: name, .leavesArchive)
    }
  }

  /// A name without `./` before it.
  private static func cleaned(_ name: String) -> String {
    name.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }

  private func bytes(at start: Int, count: Int) throws -> [UInt8] {
    if start < window.start || start + count > window.start + window.bytes.count {
      let size = max(count, Self.windowSize)
      var failure: Int32 = 0
      let descriptor = descriptor
      let bytes = [UInt8](unsafeUninitializedCapacity: size) { room, filled in
        while filled < size {
          let got = pread(
            descriptor, room.baseAddress.map { $0 + filled }, size - filled,
            off_t(start + filled))
          if got < 0 { failure = errno }
          guard got > 0 else { break }
          filled += got
        }
      }
      guard failure == 0 else {
        throw DataError.unreadable(file: archive, reason: systemReason(failure))
      }
      window = (start, bytes)
    }
    let first = start - window.start
    return Array(window.bytes[first..<min(first + count, window.bytes.count)])
  }

  // MARK: Fields

  private static func compression(_ header: [UInt8]) -> String? {
    let known: [(String, [UInt8])] = [
      ("gzip", [0x1F, 0x8B]), ("Zstandard", [0x28, 0xB5, 0x2F, 0xFD]),
      ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A]), ("bzip2", Array("BZh".utf8)),
      ("LZ4", [0x04, 0x22, 0x4D, 0x18]), ("ZIP", [0x50, 0x4B, 0x03, 0x04]),
    ]
    return known.first { header.starts(with: $0.1) }?.0
  }

  /// The sum of a header's bytes, with spaces in the place of the sum itself.
  static func sum(_ header: some Collection<UInt8>) -> Int {
    header.enumerated().reduce(0) { sum, byte in
      sum + ((148..<156).contains(byte.offset) ? 32 : Int(byte.element))
    }
  }

  private static func hasRightSum(_ header: [UInt8]) -> Bool {
    guard let written = number(header[148..<156]) else { return false }
    // Old programs added the bytes up with signs.
    let signed = header.enumerated().reduce(0) { sum, byte in
      sum + ((148..<156).contains(byte.offset) ? 32 : Int(Int8(bitPattern: byte.element)))
    }
    return written == sum(header) || written == signed
  }

  /// Octal digits, or where the first bit is set a number of base 256.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    guard let first = field.first else { return nil }
    if first & 0x80 != 0 {
      let bytes = [first & 0x7F] + field.dropFirst()
      guard bytes.dropLast(7).allSatisfy({ $0 == 0 }) else { return nil }
      return bytes.suffix(7).reduce(0) { $0 << 8 | Int($1) }
    }
    let digits = text(field).trimmingCharacters(in: .whitespaces)
    return digits.isEmpty ? 0 : Int(digits, radix: 8)
  }

  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  private static func name(_ header: [UInt8]) -> String {
    let name = text(header[0..<100])
    // GNU's own format has other things where POSIX has the beginning of a long name.
    guard header[257..<263].elementsEqual("ustar\0".utf8) else { return name }
    let prefix = text(header[345..<500])
    return prefix.isEmpty ? name : prefix + "/" + name
  }

  /// The records of a pax header: `length key=value` and a line end.
  private static func records(_ bytes: [UInt8]) -> [String: String] {
    var records: [String: String] = [:]
    var rest = bytes[...]
    while let space = rest.firstIndex(of: UInt8(ascii: " ")),
      let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
      length > space - rest.startIndex + 1, length <= rest.count
    {
      let record = rest[(space + 1)..<(rest.startIndex + length)]
      if let equals = record.firstIndex(of: UInt8(ascii: "=")) {
        records[String(decoding: record[..<equals], as: UTF8.self)] = text(
          record[(equals + 1)...].dropLast())
      }
      rest = rest[(rest.startIndex + length)...]
    }
    return records
  }
}
