import Foundation
import Numbers
import SwiftProtobuf
import Torch

/// A network as an ONNX graph, built of what it was seen to compute.
///
///     let (logits, recording) = Recording.of(images) { model(images) }
///     let graph = ONNXGraph(named: "resnet-18", weights: model.namedTensors)
///     graph.addInput("images", images, [.named("batch"), .fixed(3), .fixed(224), .fixed(224)])
///     try graph.add(recording)
///     graph.addOutput("logits", logits, [.named("batch"), .fixed(10)])
///     try graph.write(metadata: [:], to: writer)
///
/// The first dimension of the inputs may have any length when the graph is used, whatever it was when it was recorded.
public final class ONNXGraph {
  /// The version of ONNX's operators, of ONNX 1.15 (2023).
  public static let opset = 20
  private static let formatVersion: Int64 = 9

  /// A length of an input or an output.
  public enum Length: Sendable {
    /// A fixed length.
    case fixed(Int)
    /// Chosen when the graph is used.
    case named(String)
  }

  /// What a node is given beside values.
  enum Attribute {
    case int(Int)
    case ints([Int])
    case float(Double)
    case string(String)
  }

  private var graph = Onnx_GraphProto()
  private var names: [ObjectIdentifier: String] = [:]
  private let weightNames: [ObjectIdentifier: String]
  /// The tensors whose elements the file holds, by their names there.
  private(set) var weights: [(name: String, tensor: Tensor)] = []
  /// Keeps recorded tensors, so that no other takes the place of one.
  private var kept: [Recording] = []
  private var count = 0

  /// Creates a graph without nodes.
  ///
  /// - Parameter weights: the names that tensors have in the file where a node reads them.
  public init(named name: String, weights: [(String, Tensor)]) {
    graph.name = name
    weightNames = Dictionary(
      weights.compactMap { name, tensor in tensor.identity.map { ($0, name) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// Adds an input; a tensor that a recording began with is its example.
  public func addInput(_ name: String, _ tensor: Tensor, _ lengths: [Length]) {
    if let identity = tensor.identity { names[identity] = name }
    graph.input.append(Self.info(name, tensor.type, lengths))
  }

  /// Adds the operations of a recording.
  ///
  /// - Throws: `ONNXError` for one that ONNX does not have.
  public func add(_ recording: Recording) throws {
    kept.append(recording)
    let images = recording.inputs.first?.size(0) ?? 1
    for step in recording.steps {
      guard let identity = step.output.identity else {
        throw ONNXError.lacks(operation: step.operation)
      }
      names[identity] = try value(of: step, images: images)
    }
  }

  /// Adds an output that a recording computed.
  public func addOutput(_ name: String, _ tensor: Tensor, _ lengths: [Length]) {
    addOutput(name, value(tensor), tensor.type, lengths)
  }

  func addOutput(_ name: String, _ value: String, _ type: DataType, _ lengths: [Length]) {
    add("Identity", [value], giving: name)
    graph.output.append(Self.info(name, type, lengths))
  }

  // MARK: Nodes and values

  /// Returns the name of a tensor's value; of one that no node gives, it is among the weights.
  func value(_ tensor: Tensor) -> String {
    guard let identity = tensor.identity else { return "" }
    if let name = names[identity] { return name }
    let name = weightNames[identity] ?? newName("constant")
    names[identity] = name
    weights.append((name, tensor))
    return name
  }

  /// Adds a node, and returns its value's name.
  func node(
    _ operation: String, _ inputs: [String], _ attributes: [(String, Attribute)] = []
  ) -> String {
    let name = newName(operation)
    add(operation, inputs, attributes, giving: name)
    return name
  }

  /// Adds a node of two values, and returns their names.
  func pair(
    _ operation: String, _ inputs: [String], _ attributes: [(String, Attribute)]
  ) -> (String, String) {
    let name = newName(operation)
    add(operation, inputs, attributes, giving: name, name + "_indices")
    return (name, name + "_indices")
  }

  func constant(_ numbers: [Int]) -> String {
    constant(Tensor(numbers.map(Int64.init), shape: [numbers.count]))
  }

  func constant(_ number: Double) -> String { constant(Tensor([Float(number)], shape: [])) }

  func constant(_ tensor: Tensor) -> String {
    let name = newName("constant")
    weights.append((name, tensor))
    return name
  }

  private func newName(_ stem: String) -> String {
    count += 1
    return "\(stem.lowercased())_\(count)"
  }

  private func add(
    _ operation: String, _ inputs: [String], _ attributes: [(String, Attribute)] = [],
    giving outputs: String...
  ) {
    graph.node.append(
      .with {
        $0.opType = operation
        $0.name = outputs[0]
        $0.input = inputs
        $0.output = outputs
        $0.attribute = attributes.map { name, value in
          .with {
            $0.name = name
            switch value {
            case .int(let number): ($0.type, $0.i) = (.int, Int64(number))
            case .ints(let numbers): ($0.type, $0.ints) = (.ints, numbers.map(Int64.init))
            case .float(let number): ($0.type, $0.f) = (.float, Float(number))
            case .string(let text): ($0.type, $0.s) = (.string, Data(text.utf8))
            }
          }
        }
      })
  }

  private static func info(
    _ name: String, _ type: DataType, _ lengths: [Length]
  ) -> Onnx_ValueInfoProto {
    .with {
      $0.name = name
      $0.type.tensorType.elemType = Int32(type.onnx.rawValue)
      $0.type.tensorType.shape.dim = lengths.map { length in
        .with {
          switch length {
          case .fixed(let length): $0.dimValue = Int64(length)
          case .named(let name): $0.dimParam = name
          }
        }
      }
    }
  }

  // MARK: The file

  /// Bytes of all weights.
  public var weightBytes: Int {
    weights.reduce(0) {
      $0.addingOrMax($1.tensor.count.multipliedOrMax(by: $1.tensor.type.byteCount))
    }
  }

  /// Writes the file, and what a protocol buffer cannot hold into another.
  ///
  /// - Parameters:
  ///   - metadata: what a program can ask the file for.
  ///   - version: Rondo's version.
  ///   - data: the file beside it that takes the weights, by its name in the same folder; nil to have them inside.
  /// - Throws: `FileError`, `TorchError`; what SwiftProtobuf throws for a message above 2 GiB.
  public func write(
    metadata: [String: String], version: String, to write: (Data) throws -> Void,
    data: (name: String, write: (Data) throws -> Void)? = nil
  ) throws {
    var model = Onnx_ModelProto.with {
      $0.irVersion = Self.formatVersion
      $0.opsetImport = [.with { ($0.domain, $0.version) = ("", Int64(Self.opset)) }]
      ($0.producerName, $0.producerVersion) = ("rondo", version)
      $0.metadataProps = metadata.sorted { $0.key < $1.key }.map { key, value in
        .with { ($0.key, $0.value) = (key, value) }
      }
    }
    var offset = 0
    var graph = graph
    graph.initializer = try weights.map { name, tensor in
      let bytes = Data(try tensor.readBytes())
      var weight = Onnx_TensorProto.with {
        $0.name = name
        $0.dims = tensor.shape.map(Int64.init)
        $0.dataType = Int32(tensor.type.onnx.rawValue)
      }
      // What shapes are computed from stays inside, where every program looks for it.
      if let data, bytes.count >= 1024 {
        try data.write(bytes)
        weight.dataLocation = .external
        weight.externalData = [
          ("location", data.name), ("offset", "\(offset)"), ("length", "\(bytes.count)"),
        ].map { key, value in .with { ($0.key, $0.value) = (key, value) } }
        offset += bytes.count
      } else {
        weight.rawData = bytes
      }
      return weight
    }
    model.graph = graph
    try write(try model.serializedData())
  }
}

extension DataType {
  fileprivate var onnx: Onnx_TensorProto.DataType {
    switch self {
    case .uint8: .uint8
    case .int32: .int32
    case .int64: .int64
    case .float16: .float16
    case .float32: .float
    case .float64: .double
    case .bool: .bool
    case .bfloat16: .bfloat16
    }
  }

  /// The number that ONNX has for the type.
  var onnxNumber: Int { onnx.rawValue }
}
