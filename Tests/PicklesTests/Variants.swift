import Foundation
import Pickles

/// The files that Scripts/fixtures/pickle_fixtures.py had PyTorch write, and what PyTorch reads from them.
struct Variant: Decodable {
  struct Expected: Decodable {
    var type: String
    var shape: [Int]
    var bytes: Data
  }

  var file: Data
  var tensors: [String: Expected]

  static let all: [String: Variant] = {
    guard
      let url = Bundle.module.url(
        forResource: "variants", withExtension: "json", subdirectory: "Fixtures"),
      let data = try? Data(contentsOf: url)
    else { return [:] }
    return (try? JSONDecoder().decode([String: Variant].self, from: data)) ?? [:]
  }()
}

extension PyTorchFile {
  /// Gathers a tensor's bytes in row-major order, one element after another.
  func bytes(of tensor: StoredTensor, in file: Data) -> Data {
    let storage =
      switch storages[tensor.storage] {
      case .inFile(let range): file.subdata(in: range)
      case .unpacked(let bytes): Data(bytes)
      }
    var starts = [tensor.offset]
    for (size, stride) in zip(tensor.shape, tensor.strides) {
      starts = starts.flatMap { start in
        (0..<size).map { start + $0 * stride * tensor.type.byteCount }
      }
    }
    return starts.reduce(into: Data()) { $0 += storage[$1..<$1 + tensor.type.byteCount] }
  }
}

/// Writes an archive as torch.save does, around a pickle.
///
/// - Parameter storages: the number of bytes of each storage, by its key.
func archive(
  _ pickle: [UInt8], storages: [String: Int] = [:], byteOrder: String = "little",
  claimed: [String: UInt32] = [:]
) -> Data {
  func little(_ number: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: number.littleEndian) { Data($0) }
  }
  var entries = [("a/data.pkl", Data(pickle)), ("a/byteorder", Data(byteOrder.utf8))]
  entries += storages.map { ("a/data/" + $0.key, Data(count: $0.value)) }
  var file = Data()
  var table = Data()
  for (name, content) in entries {
    let size = claimed[name] ?? UInt32(content.count)
    // Method, time, date, checksum, sizes.
    let middle =
      little(UInt16(0)) + little(UInt32(0)) + little(UInt32(0)) + little(size) + little(size)
      + little(UInt16(name.utf8.count)) + little(UInt16(0))
    table += little(UInt32(0x0201_4B50)) + little(UInt16(20)) + little(UInt16(20))
    table += little(UInt16(0)) + middle
    table += Data(count: 10) + little(UInt32(file.count)) + Data(name.utf8)
    file += little(UInt32(0x0403_4B50)) + little(UInt16(20)) + little(UInt16(0))
    file += middle + Data(name.utf8) + content
  }
  let start = file.count
  file += table
  file += little(UInt32(0x0605_4B50)) + Data(count: 4) + little(UInt16(entries.count))
  file += little(UInt16(entries.count)) + little(UInt32(table.count)) + little(UInt32(start))
  return file + little(UInt16(0))
}
