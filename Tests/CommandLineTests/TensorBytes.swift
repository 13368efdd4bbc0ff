import Foundation
import Testing

/// The tensors of a safetensors file as they lie there, without the words about them: a checkpoint's have
/// the seconds in them.
func tensorBytes(_ file: URL?) throws -> Data {
  let data = try Data(contentsOf: try #require(file))
  let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
  return data.dropFirst(8 + length)
}
