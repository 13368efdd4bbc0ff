import Pickles

/// The type of a tensor's elements; numbered as c10 numbers them.
public enum DataType: Int32, Sendable, CaseIterable {
  /// An unsigned byte, as images are stored.
  case uint8 = 0
  /// A 32-bit integer.
  case int32 = 3
  /// A 64-bit integer, as class numbers are stored.
  case int64 = 4
  /// IEEE half precision.
  case float16 = 5
  /// Single precision, in which models are trained.
  case float32 = 6
  /// Double precision.
  case float64 = 7
  /// True or false, a byte each.
  case bool = 11
  /// Half of single precision, with its range.
  case bfloat16 = 15

  /// Bytes an element takes.
  public var byteCount: Int { element.byteCount }

  /// The same type in a file of PyTorch's.
  var element: ElementType {
    switch self {
    case .uint8: .uint8
    case .int32: .int32
    case .int64: .int64
    case .float16: .float16
    case .float32: .float32
    case .float64: .float64
    case .bool: .bool
    case .bfloat16: .bfloat16
    }
  }
}

extension DataType {
  /// The type's name in a safetensors file.
  var safetensorsName: String {
    switch self {
    case .uint8: "U8"
    case .int32: "I32"
    case .int64: "I64"
    case .float16: "F16"
    case .float32: "F32"
    case .float64: "F64"
    case .bool: "BOOL"
    case .bfloat16: "BF16"
    }
  }

  /// The type of such a name; nil for one that is not supported.
  init?(safetensorsName name: String) {
    guard let type = DataType.allCases.first(where: { $0.safetensorsName == name }) else {
      return nil
    }
    self = type
  }
}
