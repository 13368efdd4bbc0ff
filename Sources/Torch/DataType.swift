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
  public var byteCount: Int {
    switch self {
    case .uint8, .bool: 1
    case .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64: 8
    }
  }
}
