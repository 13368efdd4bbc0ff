import Torch
import Words

/// A network that segments images, under the name by which it can be asked for.
public struct SegmenterEntry: CatalogEntry {
  /// The name, such as `unet-16`.
  public let name: String
  /// Other systems' names.
  public let aliases: [String]
  /// Where it comes from and what it is for, in a few words.
  public let summary: String
  /// What divides the sides of every image that the network sees.
  public let stride: Int
  private let build: @Sendable (_ channels: Int, _ classes: Int) -> any Layer

  init(
    _ name: String, aliases: [String] = [], _ summary: String, stride: Int,
    build: @escaping @Sendable (_ channels: Int, _ classes: Int) -> any Layer
  ) {
    self.name = name
    self.aliases = aliases
    self.summary = summary
    self.stride = stride
    self.build = build
  }

  /// Makes the network; its parameters are not yet initialized.
  ///
  /// - Returns: a layer that gives logits [N, classes, H, W] for images [N, channels, H, W].
  public func make(channels: Int = 3, classes: Int) -> any Layer { build(channels, classes) }
}
