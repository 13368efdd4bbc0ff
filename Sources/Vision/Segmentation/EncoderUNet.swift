import Formatting
import Torch

/// A U-Net whose way down is a classifier's backbone, which may have been trained on other images.
///
/// Each step up makes images twice as large, and gets the backbone's level of that size where there is one: of ResNets at
/// a half, a quarter, an eighth and a sixteenth of the image's size. The last step, to the image's own size, has
/// nothing beside it.
///
/// - Source: Ronneberger, Fischer, Brox, *U-Net* (2015); He et al., *Deep Residual Learning* (2016).
public final class EncoderUNet: Layer, BackboneNetwork {
  private let backbone: any Backbone
  private let up: [TransposedConvolution]
  private let decoder: [DoubleConvolution]
  private let head: Convolution

  /// Channels of the decoder's stages, the last of them at the image's own size.
  private static let widths = [256, 128, 64, 32, 16]

  /// Creates the network on a backbone.
  ///
  /// - Precondition: the backbone's last level lies at a thirty-second of the image's size.
  public init(_ backbone: any Backbone, classes: Int) {
    self.backbone = backbone
    precondition(
      backbone.levels.last?.stride == 1 << Self.widths.count, "The decoder has five stages.")
    let strides = Self.widths.indices.reversed().map { 1 << $0 }
    let beside = strides.map { stride in
      backbone.levels.first { $0.stride == stride }?.channels ?? 0
    }
    let below = [backbone.levels.last?.channels ?? 0] + Self.widths.dropLast()
    up = zip(below, Self.widths).map { TransposedConvolution($0, $1) }
    decoder = zip(beside, Self.widths).map { DoubleConvolution($0 + $1, $1, norms: true) }
    head = Convolution(16, classes, kernel: 1, bias: true, weights: .uniformFanIn, biases: .uniformFanIn)
  }

  /// The way down, named as the classifier is.
  public var encoder: any Backbone { backbone }
  /// The last convolution.
  public var heads: [String] { ["head"] }

  /// Returns logits [N, classes, H, W] for images [N, channels, H, W] whose sides 32 divides.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    var seen = backbone.features(x)
    guard var x = seen.popLast() else { return x }
    for (up, block) in zip(up, decoder) {
      let larger = up(x)
      // Every level but the last lies beside one step.
      let isBeside = seen.last.map { $0.size(2) == larger.size(2) } ?? false
      let level = isBeside ? seen.popLast() : nil
      x = block(level.map { .concatenated([$0, larger], along: 1) } ?? larger)
    }
    return head(x)
  }
}

extension EncoderUNet {
  /// U-Nets on any encoder, of which three are listed.
  static let models = ModelFamily(head: "unet", on: ["resnet-18", "resnet-34", "resnet-50"]) {
    name, base, encoder in
    SegmenterEntry(name, "a U-Net on \(base.name)", stride: 32, on: base, head: "unet") {
      EncoderUNet(encoder($0), classes: $1)
    }
  }
}
