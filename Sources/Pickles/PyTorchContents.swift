import Numbers

/// What a file's pickle made, and where its storages lie.
struct PyTorchContents {
  let machine: PickleMachine
  private let named: [(name: String, plan: PickleMachine.TensorPlan)]
  /// The storages that named tensors lie in.
  private(set) var storages: [StoredBytes] = []
  /// The number of a storage there, by its key.
  private var numbers: [String: Int] = [:]

  /// As deep as dicts and lists may lie in one another.
  private static let maximumDepth = 32
  private static let longestName = 1024
  /// As many values as may be looked at, and bytes as their names may have, all together: a container that lies in
  /// many others is looked at in each of them.
  private static let maximumWork = 64 << 20

  /// - Throws: `PyTorchFault` where nothing is a tensor, or too many values are.
  init(machine: PickleMachine, root: PickleValue) throws {
    self.machine = machine
    if case .tensor = root { throw PyTorchFault.unnamed }
    var found: [String: Int] = [:]
    var order: [(name: String, plan: PickleMachine.TensorPlan)] = []
    var waiting = [(value: root, name: "", depth: 0)]
    var work = 0
    func visit(_ value: PickleValue, _ key: String, in container: (name: String, depth: Int)) throws {
      guard value.mayHoldTensors else { return }
      work += container.name.utf8.count + key.utf8.count + machine.count(of: value)
      guard work <= Self.maximumWork, container.depth < Self.maximumDepth,
        container.name.utf8.count + key.utf8.count < Self.longestName
      else { throw PyTorchFault.tooMuch("its dicts contain one another without end") }
      waiting.append(
        (value, container.name.isEmpty ? key : container.name + "." + key, container.depth + 1))
    }
    while let (value, name, depth) = waiting.popLast() {
      switch value {
      case .tensor(let number):
        guard found.updateValue(number, forKey: name) == nil else {
          throw PyTorchFault.damaged("it has two tensors of the name '\(shown(name))'")
        }
        order.append((name, machine.tensors[number]))
      case .list(let number), .tuple(let number):
        for (index, item) in machine.sequences[number].enumerated() {
          try visit(item, "\(index)", in: (name, depth))
        }
      case .dict(let number):
        // The last value of a key stays.
        var byKey: [String: PickleValue] = [:]
        for (index, pair) in machine.dicts[number].enumerated() {
          switch pair.key {
          case .text(let text): byKey[text] = pair.value
          case .integer(let number): byKey["\(number)"] = pair.value
          default: byKey["#\(index)"] = pair.value
          }
        }
        for (key, item) in byKey { try visit(item, key, in: (name, depth)) }
      default: break
      }
    }
    guard !order.isEmpty else { throw PyTorchFault.noTensors }
    named = order.sorted { $0.name < $1.name }
  }

  /// Finds the storages that named tensors lie in, each once.
  mutating func place(_ content: (String) throws -> StoredBytes) throws {
    for (_, plan) in named {
      let key = machine.storages[plan.storage].key
      guard numbers[key] == nil else { continue }
      numbers[key] = storages.count
      storages.append(try content(key))
    }
  }

  /// Returns the name of a tensor that lies in a storage.
  func name(ofStorage key: String) -> String {
    shown(named.first { machine.storages[$0.plan.storage].key == key }?.name ?? key)
  }

  /// Returns the tensors, each of which lies within its storage.
  ///
  /// - Throws: `PyTorchFault` for one that does not, and where all together claim more than the bytes given.
  func tensors(maximumBytes: Int) throws -> [String: StoredTensor] {
    var tensors: [String: StoredTensor] = [:]
    var total = 0
    for (name, plan) in named {
      let storage = machine.storages[plan.storage]
      guard let type = ElementType(rawValue: storage.type) else {
        throw PyTorchFault.unknownType(tensor: shown(name), type: storage.type)
      }
      guard let number = numbers[storage.key] else {
        throw PyTorchFault.damaged("the storage '\(shown(storage.key))' is missing")
      }
      let bytes = storages[number].count
      guard storage.count >= 0, bytes == storage.count.multipliedOrMax(by: type.byteCount) else {
        throw PyTorchFault.damaged(
          "the storage of '\(shown(name))' claims \(storage.count) elements and has \(bytes) bytes")
      }
      guard let count = Self.count(plan, within: storage.count) else {
        throw PyTorchFault.damaged("'\(shown(name))' does not lie within its storage")
      }
      total = total.addingOrMax(count.multipliedOrMax(by: type.byteCount))
      guard total <= maximumBytes else {
        throw PyTorchFault.tooMuch("its tensors claim many times the bytes that it has")
      }
      tensors[name] = StoredTensor(
        type: type, shape: plan.shape, strides: plan.strides, storage: number,
        offset: count == 0 ? 0 : plan.offset * type.byteCount)
    }
    return tensors
  }

  /// Returns a tensor's number of elements; nil where one of them does not lie within the storage.
  private static func count(_ plan: PickleMachine.TensorPlan, within room: Int) -> Int? {
    guard plan.shape.count == plan.strides.count, plan.offset >= 0,
      plan.shape.allSatisfy({ $0 >= 0 }),
      plan.strides.allSatisfy({ $0 >= 0 })
    else { return nil }
    // LibTorch multiplies all the sizes, those of an empty tensor too.
    guard plan.shape.map({ max(1, $0) }).checkedProduct().map({ $0 <= Int.max / 8 }) == true,
      let count = plan.shape.checkedProduct()
    else { return nil }
    guard count > 0 else { return 0 }
    let last = zip(plan.shape, plan.strides).reduce(plan.offset) {
      $0.addingOrMax(($1.0 - 1).multipliedOrMax(by: $1.1))
    }
    return last < room ? count : nil
  }
}

extension PickleValue {
  fileprivate var mayHoldTensors: Bool {
    switch self {
    case .tensor, .list, .tuple, .dict: true
    default: false
    }
  }
}
