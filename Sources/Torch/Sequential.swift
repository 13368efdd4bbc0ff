/// Layers, one after another; named by their places, 0, 1, 2, ..., or as one likes.
public final class Sequential: Layer {
  private let layers: [(name: String, layer: any Layer)]

  /// Creates a chain of layers with names of their own.
  public init(named layers: [(name: String, layer: any Layer)]) { self.layers = layers }

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
    layers.reduce(x) { $1.layer($0) }
  }
}

/// A function as a layer: `Function(relu)`.
public final class Function: Layer {
  private let body: (Tensor) -> Tensor

  /// Creates a layer without parameters.
  public init(_ body: @escaping (Tensor) -> Tensor) { self.body = body }

  /// Returns the function's value.
  public func callAsFunction(_ x: Tensor) -> Tensor { body(x) }
}
