import Foundation
import Numbers

/// A file that lies in a tar archive, and is read from there without being unpacked.
///
/// Its path is the archive's and where its bytes are: `shard-000.tar/@1536+20480/cat/1.jpg`. No file can lie at such a
/// path, since an archive is no folder; so every reader of files that meets one knows it from others.
struct TarMember: Sendable, Hashable {
  /// The archive's path.
  let archive: String
  /// The byte at which the content begins.
  let offset: Int
  /// The bytes of the content.
  let size: Int
  /// The file's name in the archive.
  let name: String

  init(archive: String, offset: Int, size: Int, name: String) {
    (self.archive, self.offset, self.size, self.name) = (archive, offset, size, name)
  }

  /// Reads a path; nil where it is that of an ordinary file.
  init?(_ path: String) {
    var start = path.startIndex
    while let mark = path.range(of: "/@", range: start..<path.endIndex) {
      start = mark.upperBound
      let rest = path[start...]
      // A folder's name may begin like this, too.
      guard let slash = rest.firstIndex(of: "/") else { return nil }
      let numbers = rest[..<slash].split(separator: "+", omittingEmptySubsequences: false)
      guard numbers.count == 2, let offset = Int(numbers[0]), let size = Int(numbers[1]),
        offset >= 0, size >= 0
      else { continue }
      archive = String(path[..<mark.lowerBound])
      (self.offset, self.size) = (offset, size)
      name = String(rest[rest.index(after: slash)...])
      return
    }
    return nil
  }

  /// The path by which the file is read.
  var path: String { "\(archive)/@\(offset)+\(size)/\(name)" }

  /// Names a member of an archive.
  init(_ entry: TarIndex.Entry, of archive: String) {
    self.init(archive: archive, offset: entry.offset, size: entry.size, name: entry.name)
  }

  /// A path or a text with paths, for display and for records, in which members stand without the place of their bytes.
  static func shown(_ text: String) -> String {
    text.contains("/@") ? text.replacing(#/(\.[Tt][Aa][Rr]\/)@\d+\+\d+\//#) { $0.output.1 } : text
  }
}
