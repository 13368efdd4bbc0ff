import Torch

/// A segmenter with a second head, whose loss is added while it trains.
public protocol AuxiliaryHead: Layer {
  /// What the second head's loss is multiplied by.
  var auxiliaryFactor: Double { get }

  /// Returns the logits of both heads, [N, classes, H, W] each, for images [N, channels, H, W].
  func allLogits(_ x: Tensor) -> (logits: Tensor, auxiliary: Tensor)
}
