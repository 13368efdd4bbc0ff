import Formatting
import Foundation
import Numbers

/// Memory for bytes that grows when more is asked for and is used again; one thread's.
final class ByteBuffer {
  /// The longest file that is read as an image, in bytes.
  ///
  /// A JPEG of the most pixels that are read is shorter. A longer file is left out as broken: each reader would need
  /// that much memory, and a file may have grown by mistake.
  static let longestFile = 256 << 20

  private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  deinit { free(memory.baseAddress) }

  /// Returns room for so many bytes; what was in it before may be gone.
  ///
  /// The system gives its pages when they are first written to, so that an image which claims to be large
  /// costs what of it arrives.
  func room(for count: Int) -> UnsafeMutableBufferPointer<UInt8> {
    guard let room = roomIfAny(for: count) else {
      preconditionFailure("There is no memory for \(count) bytes.")
    }
    return room
  }

  /// Returns room for what a file has or claims.
  ///
  /// - Throws: `ImageFault.unreadable` where there is no memory for it.
  func room(of file: Int) throws(ImageFault) -> UnsafeMutableBufferPointer<UInt8> {
    guard let room = roomIfAny(for: file) else {
      throw .unreadable("there is no memory for its \(file) bytes")
    }
    return room
  }

  private func roomIfAny(for count: Int) -> UnsafeMutableBufferPointer<UInt8>? {
    if count > memory.count || memory.baseAddress == nil {
      free(memory.baseAddress)
      memory = UnsafeMutableBufferPointer(start: nil, count: 0)
      let capacity = max(count + count / 4, 4096)
      guard let bytes = calloc(capacity, 1)?.bindMemory(to: UInt8.self, capacity: capacity)
      else { return nil }
      memory = UnsafeMutableBufferPointer(start: bytes, count: capacity)
    }
    return UnsafeMutableBufferPointer(rebasing: memory[..<count])
  }

  /// Reads a file or a tar archive's member, whole or its beginning, and says how long it is altogether.
  ///
  /// - Throws: `ImageFault.unreadable`; `ImageFault.tooLong` before anything is read.
  func read(
    _ path: String, atMost limit: Int = .max
  ) throws(ImageFault) -> (bytes: UnsafeBufferPointer<UInt8>, size: Int) {
    // A pipe under an image's name is not waited for.
    var file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    // Only an archive is a file and has others in it.
    let member = file < 0 && errno == ENOTDIR ? TarMember(path) : nil
    if let member { file = open(member.archive, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard file >= 0 else { throw .unreadable(systemReason()) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable("it is not a file")
    }
    let length = Int(status.st_size)
    let size = member.map { min($0.size, max(0, length - $0.offset)) } ?? length
    guard size <= Self.longestFile else { throw .tooLong(bytes: size, most: Self.longestFile) }
    let target = try room(of: min(size, limit))
    var count = 0
    while count < target.count, let start = target.baseAddress {
      let got = pread(
        file, start + count, target.count - count, off_t((member?.offset ?? 0) + count))
      guard got >= 0 else { throw .unreadable(systemReason()) }
      // It has become shorter meanwhile: what is there is checked.
      if got == 0 { break }
      count += got
    }
    return (UnsafeBufferPointer(rebasing: target[..<count]), size)
  }
}
