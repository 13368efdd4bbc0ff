import CTorch
import Files
import Formatting
import Foundation
import Numbers

/// Bytes that tensors lie in: a file's, mapped into memory, or a copy.
///
/// Freed with the last tensor in them. Whoever writes into such a tensor changes memory, never the file.
final class TensorBytes {
  private let bytes: UnsafeMutableRawBufferPointer
  private let isMapped: Bool

  /// Maps a file; one that cannot be mapped is read.
  ///
  /// - Throws: `SafetensorsError` for a folder, or where the file cannot be read.
  init(mapping file: URL) throws {
    if isFolder(file.path) {
      // A run's folder has its checkpoints in one below.
      let files = ["", "checkpoints/"].flatMap { below in
        ((try? FileManager.default.contentsOfDirectory(atPath: file.path + "/" + below)) ?? [])
          .filter { $0.hasSuffix(".safetensors") }.sorted().map { below + $0 }
      }
      throw SafetensorsError.isFolder(file.path, there: files.last)
    }
    // A named pipe would be waited for, and a device may have no end.
    var status = stat()
    guard stat(file.path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
      throw SafetensorsError.cannotRead(file.path, "it is not a regular file")
    }
    if let mapped = Self.map(file.path) {
      (bytes, isMapped) = (mapped, true)
      return
    }
    let data: Data
    do throws(TextFile.Fault) { data = try TextFile.data(file.path) } catch {
      throw SafetensorsError.cannotRead(file.path, "\(error)")
    }
    (bytes, isMapped) = (data.withUnsafeBytes(Self.copy), false)
  }

  init(copying bytes: UnsafeRawBufferPointer) {
    (self.bytes, isMapped) = (Self.copy(bytes), false)
  }

  deinit {
    if isMapped { munmap(bytes.baseAddress, bytes.count) } else { bytes.deallocate() }
  }

  /// The bytes without a copy of them.
  var data: Data {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return Data() }
    return Data(
      bytesNoCopy: start, count: bytes.count,
      deallocator: .custom { [self] _, _ in withExtendedLifetime(self) {} })
  }

  /// Copies a part of the bytes, and tells the system that the part is no longer needed in memory.
  func copy(of range: Range<Int>) -> TensorBytes {
    let part = UnsafeMutableRawBufferPointer(rebasing: bytes[range])
    let copy = TensorBytes(copying: UnsafeRawBufferPointer(part))
    let size = sysconf(Int32(_SC_PAGESIZE))
    if isMapped, size > 0 {
      // Whole pages within the part; the file begins at one.
      let start = (range.lowerBound + size - 1) / size * size
      let end = range.upperBound / size * size
      if start < end { madvise(bytes.baseAddress.map { $0 + start }, end - start, MADV_DONTNEED) }
    }
    return copy
  }

  /// Whether elements of so many bytes may begin here: their addresses are multiples of their size.
  func isAligned(_ offset: Int, to byteCount: Int) -> Bool {
    Int(bitPattern: bytes.baseAddress).addingOrMax(offset).isMultiple(of: byteCount)
  }

  /// Returns a tensor that lies here.
  ///
  /// - Parameters:
  ///   - offset: the byte at which its first element begins.
  ///   - strides: the elements from one to the next of each dimension; nil for those of row-major order.
  /// - Precondition: all its elements lie within the bytes, and are aligned.
  func tensor(at offset: Int, shape: [Int], strides: [Int]? = nil, type: DataType) -> Tensor {
    precondition(
      (0...bytes.count).contains(offset), "A tensor begins within its \(bytes.count) bytes.")
    var rowMajor = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      rowMajor[axis] = rowMajor[axis + 1].multipliedOrMax(by: max(1, shape[axis + 1]))
    }
    return shape.withSizes { sizes, rank in
      (strides ?? rowMajor).withSizes { steps, _ in
        call("view of bytes") {
          ct_view_of_bytes(
            bytes.baseAddress.map { $0 + offset }, sizes, steps, rank, type.rawValue,
            Unmanaged.passRetained(self).toOpaque(),
            { owner in if let owner { Unmanaged<TensorBytes>.fromOpaque(owner).release() } }, $0, $1
          )
        }
      }
    }
  }

  // MARK: Memory

  private static func copy(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutableRawBufferPointer {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 64)
    copy.copyMemory(from: bytes)
    return UnsafeMutableRawBufferPointer(rebasing: copy[..<bytes.count])
  }

  /// Nil where there is no file, it is none on a disk, or it is empty.
  private static func map(_ path: String) -> UnsafeMutableRawBufferPointer? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0
    else { return nil }
    let count = Int(status.st_size)
    // Pages that are written to become the process's own.
    let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0)
    guard let start, start != MAP_FAILED else { return nil }
    return UnsafeMutableRawBufferPointer(start: start, count: count)
  }
}
