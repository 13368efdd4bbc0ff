import Foundation
import Numbers
import Pickles

/// A file of named tensors in either format: safetensors, or what `torch.save` writes (`.pth`, `.pt`, `.bin`).
///
/// Which of them it is, its first bytes say, and not its name. Nothing in it is run.
public enum TensorFile {
  /// Reads all tensors of a file, onto the CPU, and its metadata; PyTorch's format has none.
  ///
  /// The tensors lie in the file, which is mapped into memory as long as one of them is there, and must not be cut
  /// short in this time. Of dicts in dicts the names are joined by dots.
  ///
  /// - Throws: `SafetensorsError`, `PyTorchFileError` for a file that is not there, not whole, or of another kind.
  public static func read(
    _ file: URL
  ) throws -> (tensors: [String: Tensor], metadata: [String: String]) {
    let bytes = try TensorBytes(mapping: file)
    switch UnsupportedFormat(bytes.data) {
    case .pickle:
      return (try tensors(of: PyTorchFile(bytes.data, name: file.path), in: bytes), [:])
    case let format?: throw SafetensorsError.otherFormat(file.path, format)
    case nil:
      do {
        return try Safetensors.read(bytes.data, file: file.path) { offset, shape, type in
          if bytes.isAligned(offset, to: type.byteCount) {
            return bytes.tensor(at: offset, shape: shape, type: type)
          }
          let count = (shape + [type.byteCount]).reduce(1) { $0.multipliedOrMax(by: $1) }
          return bytes.copy(of: offset..<offset + count).tensor(at: 0, shape: shape, type: type)
        }
      } catch SafetensorsError.badHeader
        where ["pth", "pt", "bin", "ckpt"].contains(file.pathExtension)
      {
        throw SafetensorsError.otherFormat(file.path, .unknown)
      }
    }
  }

  private static func tensors(
    of file: PyTorchFile, in bytes: TensorBytes
  ) throws -> [String: Tensor] {
    // Storages that are packed, or that the older format has put at any byte, are copied, each once.
    var copies: [Int: TensorBytes] = [:]
    func position(_ number: Int, alignedTo byteCount: Int) -> (bytes: TensorBytes, start: Int) {
      if let copy = copies[number] { return (copy, 0) }
      let copy: TensorBytes
      switch file.storages[number] {
      case .inFile(let range) where bytes.isAligned(range.lowerBound, to: byteCount):
        return (bytes, range.lowerBound)
      case .inFile(let range): copy = bytes.copy(of: range)
      case .unpacked(let unpacked): copy = unpacked.withUnsafeBytes(TensorBytes.init(copying:))
      }
      copies[number] = copy
      return (copy, 0)
    }
    return try checked {
      file.tensors.mapValues { tensor in
        let type = DataType(tensor.type)
        let (bytes, start) = position(tensor.storage, alignedTo: type.byteCount)
        return bytes.tensor(
          at: start + tensor.offset, shape: tensor.shape, strides: tensor.strides, type: type)
      }
    }
  }
}

extension DataType {
  init(_ type: ElementType) {
    self =
      switch type {
      case .uint8: .uint8
      case .bool: .bool
      case .int32: .int32
      case .int64: .int64
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .float32: .float32
      case .float64: .float64
      }
  }
}
