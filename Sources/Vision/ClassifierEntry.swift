import Torch
import Words

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

  /// The name, such as `resnet-18`.
  public let name: String
  /// Other systems' names.
  public let aliases: [String]
  /// Where it comes from, and whose weights fit, in a few words.
  public let summary: String
  /// The smallest width and height of its images, in pixels.
  public let smallestImage: Int
  /// The probability of its dropout where none is chosen; nil for a network without dropout.
  public let dropout: Double?
  /// Whether it has residual blocks that training can skip.
  public let hasStochasticDepth: Bool
  /// Whether its parameters are named and shaped as torchvision's, so that its weights fit.
  public let hasTorchvisionLayout: Bool
  private let build: @Sendable (Request) -> any Layer

  init(
    _ name: String, aliases: [String] = [], _ summary: String, smallestImage: Int = 1,
    dropout: Double? = nil, hasStochasticDepth: Bool = false, hasTorchvisionLayout: Bool = false,
    build: @escaping @Sendable (Request) -> any Layer
  ) {
    self.name = name
    self.aliases = aliases
    self.summary = summary + (hasTorchvisionLayout ? "; torchvision's weights fit" : "")
    self.smallestImage = smallestImage
    self.dropout = dropout
    self.hasStochasticDepth = hasStochasticDepth
    self.hasTorchvisionLayout = hasTorchvisionLayout
    self.build = build
  }

  /// Makes the network; its parameters are not yet initialized.
  ///
  /// - Parameters:
  ///   - channels: channels of the images.
  ///   - dropout: the probability of its dropout; nil for the network's own. A network without dropout
  ///     ignores it.
  ///   - stochasticDepth: the probability with which training skips the last residual block. A network
  ///     without such blocks ignores it.
  /// - Returns: a layer that gives logits [N, classes] for images [N, channels, H, W].
  public func make(
    channels: Int, classes: Int, dropout: Double? = nil, stochasticDepth: Double = 0
  ) -> any Layer {
    build(
      Request(
        channels: channels, classes: classes, dropout: dropout ?? self.dropout ?? 0,
        stochasticDepth: stochasticDepth))
  }
}
