/// The operations by which tensors were computed from others, in their order: what a network does, for whoever
/// writes it for another program.
///
///     let (logits, recording) = Recording.of(images) { model(images) }
///
/// A network is recorded at its work, so that it is written in one place. What does not depend on the inputs has its
/// value and no step: parameters, and what is computed from them alone. Sizes are those of the inputs that were given.
public final class Recording {
  /// An operation that gave a tensor.
  public struct Step {
    /// The operation's name, as errors have it: `max pool`.
    public let operation: String
    /// The operation's arguments beside tensors.
    public let parameters: OperationParameters
    /// The tensors that it was given; nil for one that it can do without.
    public let inputs: [Tensor?]
    /// The operation's result; an empty tensor for an operation that changed one of its inputs.
    public let output: Tensor
  }

  /// The tensors that everything is computed from.
  public let inputs: [Tensor]
  /// The operations in their order.
  public private(set) var steps: [Step] = []
  // Steps keep their tensors, so that no handle takes the place of another.
  private var derived: Set<ObjectIdentifier>
  private var isPaused = false

  private init(_ inputs: [Tensor]) {
    self.inputs = inputs
    derived = Set(inputs.compactMap(\.identity))
  }

  /// Runs the body, and records what it computes from tensors, on this thread and without gradient.
  public static func of<Result>(
    _ inputs: Tensor..., body: () throws -> Result
  ) rethrows -> (result: Result, recording: Recording) {
    let recording = Recording(inputs)
    return (try recorders.with(recording) { try withoutGradient(body) }, recording)
  }

  private static let recorders = ThreadValue<Recording>("rondo.torch.recording")

  /// The recording of this thread; nil, at once, where nothing is recorded.
  static var current: Recording? { recorders.current }

  func add(
    _ operation: StaticString, _ parameters: OperationParameters, _ inputs: [Tensor?],
    giving output: Tensor
  ) {
    guard !isPaused,
      inputs.contains(where: { $0?.identity.map(derived.contains) ?? false })
    else { return }
    if let identity = output.identity { derived.insert(identity) }
    steps.append(
      Step(operation: "\(operation)", parameters: parameters, inputs: inputs, output: output))
  }

  /// Runs the body, and records what it does as one operation.
  static func asOne(
    _ operation: StaticString, _ inputs: [Tensor], _ body: () -> Tensor
  ) -> Tensor {
    guard let current, !current.isPaused else { return body() }
    current.isPaused = true
    let output = body()
    current.isPaused = false
    current.add(operation, .none, inputs, giving: output)
    return output
  }
}

/// What an operation is given beside tensors.
public enum OperationParameters: Sendable {
  /// No parameters.
  case none
  /// A number: a summand, a factor, an exponent, a bound.
  case number(Double)
  /// One dimension.
  case dimension(Int)
  /// Dimensions that a reduction goes over.
  case reduction([Int], keeping: Bool)
  /// The order of a permutation.
  case order([Int])
  /// A shape, of which one length may be -1.
  case shape([Int])
  /// A part of a dimension.
  case part(dimension: Int, start: Int, count: Int)
  /// How filters go over an image.
  case filters(stride: Int, padding: (rows: Int, columns: Int), dilation: Int, groups: Int)
  /// How windows go over an image.
  case windows(kernel: Int, stride: Int, padding: Int, coversEdges: Bool)
  /// What is added to a variance, and the ceiling of the ReLU that follows: infinity of a plain one, nil of none.
  case norm(epsilon: Double, reluCeiling: Double?)
  /// The groups of a norm, and what is added to a variance.
  case groups(Int, epsilon: Double)
  /// Rows and columns.
  case size(height: Int, width: Int)
  /// The type of elements.
  case type(DataType)
}

extension Tensor {
  /// Tells this tensor from others for as long as it is kept; nil for an empty one.
  public var identity: ObjectIdentifier? { handle.map(ObjectIdentifier.init) }
}
