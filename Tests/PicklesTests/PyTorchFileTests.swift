import Foundation
import Pickles
import Testing

@Suite struct `A file of torch.save's` {
  static let names: [String: ElementType] = [
    "uint8": .uint8, "bool": .bool, "int32": .int32, "int64": .int64, "float16": .float16,
    "bfloat16": .bfloat16, "float32": .float32, "float64": .float64,
  ]

  @Test func `has the tensors that torch.load reads, in a hundred variants`() throws {
    #expect(Variant.all.count >= 100)
    for (name, variant) in Variant.all {
      let file = try PyTorchFile(variant.file, name: name)
      #expect(Set(file.tensors.keys) == Set(variant.tensors.keys), "\(name)")
      for (key, expected) in variant.tensors {
        let tensor = try #require(file.tensors[key], "\(name): \(key)")
        #expect(tensor.type == Self.names[expected.type], "\(name): \(key)")
        #expect(tensor.shape == expected.shape, "\(name): \(key)")
        #expect(file.bytes(of: tensor, in: variant.file) == expected.bytes, "\(name): \(key)")
      }
    }
  }

  /// Those that are cut, and bent: each kind of archive, and shared storages.
  static let some = [
    "state dict", "state dict, legacy", "shared", "shared, legacy", "deflated",
    "without checksums", "protocol 3", "checkpoint with adam", "other values, legacy",
  ]

  @Test(arguments: some) func `that is cut short anywhere is refused in a sentence`(
    name: String
  ) throws {
    let file = try #require(Variant.all[name]).file
    for count in stride(from: 0, to: file.count, by: 7) {
      let error = #expect(throws: PyTorchFileError.self, "\(name) of \(count) bytes") {
        try PyTorchFile(file.prefix(count), name: "cut.pth")
      }
      #expect(error.map { "\($0)" }?.hasPrefix("cut.pth ") == true)
    }
  }

  @Test(arguments: some)
  func `of which bits are turned is read or refused, and never ends the program`(
    name: String
  ) throws {
    let file = try #require(Variant.all[name]).file
    var state: UInt64 = 7
    func random(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var refused = 0
    for _ in 0..<600 {
      var bent = file
      for _ in 0...random(below: 4) {
        bent[random(below: bent.count)] ^= 1 << UInt8(random(below: 8))
      }
      do {
        let read = try PyTorchFile(bent, name: "bent.pth")
        // Whatever is read lies within the file.
        for tensor in read.tensors.values { _ = read.bytes(of: tensor, in: bent) }
      } catch let error as PyTorchFileError {
        refused += 1
        #expect("\(error)".hasPrefix("bent.pth "))
        #expect("\(error)".hasSuffix("."))
      }
    }
    #expect(refused > 50)
  }

  @Test func `whose data are not those of the checksum is refused`() throws {
    var file = try #require(Variant.all["type torch.float64"]).file
    let read = try PyTorchFile(file, name: "x")
    guard case .inFile(let range) = try #require(read.storages.first) else { return }
    file[range.lowerBound] ^= 1
    let error = #expect(throws: PyTorchFileError.self) { try PyTorchFile(file, name: "x") }
    guard case .wrongChecksum? = error?.fault else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
