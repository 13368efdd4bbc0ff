import Files
import Foundation
import Numbers

/// A digest of 64 bits, to see whether something has changed; not against those who want to deceive.
///
/// - Source: Fowler, Noll, Vo's FNV-1a, by words of 64 bits instead of bytes, with the upper half folded in.
struct ContentDigest {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ word: UInt64) {
    value = (value ^ word) &* 0x0000_0100_0000_01B3
    value ^= value >> 32
  }

  mutating func add(_ number: Int) { add(UInt64(bitPattern: Int64(number))) }

  mutating func add(_ number: Double) { add(number.bitPattern) }

  mutating func add(_ text: String) {
    addPart(text)
    endText()
  }

  /// Adds a part of a text that has others before or behind it.
  mutating func addPart(_ text: String) {
    for byte in text.utf8 { add(UInt64(byte)) }
  }

  /// Adds a mark at a text's end, so that two texts differ from one that joins them.
  mutating func endText() { add(UInt64.max) }

  /// Adds every so many words of eight bytes, and the bytes behind the last one.
  mutating func add(_ bytes: UnsafeRawBufferPointer, every step: Int = 1) {
    for word in stride(from: 0, to: bytes.count / 8, by: max(1, step)) {
      add(bytes.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self))
    }
    for position in (bytes.count / 8 * 8)..<bytes.count { add(UInt64(bytes[position])) }
  }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// The size of a file or of a tar archive's member in bytes; 0 where there is none.
func fileSize(_ path: String) -> Int {
  var status = stat()
  return stat(path, &status) == 0 ? Int(status.st_size) : TarMember(path)?.size ?? 0
}

/// Takes the folder away that paths lie below, whether they were made of it as it was typed or of where it
/// lies.
struct FolderPrefix {
  private let prefixes: [String]

  /// - Parameter place: the folder; or COCO's file or YOLO's, whose images lie beside it.
  init(_ place: String) {
    let isFile = Self.isOfFile(place)
    prefixes = [place, URL(fileURLWithPath: place).path].compactMap { path in
      guard isFile else { return path }
      let folder = folderPart(path)
      let isBelow = FolderNames.annotations.contains(lastPart(folder).lowercased())
      let base = isBelow ? folderPart(folder) : folder
      return base.isEmpty ? nil : base
    }.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
  }

  /// Whether a place is COCO's file or YOLO's.
  static func isOfFile(_ place: String) -> Bool {
    ["json", "yaml", "yml"].contains(fileExtension(place)) && !isFolder(place)
  }

  /// A path below the folder, without the place of an archive's member; any other stays as it is.
  func removed(from path: String) -> String {
    let path = TarMember.shown(path)
    for prefix in prefixes where path.hasPrefix(prefix) {
      return String(path.dropFirst(prefix.count))
    }
    return path
  }
}
