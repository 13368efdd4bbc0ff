/// Layers, one after another; named by their places, 0, 1, 2, ..., or as one likes.
///
/// A `ReLU` behind a `BatchNorm` is computed with it in one pass over the images, where that can be done.
public final class Sequential: Layer {
  private let layers: [(name: String, layer: any Layer)]
  /// What each layer does, a batch norm and a ReLU behind it together.
  private let steps: [(Tensor) -> Tensor]

  /// Creates a chain of layers with names of their own.
  public init(named layers: [(name: String, layer: any Layer)]) {
    self.layers = layers
    var steps: [(Tensor) -> Tensor] = []
    var rest = layers.map(\.layer)[...]
    while let layer = rest.popFirst() {
      if let norm = layer as? BatchNorm, let relu = rest.first as? ReLU {
        steps.append { norm.relu($0, ceiling: relu.ceiling) }
        rest.removeFirst()
      } else {
        steps.append { layer($0) }
      }
    }
    self.steps = steps
  }

  /// Creates a chain of layers.
  public convenience init(_ layers: [any Layer]) {
    self.init(named: layers.enumerated().map { (String($0.offset), $0.element) })
  }

  /// Creates a chain of layers.
  public convenience init(_ layers: any Layer...) { self.init(layers) }

  /// The layers by their names.
  public var children: [(name: String, value: Any)] { layers.map { ($0.name, $0.layer) } }

  /// Returns what comes out of the last layer.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    steps.reduce(x) { $1($0) }
  }
}

/// A rectified linear unit: what is below 0 becomes 0.
public final class ReLU: Layer {
  /// What larger values become: 6 in ReLU6, infinity in a plain one.
  public let ceiling: Double

  /// Creates a layer without parameters.
  public init(ceiling: Double = .infinity) { self.ceiling = ceiling }

  /// Returns x between 0 and the ceiling.
  public func callAsFunction(_ x: Tensor) -> Tensor { relu(x, ceiling: ceiling) }
}

/// A function as a layer: `Function(sigmoid)`.
public final class Function: Layer {
  private let body: (Tensor) -> Tensor

  /// Creates a layer without parameters.
  public init(_ body: @escaping (Tensor) -> Tensor) { self.body = body }

  /// Returns the function's value.
  public func callAsFunction(_ x: Tensor) -> Tensor { body(x) }
}
