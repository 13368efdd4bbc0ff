/// A tensor that is trained.
public final class Parameter {
  /// The tensor of values, a leaf of the graph.
  public private(set) var value: Tensor

  /// Creates a parameter that starts as this tensor.
  public init(_ value: Tensor) {
    self.value = value
    value.requiresGradient = true
  }

  /// Whether the parameter is left out of training.
  public var isFrozen: Bool {
    get { !value.requiresGradient }
    set { value.requiresGradient = !newValue }
  }

  func move(to device: Device) {
    guard value.device != device else { return }
    let frozen = isFrozen
    value = withoutGradient { value.detached().to(device) }
    isFrozen = frozen
  }

  func convert(to type: DataType) {
    let frozen = isFrozen
    value = withoutGradient { value.detached().to(type) }
    isFrozen = frozen
  }

  func useChannelsLast() {
    guard value.rank == 4 else { return }
    let frozen = isFrozen
    value = withoutGradient { value.detached().channelsLast() }
    isFrozen = frozen
  }
}

/// A tensor that belongs to a model and is not trained, such as a running mean.
public final class Buffer {
  /// The tensor of values.
  public private(set) var value: Tensor

  /// Creates a buffer that starts as this tensor.
  public init(_ value: Tensor) { self.value = value }

  func move(to device: Device) { value = value.to(device) }

  func convert(to type: DataType) { value = value.to(type) }
}

/// A part of a model: a layer, a block, the whole.
///
/// Its parameters are found by looking at its properties, and named as torchvision names them:
/// `layer1.0.conv1.weight`. A property's name is written with underscores, an array's elements are
/// numbered, an optional that is nil is skipped.
public protocol Module: AnyObject {
  /// What the module consists of, by name. By default its stored properties.
  var children: [(name: String, value: Any)] { get }
  /// The names of the classification layers, which are replaced where the classes differ.
  /// By default the last linear layer, where there is one.
  var heads: [String] { get }
}

/// A module with one input tensor and one output tensor.
public protocol Layer: Module {
  /// Returns the layer's output for an input.
  func callAsFunction(_ x: Tensor) -> Tensor
}

/// A module that behaves otherwise in training than in evaluation.
public protocol TrainingModeModule: Module {
  /// Whether the module is being trained.
  var isTraining: Bool { get set }
}

/// A module with parameters of its own, which initializes them.
public protocol InitializableModule: Module {
  /// Fills the parameters; each call of `nextSeed` names another stream of random numbers.
  func initialize(nextSeed: () -> UInt64)
}

extension Module {
  /// The stored properties, inherited ones first, in the order of their declaration.
  public var children: [(name: String, value: Any)] {
    var mirrors: [Mirror] = []
    var mirror: Mirror? = Mirror(reflecting: self)
    while let current = mirror {
      mirrors.insert(current, at: 0)
      mirror = current.superclassMirror
    }
    return mirrors.flatMap { mirror in
      mirror.children.compactMap { child in child.label.map { ($0.snakeCased, child.value) } }
    }
  }

  /// The last linear layer's name, where there is one.
  public var heads: [String] {
    namedModules.last { $0.1 is Linear }.map { [$0.0] } ?? []
  }

  /// The trainable tensors with their full names, in a fixed order.
  public var namedParameters: [(String, Parameter)] {
    var found: [(String, Parameter)] = []
    visit("") { name, value in
      if let parameter = value as? Parameter { found.append((name, parameter)) }
    }
    return found
  }

  /// The tensors that are stored and not trained, with their full names, in a fixed order.
  public var namedBuffers: [(String, Buffer)] {
    var found: [(String, Buffer)] = []
    visit("") { name, value in
      if let buffer = value as? Buffer { found.append((name, buffer)) }
    }
    return found
  }

  /// Everything that is saved of the model: parameters, then buffers, with their full names.
  public var namedTensors: [(String, Tensor)] {
    namedParameters.map { ($0.0, $0.1.value) } + namedBuffers.map { ($0.0, $0.1.value) }
  }

  /// This module and all it consists of, with their full names, in a fixed order.
  public var namedModules: [(String, any Module)] {
    var found: [(String, any Module)] = [("", self)]
    visit("") { name, value in
      if let module = value as? any Module { found.append((name, module)) }
    }
    return found
  }

  /// The number of trainable parameters.
  public var parameterCount: Int { namedParameters.reduce(0) { $0 + $1.1.value.count } }

  /// Puts the model in training mode, or in evaluation mode.
  public func setTraining(_ isTraining: Bool) {
    for case (_, let module as any TrainingModeModule) in namedModules { module.isTraining = isTraining }
  }

  /// Moves all tensors to a device.
  public func move(to device: Device) {
    for (_, parameter) in namedParameters { parameter.move(to: device) }
    for (_, buffer) in namedBuffers { buffer.move(to: device) }
  }

  /// Converts all parameters and buffers to another precision.
  ///
  /// In double precision a model gives the same on every machine to ten digits and more: sums in another
  /// order differ in their last bits alone, which deep networks enlarge.
  public func convert(to type: DataType) {
    for (_, parameter) in namedParameters { parameter.convert(to: type) }
    for (_, buffer) in namedBuffers { buffer.convert(to: type) }
  }

  /// Lays out filters channels-last, as convolutions of channels-last images want them.
  public func useChannelsLast() {
    for (_, parameter) in namedParameters { parameter.useChannelsLast() }
  }

  private func visit(_ prefix: String, _ body: (String, Any) -> Void) {
    for (name, value) in children { walk(value, named: prefix + name, body) }
  }

  private func walk(_ value: Any, named name: String, _ body: (String, Any) -> Void) {
    switch value {
    case is Parameter, is Buffer:
      body(name, value)
    case let module as any Module:
      body(name, module)
      module.visit(name + ".", body)
    default:
      let mirror = Mirror(reflecting: value)
      if mirror.displayStyle == .optional, let wrapped = mirror.children.first?.value {
        walk(wrapped, named: name, body)
      } else if mirror.displayStyle == .collection {
        for (index, element) in mirror.children.enumerated() {
          walk(element.value, named: "\(name).\(index)", body)
        }
      }
    }
  }
}

extension String {
  /// The name with its capitals turned into underscores: `runningMean` gives `running_mean`.
  fileprivate var snakeCased: String {
    reduce(into: "") { name, character in
      if character.isUppercase {
        name += "_" + character.lowercased()
      } else {
        name.append(character)
      }
    }
  }
}
