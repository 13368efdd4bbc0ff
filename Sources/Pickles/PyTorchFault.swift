import Formatting

/// What is wrong with a file of PyTorch's format.
public enum PyTorchFault: Error, Equatable {
  /// The file ends, or a part of it does, where more must follow.
  case cutShort(at: Int)
  /// Something that `torch.save` does not write.
  case damaged(String)
  /// A part whose bytes are not those of which the checksum was taken.
  case wrongChecksum(String)
  /// The pickle names what is neither a tensor nor a container: reading it in Python would run code.
  case global(String)
  /// An operation of pickles that no state dict needs.
  case operation(UInt8, at: Int)
  /// More than any state dict needs.
  case tooMuch(String)
  /// Numbers of another byte order than this processor's.
  case bigEndian
  /// A program of TorchScript's, not a file of tensors.
  case torchScript
  /// A zip archive or a pickle that another program wrote.
  case notPyTorch
  /// A tensor's elements are of a type that is not known here.
  case unknownType(tensor: String, type: String)
  /// The file holds tensors that are no plain arrays of numbers.
  case tensorForm(TensorForm)
  /// The file holds no tensors.
  case noTensors
  /// The file is one tensor alone, without a name.
  case unnamed

  /// A form of tensors that no model here is trained with.
  public enum TensorForm: String, Sendable {
    /// Small whole numbers with a scale.
    case quantized
    /// Those numbers alone that are not zero.
    case sparse
    /// A shape without numbers.
    case meta

    /// The forms by the functions with which PyTorch makes them.
    static let rebuilt: [String: TensorForm] = [
      "_rebuild_qtensor": .quantized, "_rebuild_sparse_tensor": .sparse,
      "_rebuild_sparse_csr_tensor": .sparse, "_rebuild_meta_tensor_no_storage": .meta,
    ]

    /// What to do with a file of them.
    var remedy: String {
      switch self {
      case .quantized: "save the state dict of the model before it is quantized"
      case .sparse: "save them as dense ones (tensor.to_dense())"
      case .meta: "save the model with its numbers, from a device other than meta"
      }
    }
  }
}

/// A file of PyTorch's format that cannot be used.
public struct PyTorchFileError: DescribedError, Equatable {
  /// The file.
  public let file: String
  /// What is wrong with it.
  public let fault: PyTorchFault

  /// Creates the error of a file.
  public init(file: String, fault: PyTorchFault) {
    self.file = file
    self.fault = fault
  }

  /// One sentence: the file, what is wrong, what to do.
  public var description: String {
    let incomplete = "\(file) is not a complete PyTorch file"
    let copy = "Get another copy of it."
    return switch fault {
    case .cutShort(let position): "\(incomplete): it is truncated at byte \(position). \(copy)"
    case .damaged(let reason): "\(incomplete): \(reason). \(copy)"
    case .wrongChecksum(let part):
      "\(file) is damaged: the bytes of '\(part)' are not those that were written (crc32). \(copy)"
    case .global(let name):
      "\(file) holds more than tensors, and reading it would run code: \(name). Save the model's "
        + "state_dict() alone, where you trust the file, and name that one."
    case .operation(let code, let position):
      "\(incomplete): its pickle has the operation 0x\(String(code, radix: 16)) at byte \(position), which no "
        + "state dict has. \(copy)"
    case .tooMuch(let what): "\(file) is refused: \(what). Name a file of weights as torch.save writes them."
    case .bigEndian:
      "\(file) was written on a big-endian machine; save its state dict again on a little-endian one."
    case .torchScript:
      "\(file) is a TorchScript program, not a file of weights; save the model's state_dict() by torch.save."
    case .notPyTorch:
      "\(file) was not written by torch.save; name a file that was, or a safetensors file."
    case .unknownType(let tensor, let type):
      "\(file) has the tensor '\(tensor)' of the unsupported type \(type); convert it in Python."
    case .tensorForm(let form):
      "\(file) has \(form.rawValue) tensors, which are not supported; \(form.remedy)."
    case .noTensors: "\(file) holds no tensors; name a file that does."
    case .unnamed:
      "\(file) is one tensor without a name; save the model's state_dict() by torch.save."
    }
  }
}
