import Foundation
import Pickles
import TestSupport
import Testing
import Torch

/// What PyTorch reads from each file of Tests/PicklesTests/Fixtures/variants.json.
private struct Variant: Decodable {
  struct Expected: Decodable {
    var type: String
    var shape: [Int]
    var bytes: Data
  }

  var file: Data
  var tensors: [String: Expected]

  static func all() throws -> [String: Variant] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = folder.appendingPathComponent("PicklesTests/Fixtures/variants.json")
    return try JSONDecoder().decode([String: Variant].self, from: Data(contentsOf: file))
  }
}

@Suite struct `A file of tensors in either form` {
  private let directory = TemporaryDirectory()
  private var file: URL { directory.url("file.pth") }

  /// Reads what a file of these bytes has; the file is gone when the tensors are looked at.
  private func read(_ data: Data) throws -> [String: Tensor] {
    try data.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try TensorFile.read(file).tensors
  }

  @Test func `of torch.save's has the bytes that PyTorch reads`() throws {
    let variants = try Variant.all()
    #expect(variants.count >= 100)
    for (name, variant) in variants {
      let tensors = try read(variant.file)
      #expect(Set(tensors.keys) == Set(variant.tensors.keys), "\(name)")
      for (key, expected) in variant.tensors {
        let tensor = try #require(tensors[key], "\(name): \(key)")
        #expect("\(tensor.type)" == expected.type, "\(name): \(key)")
        #expect(tensor.shape == expected.shape, "\(name): \(key)")
        #expect(try tensor.readBytes() == Array(expected.bytes), "\(name): \(key)")
      }
    }
  }

  @Test func `in safetensors is what Safetensors reads, wherever its tensors begin`() throws {
    // The second tensor begins at an odd byte.
    let tensors = [
      ("odd", Tensor([1, 2, 3] as [Int64], shape: [3]).to(.uint8)),
      ("floats", Tensor.normal([4, 5], seed: 1)), ("none", Tensor.zeros([0, 3])),
    ]
    try Safetensors.write(tensors, metadata: ["a": "b"], to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let (read, metadata) = try TensorFile.read(file)
    #expect(metadata == ["a": "b"])
    for (name, tensor) in tensors {
      #expect(read[name]?.isBitIdentical(to: tensor) == true, "\(name)")
    }
  }

  @Test func `stays as it is where its tensors are written to`() throws {
    try Safetensors.write([("x", Tensor.ones([1000]))], to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let before = try Data(contentsOf: file)
    let tensor = try #require(try TensorFile.read(file).tensors["x"])
    tensor.copy(from: Tensor.zeros([1000]))
    #expect(tensor.floats() == .init(repeating: 0, count: 1000))
    #expect(try Data(contentsOf: file) == before)
  }

  /// A header of 60 bytes, or of 60 more than a multiple of 256, begins with `<`, as a web page does.
  @Test(arguments: [60, 316]) func `is no web page by the length of its header`(length: Int) throws {
    let header = #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    let padded = header + String(repeating: " ", count: length - header.utf8.count)
    var size = UInt64(length).littleEndian
    let bytes = withUnsafeBytes(of: &size) { Data($0) } + Data(padded.utf8) + Data([0, 0, 128, 63])
    #expect(bytes.first == UInt8(ascii: "<"))
    #expect(try read(bytes)["x"]?.floats() == [1])
  }

  @Test func `that is neither is refused`() throws {
    #expect(throws: SafetensorsError.self) { try read(Data("<html>".utf8)) }
    #expect(throws: SafetensorsError.self) { try read(Data()) }
    #expect(throws: SafetensorsError.self) { try TensorFile.read(file) }
    #expect(throws: PyTorchFileError.self) {
      try read(Data([0x80, 2, 0x63] + "os\nsystem\n".utf8))
    }
  }
}
