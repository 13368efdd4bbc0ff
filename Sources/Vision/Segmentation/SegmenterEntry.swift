import Formatting
import Torch

/// A network that segments images, under the name by which it can be asked for.
public struct SegmenterEntry: ModelEntry {
  /// The name, such as `unet-16`.
  public let name: String
  /// Names that other systems use.
  public let aliases: [String]
  /// The network's source and use, in a few words.
  public let summary: String
  /// What divides the sides of every image that the network sees.
  public let stride: Int
  /// The classifier on which it stands; nil for a network that stands on none.
  public let base: ClassifierEntry?
  /// Its name without that of its classifier, where it stands on any: `unet`.
  public let head: String?
  private let build: @Sendable (_ channels: Int, _ classes: Int) -> any Layer

  init(
    _ name: String, aliases: [String] = [], _ summary: String, stride: Int,
    on base: ClassifierEntry? = nil, head: String? = nil,
    build: @escaping @Sendable (_ channels: Int, _ classes: Int) -> any Layer
  ) {
    self.name = name
    self.aliases = aliases
    self.summary = summary
    self.stride = stride
    self.base = base
    self.head = head
    self.build = build
  }

  /// Makes the network; its parameters are not yet initialized.
  ///
  /// - Returns: a layer that gives logits [N, classes, H, W] for images [N, channels, H, W].
  public func make(channels: Int = 3, classes: Int) -> any Layer { build(channels, classes) }
}
