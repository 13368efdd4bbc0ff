/// How a file's tensors fit a model: what it lacks, what it has besides, what has another shape.
public struct TensorMatch: Sendable, Hashable {
  /// The model's tensors that are not there.
  public private(set) var missing: [String] = []
  /// Tensors that the model has not.
  public private(set) var extra: [String] = []
  /// Tensors of another shape than the model's, each with both shapes.
  public private(set) var misshapen: [String] = []

  /// The number of the model's tensors, and how many of them are there in their shape.
  public private(set) var count = 0, matching = 0

  /// Whether everything fits.
  public var isWhole: Bool { missing.isEmpty && extra.isEmpty && misshapen.isEmpty }

  fileprivate init(_ model: [(String, Tensor)], _ found: [String: Tensor]) {
    for (name, tensor) in model {
      guard let other = found[name] else {
        missing.append(name)
        continue
      }
      if other.shape != tensor.shape {
        misshapen.append("\(name) (\(other.shape), the model has \(tensor.shape))")
      }
    }
    count = model.count
    matching = count - missing.count - misshapen.count
    let known = Set(model.map(\.0))
    extra = found.keys.filter { !known.contains($0) }.sorted()
  }
}

extension Module {
  /// Compares the model's parameters and buffers with tensors of their names.
  public func match(_ tensors: [String: Tensor]) -> TensorMatch {
    TensorMatch(namedTensors, tensors)
  }

  /// Overwrites the parameters and buffers that the tensors name, converted to the model's types.
  ///
  /// - Throws: `TorchError` for one of another shape.
  public func copy(from tensors: [String: Tensor]) throws {
    try checked {
      withoutGradient {
        for (name, tensor) in namedTensors {
          if let found = tensors[name] { tensor.copy(from: found) }
        }
      }
    }
  }
}
