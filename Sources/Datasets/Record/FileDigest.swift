import Foundation
import Numbers

/// Digests of files' bytes, by which an image is known again under another name, in another folder or in an archive.
enum FileDigest {
  /// A file of at most so many bytes is read as a whole.
  private static let whole = 1 << 16
  /// The bytes that are read of a longer one at its beginning, and as many at its end.
  private static let share = 4096
  /// How many places between those are read, at equal distances, and how much of each.
  private static let (places, piece) = (8, 1024)
  /// The longest file that is read as a whole where its kind may be without compression: such images may be alike but
  /// for a small part.
  private static let wholeOfRaw = 1 << 24
  /// How files of these kinds begin: BMP, and TIFF of either order of bytes.
  private static let rawKinds: [[UInt8]] = [[0x42, 0x4D], [0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A]]

  /// Returns the digests of files and of tar archives' members, read on all cores; nil for one that cannot be read, and
  /// for one that has no bytes.
  static func digests(of paths: [String]) -> [UInt64?] { inOrder(paths.count) { digest(of: paths[$0]) } }

  /// Returns the digest of one of them.
  static func digest(of path: String) -> UInt64? {
    let member = TarMember(path)
    let descriptor = open(member?.archive ?? path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let length = Int(status.st_size)
    let (start, size) = (member?.offset ?? 0, member?.size ?? length)
    // A path may claim any place in an archive.
    guard size > 0, start <= length, size <= length - start else { return nil }
    var digest = ContentDigest()
    digest.add(size)
    return withUnsafeTemporaryAllocation(byteCount: Self.whole, alignment: 8) { buffer in
      func add(_ count: Int, at offset: Int) -> Bool {
        guard pread(descriptor, buffer.baseAddress, count, off_t(start + offset)) == count else { return false }
        digest.add(UnsafeRawBufferPointer(buffer)[..<count].rebased)
        return true
      }
      guard size > Self.whole else { return add(size, at: 0) ? digest.value : nil }
      guard pread(descriptor, buffer.baseAddress, 4, off_t(start)) == 4 else { return nil }
      let isRaw = rawKinds.contains { buffer.starts(with: $0) }
      if isRaw, size <= wholeOfRaw {
        let isRead = stride(from: 0, to: size, by: Self.whole).allSatisfy { add(min(Self.whole, size - $0), at: $0) }
        return isRead ? digest.value : nil
      }
      let distance = (size - 2 * share) / (places + 1)
      let isRead =
        add(share, at: 0) && add(share, at: size - share)
        && (1...places).allSatisfy { add(piece, at: share + $0 * distance) }
      return isRead ? digest.value : nil
    }
  }
}

extension Slice<UnsafeRawBufferPointer> {
  fileprivate var rebased: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self) }
}
