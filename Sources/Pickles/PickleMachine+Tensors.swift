import Numbers

extension PickleMachine {
  /// Does what a call of a known name stands for.
  mutating func rebuild(
    _ callee: PickleValue, _ arguments: [PickleValue]
  ) throws -> PickleValue {
    guard case .global(let global) = callee else { throw Self.mistyped }
    switch global {
    case .orderedDict:
      dicts.append([])
      guard let items = arguments.first else { return .dict(dicts.count - 1) }
      // A Counter is made of a dictionary.
      if case .dict(let number) = items {
        dicts[dicts.count - 1] = dicts[number]
        return .dict(dicts.count - 1)
      }
      // As Python 2 wrote it: a list of pairs.
      guard case .list(let number) = items else { throw Self.mistyped }
      dicts[dicts.count - 1] = try sequences[number].map { pair in
        let both: [PickleValue]
        switch pair {
        case .list(let number), .tuple(let number): both = sequences[number]
        default: throw Self.mistyped
        }
        guard both.count == 2 else { throw Self.mistyped }
        return (both[0], both[1])
      }
      return .dict(dicts.count - 1)
    case .rebuildTensor:
      guard arguments.count >= 4, case .storage(let storage) = arguments[0],
        case .integer(let offset) = arguments[1]
      else { throw Self.mistyped }
      // A seventh argument has a tensor read with its signs turned.
      if arguments.count > 6, case .dict(let number) = arguments[6], !dicts[number].isEmpty {
        throw PyTorchFault.damaged("a tensor is to be read as the negative of what is stored")
      }
      tensors.append(
        TensorPlan(
          storage: storage, offset: offset, shape: try integers(arguments[2]),
          strides: try integers(arguments[3])))
      return .tensor(tensors.count - 1)
    case .rebuildParameter:
      guard case .tensor? = arguments.first else { throw Self.mistyped }
      return arguments[0]
    case .rebuildFromType:
      guard arguments.count >= 3, case .global(let inner) = arguments[0], inner != .rebuildFromType
      else { throw Self.mistyped }
      return try rebuild(arguments[0], items(arguments[2]))
    case .size:
      guard let sizes = arguments.first else { throw Self.mistyped }
      return sizes
    case .set:
      sequences.append([])
      return arguments.first ?? .list(sequences.count - 1)
    case .storageType: throw Self.mistyped
    case .ignored: return .ignored
    }
  }

  mutating func storage(_ id: [PickleValue]) throws -> PickleValue {
    guard id.count >= 5, case .text("storage") = id[0],
      case .global(.storageType(let type)) = id[1], case .integer(let count) = id[4]
    else { throw PyTorchFault.damaged("its pickle refers to something that is not a storage") }
    if id.count > 5, case .tuple = id[5] {
      throw PyTorchFault.damaged("a storage is part of another, as PyTorch before 0.4 wrote it")
    }
    let key: String
    switch id[2] {
    case .text(let text): key = text
    case .integer(let number): key = "\(number)"
    default: throw Self.mistyped
    }
    storages.append(Storage(type: type, key: key, count: count))
    return .storage(storages.count - 1)
  }

  private func integers(_ value: PickleValue) throws -> [Int] {
    let items: [PickleValue]
    switch value {
    case .tuple(let number), .list(let number): items = sequences[number]
    default: throw Self.mistyped
    }
    guard items.count <= Limits.dimensions else {
      throw PyTorchFault.tooMuch("a tensor has more than \(Limits.dimensions) dimensions")
    }
    return try items.map {
      guard case .integer(let number) = $0 else { throw Self.mistyped }
      return number
    }
  }
}
