import Formatting

/// A file of tensors that cannot be used.
public enum SafetensorsError: DescribedError, Equatable {
  /// The file and what the system said.
  case cannotRead(String, String)
  /// A folder, and a file in it that may be meant.
  case isFolder(String, there: String?)
  /// The file and what it is instead.
  case otherFormat(String, UnsupportedFormat)
  /// The file and where its header is wrong.
  case badHeader(String, String)
  /// The file, a tensor in it, and its type, which is not supported.
  case unknownType(String, tensor: String, type: String)
  /// The file whose tensors are not those that were written.
  case wrongChecksum(String)
  /// The file and a tensor in it that has NaN or infinite numbers.
  case notFinite(String, tensor: String)

  /// One sentence: the file, what is wrong, what to do.
  public var description: String {
    switch self {
    case .cannotRead(let file, let reason): "\(file) cannot be read: \(reason)."
    case .isFolder(let folder, let there):
      "\(folder) is a folder; name a safetensors file"
        + (there.map { ", such as \(folder)/\($0)." } ?? ".")
    case .otherFormat(let file, let format): "\(file) is \(format.description)."
    case .badHeader(let file, let reason):
      "\(file) is not a complete safetensors file: \(reason). Get another copy of it."
    case .unknownType(let file, _, _): "\(file) cannot be used: \(reason); convert it in Python."
    case .wrongChecksum(let file): "\(file) is damaged: \(reason). Get another copy of it."
    case .notFinite(let file, _):
      "\(file) cannot be used: \(reason), so its training had diverged; use an earlier checkpoint, or train anew."
    }
  }

  /// What is wrong, without the file.
  public var reason: String {
    switch self {
    case .cannotRead(_, let reason): "it cannot be read: \(reason)"
    case .isFolder: "it is a folder"
    case .otherFormat(_, .empty): "it is empty"
    case .otherFormat(_, let format): "it is \(format.description)"
    case .badHeader(_, let reason): reason
    case .unknownType(_, let tensor, let type): "it has the tensor '\(tensor)' of the unsupported type \(type)"
    case .wrongChecksum: "the bytes of its tensors are not those that were written (crc32)"
    case .notFinite(_, let tensor): "'\(tensor)' has NaN or infinite numbers"
    }
  }
}
