import Foundation
import Numbers

/// A tar archive in memory, of which single files are wanted.
///
/// - Source: POSIX.1-1988, *ustar*: a header of 512 bytes before each file, name at 0, size in octal
///   digits at 124, kind at 156.
struct Tar {
  private let bytes: [UInt8]

  /// Takes the bytes of an archive.
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Returns the ordinary files of these names, in whatever folder of the archive they lie.
  ///
  /// Nothing else of the archive is looked at, so that no name in it leads anywhere.
  /// - Throws: `FetchError.badArchive` for an archive that is cut short, or lacks one of them.
  func files(_ names: [String], archive: String) throws -> [(name: String, content: Data)] {
    var found: [String: Data] = [:]
    var position = 0
    while position + 512 <= bytes.count, bytes[position] != 0 {
      let header = bytes[position..<(position + 512)]
      func text(_ start: Int, _ length: Int) -> String {
        let field = header[(position + start)..<(position + start + length)].prefix { $0 != 0 }
        return String(decoding: field, as: UTF8.self)
      }
      let digits = text(124, 12).trimmingCharacters(in: .whitespaces)
      guard let size = Int(digits, radix: 8), size >= 0, size <= bytes.count - position - 512 else {
        throw FetchError.badArchive(archive, reason: "it is truncated")
      }
      let name = text(0, 100).split(separator: "/").last.map(String.init) ?? ""
      let kind = bytes[position + 156]
      if kind == 0 || kind == UInt8(ascii: "0"), names.contains(name) {
        found[name] = Data(bytes[(position + 512)..<(position + 512 + size)])
      }
      position += 512 + (size + 511) / 512 * 512
    }
    return try names.map { name in
      guard let content = found[name] else {
        throw FetchError.badArchive(archive, reason: "it has no \(name)")
      }
      return (name, content)
    }
  }
}
