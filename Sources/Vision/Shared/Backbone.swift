import Torch

/// A network without its head, whose feature maps, from fine to coarse, other networks are built on.
public protocol Backbone: DepthScope {
  /// Channels of each level and by what its images are smaller, the finest first.
  var levels: [BackboneLevel] { get }
  /// The head's names that a classifier has beside it, by how they begin: `fc.`.
  var headPrefixes: [String] { get }
  /// The names that other systems give to the classifier's layers.
  var layouts: [ParameterNaming] { get }
  /// Whether sides that a level's stride does not divide are rounded down, and not up.
  var roundsDown: Bool { get }
  /// Returns each level's feature maps of images [N, channels, H, W]: [N, level's channels, H / stride, W / stride].
  func features(_ x: Tensor) -> [Tensor]
}

extension Backbone {
  /// By default empty: no other system's names are known.
  public var layouts: [ParameterNaming] { [] }
  /// By default false: convolutions are padded, so sides are rounded up.
  public var roundsDown: Bool { false }
}

/// A level of a backbone.
public struct BackboneLevel: Sendable, Hashable {
  /// The number of channels.
  public let channels: Int
  /// By what its images are smaller than the network's.
  public let stride: Int
}

/// The names that another system gives to a network's layers.
public struct ParameterNaming: Sendable, Hashable {
  /// Whose names they are.
  let system: String
  /// The network's own name of a layer by the other one.
  let names: [String: String]
  /// What is to be known about weights with these names, if anything.
  var note: String?

  /// Returns the own name of a tensor that the other system names.
  func ownName(of name: Substring) -> String? {
    guard let dot = name.lastIndex(of: "."), let layer = names[String(name[..<dot])] else {
      return nil
    }
    return layer + name[dot...]
  }
}

/// A network that stands on a backbone, whose weights may come from another task.
public protocol BackboneNetwork: Module {
  /// What it stands on.
  var encoder: any Backbone { get }
}

/// A backbone and a head on its last level.
final class BackboneClassifier: Layer {
  let backbone: any Backbone
  private let head: Sequential

  /// Creates a network; the head is given what the last level sees, and its parts lie beside the backbone's.
  init(_ backbone: any Backbone, head: Sequential) {
    (self.backbone, self.head) = (backbone, head)
  }

  var children: [(name: String, value: Any)] { backbone.children + head.children }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  func callAsFunction(_ x: Tensor) -> Tensor { head(backbone.features(x).last ?? x) }
}
