import Foundation
import Numbers

/// Digests of files' bytes, by which an image is known again under another name, in another folder or in an archive.
enum FileDigest {
  /// The bytes that are read at a file's beginning, and as many at its end: with the size they tell images apart.
  private static let share = 4096

  /// Returns the digests of files and of tar archives' members, read on all cores; nil for one that cannot be read, and
  /// for one that has no bytes.
  static func digests(of paths: [String]) -> [UInt64?] { inOrder(paths.count) { digest(of: paths[$0]) } }

  /// Returns the digest of one of them.
  static func digest(of path: String) -> UInt64? {
    let member = TarMember(path)
    let descriptor = open(member?.archive ?? path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let whole = Int(status.st_size)
    let (start, size) = (member?.offset ?? 0, member?.size ?? whole)
    // A path may claim any place in an archive.
    guard size > 0, start <= whole, size <= whole - start else { return nil }
    var digest = ContentDigest()
    digest.add(size)
    return withUnsafeTemporaryAllocation(byteCount: share, alignment: 8) { buffer in
      func add(_ count: Int, at offset: Int) -> Bool {
        guard pread(descriptor, buffer.baseAddress, count, off_t(start + offset)) == count else { return false }
        digest.add(UnsafeRawBufferPointer(buffer)[..<count].rebased)
        return true
      }
      let isRead = add(min(size, share), at: 0) && (size <= share || add(share, at: size - share))
      return isRead ? digest.value : nil
    }
  }
}

extension Slice<UnsafeRawBufferPointer> {
  fileprivate var rebased: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self) }
}
