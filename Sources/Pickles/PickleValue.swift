/// A value that a state dict's pickle makes.
///
/// Containers lie in the machine, and are named by their number there, so that a pickle of any depth or with cycles is
/// freed without recursion.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  /// An integer of more than 64 bits, little-endian.
  case largeInteger([UInt8])
  case float(Double)
  case text(String)
  case list(Int)
  case tuple(Int)
  case dict(Int)
  case global(PickleGlobal)
  /// The number of a storage in the machine's list.
  case storage(Int)
  /// The number of a tensor in the machine's list.
  case tensor(Int)
  /// What a tensor does not need: a device, a number's type.
  case ignored
}

/// What a pickle may name.
///
/// Nothing of it is run: each stands for what the reader does itself.
enum PickleGlobal: Equatable {
  case orderedDict
  case rebuildTensor
  case rebuildParameter
  case rebuildFromType
  case size
  case set
  case storageType(String)
  case ignored

  private static let dataTypes: Set<String> = [
    "float16", "float32", "float64", "bfloat16", "uint8", "int8", "int16", "int32", "int64", "bool",
  ]

  /// Storages whose elements have no type here are known by name, to say whose they are.
  private static let storages: Set<String> = [
    "FloatStorage", "DoubleStorage", "HalfStorage", "BFloat16Storage", "LongStorage", "IntStorage",
    "ShortStorage", "CharStorage", "ByteStorage", "BoolStorage", "ComplexFloatStorage",
    "ComplexDoubleStorage",
  ]

  /// Nil for everything else, which is refused.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"), ("collections", "Counter"): self = .orderedDict
    case ("builtins", "set"), ("__builtin__", "set"): self = .set
    // Bytes and complex numbers, of which weights need none.
    case ("_codecs", "encode"), ("builtins", "bytearray"), ("__builtin__", "bytearray"),
      ("builtins", "complex"), ("__builtin__", "complex"):
      self = .ignored
    case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"):
      self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"),
      ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch", "Size"): self = .size
    case ("torch", "Tensor"), ("torch", "device"), ("torch.nn.parameter", "Parameter"):
      self = .ignored
    case ("torch", let name) where Self.dataTypes.contains(name): self = .ignored
    case ("torch", let name) where Self.storages.contains(name): self = .storageType(name)
    default: return nil
    }
  }
}

/// The type of a tensor's elements, by its storage's name in a pickle.
public enum ElementType: String, Sendable, CaseIterable {
  /// An unsigned byte.
  case uint8 = "ByteStorage"
  /// True or false, a byte each.
  case bool = "BoolStorage"
  /// A 32-bit integer.
  case int32 = "IntStorage"
  /// A 64-bit integer.
  case int64 = "LongStorage"
  /// IEEE half precision.
  case float16 = "HalfStorage"
  /// Half of single precision, with its range.
  case bfloat16 = "BFloat16Storage"
  /// Single precision.
  case float32 = "FloatStorage"
  /// Double precision.
  case float64 = "DoubleStorage"

  /// The bytes of one element.
  public var byteCount: Int {
    switch self {
    case .uint8, .bool: 1
    case .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64: 8
    }
  }
}
