import Foundation
import TestSupport
import Testing
import Torch

@Suite struct `A file of tensors` {
  private let directory = TemporaryDirectory()
  private var file: URL { directory.url("file.safetensors") }

  /// Writes a header and so many bytes after it.
  private func write(header: String, length: UInt64? = nil, bytes: Int) throws {
    var data = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Data($0) }
    data.append(Data(header.utf8))
    data.append(Data(count: bytes))
    try data.write(to: file)
  }

  @Test func `of the Python package is read, every type`() throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "types", withExtension: "safetensors", subdirectory: "Fixtures"))
    let (tensors, metadata) = try Safetensors.read(url)
    #expect(metadata == ["written by": "safetensors"])
    #expect(tensors["f64"]?.doubles() == [1.5, -2])
    #expect(tensors["f32"]?.floats() == [1.5, -2, 3.25])
    #expect(tensors["f32"]?.shape == [1, 3])
    #expect(tensors["f16"]?.floats() == [0.5, 65504])
    #expect(tensors["f16"]?.type == .float16)
    #expect(tensors["bf16"]?.floats() == [0.5, -3])
    #expect(tensors["i64"]?.int64s() == [-(1 << 40), 7])
    #expect(tensors["i32"]?.int64s() == [-5, 1 << 30])
    #expect(tensors["u8"]?.int64s() == [0, 255])
    #expect(tensors["bool"]?.type == .bool)
    #expect(tensors["bool"]?.int64s() == [1, 0, 1])
    #expect(tensors["scalar"]?.item() == 2.5)
    #expect(tensors["none"]?.shape == [0, 3])
  }

  @Test func `reads back as it was written`() throws {
    let tensors = [
      ("b", Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])),
      ("a", Tensor([7] as [Int64], shape: [1])),
      ("image", Tensor.normal([2, 3, 4, 4], seed: 1).channelsLast()),
    ]
    try Safetensors.write(tensors, metadata: ["step": "3", "words": "a \"quoted\" ä\n"], to: file)
    let (read, metadata) = try Safetensors.read(file)
    #expect(metadata == ["step": "3", "words": "a \"quoted\" ä\n"])
    for (name, tensor) in tensors {
      #expect(read[name]?.isBitIdentical(to: tensor) == true, "\(name)")
    }
    let header = try Data(contentsOf: file).prefix(8)
    #expect(header[0] % 8 == 0, "tensors begin at a multiple of 8 bytes")
  }

  /// The checksum of "123456789" by which implementations of CRC-32 are known, in one tensor and in two.
  @Test func `with a checksum has that of its bytes, and is refused once one of them is another`()
    throws
  {
    let digits = Array("123456789".utf8)
    func tensor(_ bytes: ArraySlice<UInt8>) -> Tensor {
      Array(bytes).withUnsafeBytes { Tensor(copying: $0, shape: [bytes.count], type: .uint8) }
    }
    for tensors in [
      [("all", tensor(digits[...]))], [("a", tensor(digits[..<4])), ("b", tensor(digits[4...]))],
    ] {
      try Safetensors.write(tensors, metadata: ["step": "3"], isChecked: true, to: file)
      var data = try Data(contentsOf: file)
      #expect(String(decoding: data, as: UTF8.self).contains(#""crc32":"cbf43926""#))
      #expect(try Safetensors.read(file).metadata == ["step": "3"])
      data[data.count - 2] ^= 4
      try data.write(to: file)
      let error = #expect(throws: SafetensorsError.self) { try Safetensors.read(file) }
      #expect(error == .wrongChecksum(file.path))
    }
  }

  /// A header, the length it claims, the bytes that follow, and what the error must say.
  static let lies: [(String, UInt64?, Int, String)] = [
    ("{}", 1 << 62, 0, "claims"),
    ("{\"a\":", nil, 0, "not the JSON"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", nil, 4, "truncated"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", nil, 12, "follow"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", nil, 8, "needs 12"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", nil, 8, "lies at"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", nil, 8, "lies at"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", nil, 8, "impossible"),
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,8]}}", nil,
      8, "impossible"
    ),
    (
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},"
        + "\"b\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[4,12]}}", nil, 12, "lies at"
    ),
    ("{\"a\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]}}", nil, 8, "unsupported"),
  ]

  @Test(arguments: lies.indices) func `with a lying header is refused`(index: Int) throws {
    let (header, length, bytes, words) = Self.lies[index]
    try write(header: header, length: length, bytes: bytes)
    let error = #expect(throws: SafetensorsError.self) { try Safetensors.read(file) }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(sentence.contains(words), "\(sentence)")
    #expect(sentence.contains(file.path))
  }

  @Test func `too short for a header, or not there, is refused`() throws {
    #expect(throws: SafetensorsError.self) { try Safetensors.read(file) }
    try Data([1, 2, 3]).write(to: file)
    #expect(throws: SafetensorsError.self) { try Safetensors.read(file) }
  }

  @Test func `with a name that no file can have is refused in the system's words`() {
    let file = URL(fileURLWithPath: "/tmp/" + String(repeating: "a", count: 300))
    #expect {
      try Safetensors.read(file)
    } throws: {
      "\($0)".hasSuffix("cannot be read: File name too long.")
    }
  }
}
