import Foundation

/// The format of a file that is not a file of tensors, by its first bytes.
public enum UnsupportedFormat: Sendable, Hashable, CaseIterable {
  /// PyTorch's own: a zip archive or, before PyTorch 1.6, a bare pickle.
  case pickle
  /// NumPy's archive or array.
  case numpy
  /// HDF5, which Keras writes.
  case hdf5
  /// A page of the web, which came in place of the file.
  case webPage
  /// What Git LFS leaves where the file itself was not fetched.
  case lfsPointer
  /// An image: PNG, JPEG, GIF, WebP, TIFF or BMP.
  case image
  /// A model in ONNX's format.
  case onnx
  /// An empty file.
  case empty
  /// An unknown format, in a file that is named as PyTorch's are.
  case unknown

  /// Looks at the beginning of a file; nil for what may be safetensors.
  init?(_ data: Data) {
    func begins(_ bytes: [UInt8]) -> Bool { data.starts(with: bytes) }
    func begins(_ text: String) -> Bool { begins(Array(text.utf8)) }
    // A safetensors header follows its length, in 8 bytes, of which any may be the first of another format.
    let isHeader = data.count > 8 && data[data.startIndex + 8] == UInt8(ascii: "{")
    if data.isEmpty {
      self = .empty
    } else if begins("PK\u{3}\u{4}") {
      // The first entry's name follows 30 bytes: "archive/data.pkl", or "weight.npy".
      let name = String(decoding: data.prefix(300).dropFirst(30), as: UTF8.self)
      self = name.contains(".npy") ? .numpy : .pickle
    } else if begins([0x80, 2]) || begins([0x80, 3]) || begins([0x80, 4]) || begins([0x80, 5]),
      !isHeader || data[data.startIndex + 7] != 0
    {
      // A safetensors header of so many bytes would have zeros in the upper half of its length, and then JSON.
      self = .pickle
    } else if begins([0x93] + Array("NUMPY".utf8)) {
      self = .numpy
    } else if begins([0x89] + Array("HDF".utf8)) {
      self = .hdf5
    } else if begins("version https://git-lfs") {
      self = .lfsPointer
    } else if begins([0x89] + Array("PNG".utf8)) || begins([0xFF, 0xD8, 0xFF]) || begins("GIF8") || begins("RIFF")
      || begins([0x49, 0x49, 0x2A, 0]) || begins([0x4D, 0x4D, 0, 0x2A])
    {
      self = .image
    } else if begins([8]), data.count > 8, data[data.startIndex + 1] < 32, data[data.startIndex + 2] == 0x12,
      !isHeader
    {
      // A model's first field is its version, and its second the name of what wrote it.
      self = .onnx
    } else if begins("<"), !isHeader {
      self = .webPage
    } else {
      return nil
    }
  }

  /// What it is, and what to do.
  var description: String {
    let convert = "save its tensors by safetensors.torch.save_file in Python, and name that file"
    return switch self {
    case .pickle:
      "in PyTorch's own format, which is read as weights to start from and nowhere else"
    case .numpy: "in NumPy's format; \(convert)"
    case .hdf5: "an HDF5 file, as Keras writes it; \(convert)"
    case .webPage: "a web page instead of the file; download it again"
    case .lfsPointer: "a Git LFS pointer; get the file with 'git lfs pull'"
    case .image: "an image; name a file of weights"
    case .onnx: "a model in ONNX format, which is written and not read; name the weights that it was exported from"
    case .empty: "empty; take another copy of it"
    case .unknown:
      "neither a file of torch.save nor a safetensors file, or it is damaged; get another copy of it"
    }
  }
}
