import Foundation
import Pickles
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A global, as protocol 2 names it.
private func global(_ module: String, _ name: String) -> [UInt8] {
  bytes("c\(module)\n\(name)\n")
}

private func text(_ text: String) -> [UInt8] { [0x8C, UInt8(text.utf8.count)] + bytes(text) }

private func integer(_ number: Int64) -> [UInt8] {
  [0x8A, 8] + withUnsafeBytes(of: number.littleEndian) { Array($0) }
}

private func tuple(_ items: [[UInt8]]) -> [UInt8] { bytes("(") + items.flatMap { $0 } + bytes("t") }

/// The pickle of a dict of one tensor 'x', which says of itself what the test will.
private func tensor(
  count: Int64 = 4, offset: Int64 = 0, shape: [Int64] = [4], strides: [Int64] = [1],
  type: String = "FloatStorage", key: String = "0"
) -> [UInt8] {
  let storage =
    tuple([
      text("storage"), global("torch", type), text(key), text("cpu"), integer(count),
    ]) + bytes("Q")
  let arguments = [
    storage, integer(offset), tuple(shape.map(integer)), tuple(strides.map(integer)), [0x89],
    global("collections", "OrderedDict") + bytes(")R"),
  ]
  return [0x80, 2] + bytes("}") + text("x") + global("torch._utils", "_rebuild_tensor_v2")
    + tuple(arguments) + bytes("Rs.")
}

@Suite struct `A pickle that is no state dict` {
  private func refusal(_ file: Data) -> PyTorchFileError? {
    do {
      _ = try PyTorchFile(file, name: "bad.pth")
    } catch let error as PyTorchFileError {
      return error
    } catch {}
    return nil
  }

  @Test func `is what the other tests change: with nothing changed it is read`() throws {
    let file = try PyTorchFile(archive(tensor(), storages: ["0": 16]), name: "good.pth")
    #expect(file.tensors["x"]?.shape == [4])
  }

  @Test(arguments: [
    ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("__builtin__", "exec"),
    ("subprocess", "Popen"), ("torch.serialization", "load"), ("torch.hub", "load"),
    ("argparse", "Namespace"), ("torch._utils", "_rebuild_wrapper_subclass"), ("torch", "load"),
    ("torch.nn.modules.conv", "Conv2d"), ("collections", "defaultdict"),
  ])
  func `is refused by the name of what it would run`(module: String, name: String) {
    let call = text("echo run") + [0x85] + bytes("R.")
    let forms = [
      [0x80, 2] + global(module, name) + call,
      [0x80, 4] + text(module) + text(name) + [0x93] + call,
      [0x80, 2] + bytes("(") + text("echo run") + bytes("i\(module)\n\(name)\n."),
    ]
    for form in forms {
      let error = refusal(archive(form))
      #expect(error?.fault == .global("\(module).\(name)"))
      #expect(
        error.map { "\($0)" }?.contains("reading it would run code: \(module).\(name).") == true)
    }
  }

  @Test(arguments: [
    ("_rebuild_qtensor", PyTorchFault.TensorForm.quantized, "before it is quantized"),
    ("_rebuild_sparse_tensor", .sparse, "to_dense()"),
    ("_rebuild_sparse_csr_tensor", .sparse, "to_dense()"),
    ("_rebuild_meta_tensor_no_storage", .meta, "other than meta"),
  ])
  func `is refused by the form of its tensors, with what to do`(
    name: String, form: PyTorchFault.TensorForm, remedy: String
  ) {
    let error = refusal(archive([0x80, 2] + global("torch._utils", name) + bytes(".")))
    #expect(error?.fault == .tensorForm(form))
    #expect(error.map { "\($0)" }?.contains(remedy) == true)
  }

  @Test func `is told that bytes follow its end, and not that it is cut short`() {
    let whole = archive(tensor(), storages: ["0": 16])
    let error = refusal(whole + Data(repeating: 0, count: 40))
    #expect(error?.fault == .damaged("other bytes follow its end at byte \(whole.count)"))
  }

  @Test func `cannot bring its own lines into the sentence`() {
    let error = refusal(archive([0x80, 4] + text("a\nb\u{1B}[2J\u{202E}") + text("c\r") + [0x93]))
    #expect(error?.fault == .global(#"a\nb\u{1B}[2J\u{202E}.c\r"#))
  }

  /// What each says of its tensor; the storage has 16 bytes.
  @Test(arguments: [
    tensor(count: 1 << 60), tensor(count: -1), tensor(count: 3), tensor(shape: [5]),
    tensor(offset: 1), tensor(offset: -1), tensor(offset: .max), tensor(strides: [2]),
    tensor(strides: [-1]), tensor(shape: [-4]), tensor(shape: [4], strides: [1, 1]),
    tensor(shape: [.max, .max], strides: [0, 0]), tensor(shape: [1 << 40], strides: [0]),
    tensor(shape: [0, .max, .max], strides: [1, 1, 1]), tensor(shape: [2], strides: [.max]),
    tensor(shape: .init(repeating: 1, count: 9), strides: .init(repeating: 1, count: 9)),
    tensor(type: "DoubleStorage"), tensor(type: "CharStorage"), tensor(type: "OtherStorage"),
    tensor(key: "1"), tensor(key: "../../data.pkl"),
  ])
  func `claims what the file does not have, and is refused before anything is allocated`(
    pickle: [UInt8]
  ) {
    #expect(refusal(archive(pickle, storages: ["0": 16])) != nil)
  }

  @Test func `has entries that lie outside the file`() {
    for size: UInt32 in [17, 1 << 20, .max] {
      #expect(refusal(archive(tensor(), storages: ["0": 16], claimed: ["a/data/0": size])) != nil)
      #expect(refusal(archive(tensor(), storages: ["0": 16], claimed: ["a/data.pkl": size])) != nil)
    }
  }

  @Test func `of another byte order is refused`() {
    let error = refusal(archive(tensor(), storages: ["0": 16], byteOrder: "big"))
    #expect(error?.fault == .bigEndian)
  }

  @Test func `nests, marks or repeats without end`() {
    let depth = 1_100_000
    func many(_ byte: UInt8) -> [UInt8] { .init(repeating: byte, count: depth) }
    let lists = many(UInt8(ascii: "]")) + many(UInt8(ascii: "a")).dropLast()
    let tuples: [UInt8] = bytes(")") + many(0x85)
    let inItself: [UInt8] = bytes("}q") + [0] + text("x") + bytes("h") + [0] + bytes("s")
    // Each list has the one before it twenty times.
    let twenty: [UInt8] = (0..<20).flatMap { _ in bytes("h") + [0] }
    let layer: [UInt8] = bytes("0](") + twenty + bytes("eq") + [0]
    let doubled: [UInt8] = bytes("]q") + [0] + (0..<40).flatMap { _ in layer }
    for pickle in [lists, tuples, many(UInt8(ascii: "(")), inItself, doubled] {
      let error = refusal(archive([0x80, 2] + pickle + bytes(".")))
      guard case .tooMuch? = error?.fault else {
        Issue.record("\(pickle.prefix(8)): \(String(describing: error))")
        continue
      }
    }
  }

  private static let fromType = global("torch._tensor", "_rebuild_from_type_v2")
  private static let wrong: [[UInt8]] = [
    bytes("h") + [9] + bytes("."), bytes("r") + [255, 255, 255, 255] + bytes("."),
    bytes("]r") + [255, 255, 255, 255] + bytes("."), bytes("."), bytes("0"), bytes("t"),
    bytes("N)R."), bytes("NQ."), bytes(")Q."), bytes("(0."), bytes("NNa."), bytes("]NNs."),
    bytes("}(Nu."), bytes("P0\n."), bytes("I5\n."), bytes("F1\n."), [0x82, 1], [0x97],
    bytes("X") + [255, 255, 255, 255], [0x8D] + .init(repeating: 255, count: 8),
    [0x8B, 255, 255, 255, 255], [0x8B, 0, 0, 0, 128], [0x8A, 255], bytes("cos"), bytes("c\n"),
    global("collections", "OrderedDict") + bytes("NR."),
    global("collections", "OrderedDict") + bytes("(NtR."),
    global("collections", "OrderedDict") + bytes(")b."),
    fromType + tuple([fromType, bytes("N"), bytes(")"), bytes("N")]) + bytes("R."),
    global("torch._utils", "_rebuild_parameter") + bytes(")R."),
    global("torch._utils", "_rebuild_tensor_v2") + bytes(")R."),
    global("torch", "FloatStorage") + bytes(")R."), global("torch", "Size") + bytes(")R."),
    bytes("N."), bytes("}."), integer(5) + bytes("."),
  ]

  @Test(arguments: wrong) func `is refused whatever it does wrong`(pickle: [UInt8]) {
    let error = refusal(archive([0x80, 2] + pickle))
    #expect(error.map { "\($0)" }?.hasPrefix("bad.pth ") == true)
    // In the older form, too, where it would be the first pickle.
    #expect(refusal(Data([0x80, 2] + pickle)) != nil)
  }

  @Test func `of other programs is refused`() {
    #expect(refusal(Data(bytes("PK"))) != nil)
    #expect(refusal(Data()) != nil)
    #expect(refusal(Data([0x80, 3] + bytes("}.")))?.fault == .notPyTorch)
  }
}
