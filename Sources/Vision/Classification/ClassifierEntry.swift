import Formatting
import Torch

/// A network that classifies images, under the name by which it can be asked for.
public struct ClassifierEntry: CatalogEntry {
  /// What a network is made for.
  struct Request {
    /// Channels of the images.
    let channels: Int
    /// Classes.
    let classes: Int
    /// The probability of its dropout.
    let dropout: Double
    /// The probability with which training skips the last residual block.
    let stochasticDepth: Double
  }

  /// What kind of network it is, as far as the way in which it is fine-tuned depends on it.
  public enum Family: Sendable {
    /// Networks of ordinary convolutions, most with batch norms: ResNets and older ones.
    case convolutional
    /// Networks of depthwise convolutions with batch norms: EfficientNets and MobileNets.
    case depthwise
    /// Networks with layer norms: vision transformers, and ConvNeXt.
    case transformer
  }

  /// The name, such as `resnet-18`.
  public let name: String
  /// Names that other systems use.
  public let aliases: [String]
  /// The network's source, and whose weights fit, in a few words.
  public let summary: String
  /// The smallest width and height of its images, in pixels.
  public let smallestImage: Int
  /// The patch size, of which both sides of its images are multiples; 1 for a network without patches.
  public let patch: Int
  /// The side of the images for which it has position embeddings; for others they are interpolated.
  ///
  /// Nil for a network without position embeddings.
  public let positionedImage: Int?
  /// The probability of its dropout where none is chosen; nil for a network without dropout.
  public let dropout: Double?
  /// The probability with which training skips its last block where none is chosen; nil for a network without blocks
  /// that can be skipped.
  public let stochasticDepth: Double?
  /// What kind of network it is.
  public let family: Family
  /// Whether its parameters are named and shaped as torchvision's, so that its weights fit.
  public let hasTorchvisionLayout: Bool
  private let build: @Sendable (Request) -> any Layer
  private let backbone: (@Sendable (_ channels: Int, _ stochasticDepth: Double) -> any Backbone)?

  /// Describes a network, and if other networks can stand on it, how it is made without its head.
  init(
    _ name: String, aliases: [String] = [], _ summary: String, smallestImage: Int = 1,
    patch: Int = 1,
    positionedImage: Int? = nil, dropout: Double? = nil, stochasticDepth: Double? = nil,
    hasTorchvisionLayout: Bool = false, family: Family = .convolutional,
    backbone: (@Sendable (_ channels: Int, _ stochasticDepth: Double) -> any Backbone)? = nil,
    build: @escaping @Sendable (Request) -> any Layer
  ) {
    self.name = name
    self.aliases = aliases
    self.summary = summary + (hasTorchvisionLayout ? "; torchvision's weights fit" : "")
    self.smallestImage = smallestImage
    self.patch = patch
    self.positionedImage = positionedImage
    self.dropout = dropout
    self.stochasticDepth = stochasticDepth
    self.hasTorchvisionLayout = hasTorchvisionLayout
    self.family = family
    self.backbone = backbone
    self.build = build
  }

  /// Describes a network that is a backbone with a head on its last level.
  init(
    _ name: String, aliases: [String] = [], _ summary: String, smallestImage: Int = 1,
    dropout: Double? = nil, stochasticDepth: Double? = nil, hasTorchvisionLayout: Bool = false,
    family: Family = .convolutional,
    backbone: @escaping @Sendable (_ channels: Int, _ stochasticDepth: Double) -> any Backbone,
    head: @escaping @Sendable (_ inputs: Int, Request) -> Sequential
  ) {
    self.init(
      name, aliases: aliases, summary, smallestImage: smallestImage, dropout: dropout,
      stochasticDepth: stochasticDepth,
      hasTorchvisionLayout: hasTorchvisionLayout, family: family, backbone: backbone
    ) { request in
      let body = backbone(request.channels, request.stochasticDepth)
      return BackboneClassifier(body, head: head(body.levels.last?.channels ?? 0, request))
    }
  }

  /// Makes the network; its parameters are not yet initialized.
  ///
  /// - Parameters:
  ///   - channels: channels of the images.
  ///   - dropout: the probability of its dropout; nil for the network's own. A network without dropout
  ///     ignores it.
  ///   - stochasticDepth: the probability with which training skips the last residual block; nil for the network's
  ///     own. A network without such blocks ignores it.
  /// - Returns: a layer that gives logits [N, classes] for images [N, channels, H, W].
  public func make(
    channels: Int, classes: Int, dropout: Double? = nil, stochasticDepth: Double? = nil
  ) -> any Layer {
    build(
      Request(
        channels: channels, classes: classes, dropout: dropout ?? self.dropout ?? 0,
        stochasticDepth: stochasticDepth ?? self.stochasticDepth ?? 0))
  }

  /// Makes the network without its head for images of so many channels, as others stand on it.
  ///
  /// Its parameters are not yet initialized. Nil for a network without levels.
  public var encoder: (@Sendable (_ channels: Int) -> any Backbone)? {
    guard let backbone else { return nil }
    return { backbone($0, 0) }
  }
}
