import Numbers

/// Reads the part of the pickle language that state dicts are written in.
///
/// It makes numbers, texts, containers and descriptions of tensors, and calls nothing: whatever else a pickle
/// names is refused.
///
/// - Source: Python's pickletools, and PyTorch's own `_weights_only_unpickler.py`.
struct PickleMachine {
  /// No state dict needs more than these; memory stays below some hundred megabytes, whatever a pickle does.
  enum Limits {
    static let operations = 8_000_000
    static let stack = 1_000_000
    static let memo = 2_000_000
    static let containers = 1_000_000
    /// As LibTorch's interface here has room for.
    static let dimensions = 8
  }

  /// What a storage is by its persistent id.
  struct Storage {
    let type: String
    let key: String
    /// The number of elements.
    let count: Int
  }

  /// What a tensor is by the arguments of its rebuilding; nothing is checked yet.
  struct TensorPlan {
    let storage: Int
    let offset: Int
    let shape: [Int]
    let strides: [Int]
  }

  var sequences: [[PickleValue]] = []
  var dicts: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [Storage] = []
  var tensors: [TensorPlan] = []

  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var operations = 0

  /// Reads one pickle, up to its end, and returns what it makes.
  ///
  /// - Throws: `PyTorchFault` for what is cut short, does not belong to a state dict or is too much of it.
  mutating func run(_ reader: inout ByteReader) throws -> PickleValue {
    (stack, marks, memo) = ([], [], [:])
    while true {
      let position = reader.position
      let code = try reader.integer(UInt8.self)
      operations += 1
      guard operations <= Limits.operations, stack.count <= Limits.stack, marks.count <= Limits.stack,
        memo.count <= Limits.memo,
        sequences.count + dicts.count + tensors.count + storages.count <= Limits.containers
      else { throw PyTorchFault.tooMuch("its pickle has more values than any state dict") }
      if code == UInt8(ascii: ".") { return try pop() }
      guard try push(code, &reader) || change(code, &reader) else {
        throw PyTorchFault.operation(code, at: position)
      }
    }
  }

  // MARK: Operations

  /// Carries out an operation that makes a plain value.
  private mutating func push(_ code: UInt8, _ reader: inout ByteReader) throws -> Bool {
    switch code {
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "J"): stack.append(.integer(Int(try reader.integer(Int32.self))))
    case UInt8(ascii: "K"): stack.append(.integer(Int(try reader.integer(UInt8.self))))
    case UInt8(ascii: "M"): stack.append(.integer(Int(try reader.integer(UInt16.self))))
    case 0x8A: stack.append(.integer(littleEndian: try reader.take(reader.length(UInt8.self))))
    case 0x8B: stack.append(.integer(littleEndian: try reader.take(reader.length(Int32.self))))
    case UInt8(ascii: "G"):
      stack.append(.float(Double(bitPattern: try reader.integer(UInt64.self).byteSwapped)))
    case UInt8(ascii: "X"), UInt8(ascii: "T"), UInt8(ascii: "B"):
      stack.append(.text(try reader.text(reader.length(UInt32.self))))
    case 0x8C, UInt8(ascii: "U"), UInt8(ascii: "C"):
      stack.append(.text(try reader.text(reader.length(UInt8.self))))
    case 0x8D: stack.append(.text(try reader.text(reader.length(UInt64.self))))
    case UInt8(ascii: ")"): appendTuple([])
    case UInt8(ascii: "]"), 0x8F: appendList([])
    case UInt8(ascii: "}"): appendDict([])
    case UInt8(ascii: "c"):
      stack.append(try global(module: reader.line(), name: reader.line()))
    case UInt8(ascii: "i"):
      _ = try global(module: reader.line(), name: reader.line())
      return false
    default: return false
    }
    return true
  }

  /// Carries out an operation on what was made before.
  private mutating func change(_ code: UInt8, _ reader: inout ByteReader) throws -> Bool {
    switch code {
    case 0x80: _ = try reader.take(1)
    case 0x95: _ = try reader.take(8)
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popMark()
    case UInt8(ascii: "t"): appendTuple(try popMark())
    case 0x85: appendTuple(try pop(1))
    case 0x86: appendTuple(try pop(2))
    case 0x87: appendTuple(try pop(3))
    case UInt8(ascii: "l"): appendList(try popMark())
    case UInt8(ascii: "d"): appendDict(try pairs(popMark()))
    case UInt8(ascii: "a"): try append(pop(1))
    case UInt8(ascii: "e"), 0x90: try append(popMark())
    case 0x91: appendTuple(try popMark())
    case UInt8(ascii: "s"): try set(pairs(pop(2)))
    case UInt8(ascii: "u"): try set(pairs(popMark()))
    case UInt8(ascii: "h"): try get(reader.length(UInt8.self))
    case UInt8(ascii: "j"): try get(reader.length(UInt32.self))
    case UInt8(ascii: "q"): memo[try reader.length(UInt8.self)] = try top()
    case UInt8(ascii: "r"): memo[try reader.length(UInt32.self)] = try top()
    case 0x94: memo[memo.count] = try top()
    case 0x93:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw PyTorchFault.damaged("its pickle names something by no text")
      }
      stack.append(try global(module: module, name: name))
    case UInt8(ascii: "R"), 0x81:
      let arguments = try pop()
      let callee = try pop()
      stack.append(try rebuild(callee, items(arguments)))
    case UInt8(ascii: "b"):
      // A state dict's _metadata, or attributes of a tensor: not needed.
      _ = try pop()
      switch try top() {
      case .dict, .tensor: break
      default: throw PyTorchFault.damaged("its pickle fills an object that is not a tensor")
      }
    case UInt8(ascii: "Q"): stack.append(try storage(items(pop())))
    default: return false
    }
    return true
  }

  private func global(module: String, name: String) throws -> PickleValue {
    guard let global = PickleGlobal(module: module, name: name) else {
      if module == "torch._utils", let form = PyTorchFault.TensorForm.rebuilt[name] {
        throw PyTorchFault.tensorForm(form)
      }
      throw PyTorchFault.global(shown("\(module).\(name)"))
    }
    return .global(global)
  }

  // MARK: Stack and containers

  private func top() throws -> PickleValue {
    guard stack.count > marks.last ?? 0, let top = stack.last else { throw Self.underflow }
    return top
  }

  private mutating func pop() throws -> PickleValue {
    let top = try top()
    stack.removeLast()
    return top
  }

  private mutating func pop(_ count: Int) throws -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw Self.underflow }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw Self.underflow }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private static let underflow = PyTorchFault.damaged("its pickle takes more values than it made")
  static let mistyped = PyTorchFault.damaged(
    "its pickle takes one kind of value for another")

  private mutating func appendTuple(_ items: [PickleValue]) {
    stack.append(.tuple(sequences.count))
    sequences.append(items)
  }

  private mutating func appendList(_ items: [PickleValue]) {
    stack.append(.list(sequences.count))
    sequences.append(items)
  }

  private mutating func appendDict(_ pairs: [(PickleValue, PickleValue)]) {
    stack.append(.dict(dicts.count))
    dicts.append(pairs)
  }

  private mutating func append(_ items: [PickleValue]) throws {
    guard case .list(let number) = try top() else { throw Self.mistyped }
    sequences[number] += items
  }

  private mutating func set(_ pairs: [(key: PickleValue, value: PickleValue)]) throws {
    guard case .dict(let number) = try top() else { throw Self.mistyped }
    dicts[number] += pairs
  }

  private func pairs(_ items: [PickleValue]) throws -> [(key: PickleValue, value: PickleValue)] {
    guard items.count.isMultiple(of: 2) else { throw Self.mistyped }
    return stride(from: 0, to: items.count, by: 2).map { (items[$0], items[$0 + 1]) }
  }

  private mutating func get(_ number: Int) throws {
    guard let value = memo[number] else {
      throw PyTorchFault.damaged("its pickle recalls a value that it did not keep")
    }
    stack.append(value)
  }

  /// Returns the number of values in a container; one for another value.
  func count(of value: PickleValue) -> Int {
    switch value {
    case .list(let number), .tuple(let number): 1 + sequences[number].count
    case .dict(let number): 1 + dicts[number].count
    default: 1
    }
  }

  func items(_ value: PickleValue) throws -> [PickleValue] {
    guard case .tuple(let number) = value else { throw Self.mistyped }
    return sequences[number]
  }
}

extension PickleValue {
  /// An integer in two's complement.
  fileprivate static func integer(littleEndian bytes: UnsafeRawBufferPointer) -> PickleValue {
    guard bytes.count <= 8 else { return .largeInteger(Array(bytes)) }
    let isNegative = (bytes.last ?? 0) & 0x80 != 0
    return .integer(
      bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
  }
}
