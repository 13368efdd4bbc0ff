import Torch

/// A U-Net whose way down is a residual network, which may have been trained on other images.
///
/// The levels lie at a half, a quarter, an eighth, a sixteenth and a thirty-second of the image's size;
/// the last step up, to the image's own size, has nothing beside it.
///
/// - Source: Ronneberger, Fischer, Brox, *U-Net* (2015); He et al., *Deep Residual Learning* (2016).
public final class ResNetUNet: Layer, BackboneNetwork {
  private let backbone: ResNetBody
  private let up: [TransposedConvolution]
  private let decoder: [DoubleConvolution]
  private let head: Convolution

  /// Channels on the way up, from a sixteenth of the image's size to all of it.
  private static let widths = [256, 128, 64, 32, 16]

  /// Creates the network on a residual network of this depth; see `ResNet` for those that there are.
  public init(depth: Int, channels: Int, classes: Int) {
    backbone = ResNetBody(depth: depth, channels: channels)
    let below = [backbone.widths[3]] + Self.widths.dropLast()
    let beside = backbone.widths.prefix(3).reversed() + [64, 0]
    up = zip(below, Self.widths).map { TransposedConvolution($0, $1) }
    decoder = zip(beside, Self.widths).map { DoubleConvolution($0 + $1, $1, norms: true) }
    head = Convolution(16, classes, kernel: 1, bias: true, weights: .even, biases: .even)
  }

  /// The way down, named as torchvision's ResNet.
  public var residualNetwork: ResNetBody { backbone }
  /// The last convolution.
  public var heads: [String] { ["head"] }

  /// Returns logits [N, classes, H, W] for images [N, channels, H, W] whose sides 32 divides.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    var seen = backbone.levels(x)
    guard var x = seen.popLast() else { return x }
    for (up, block) in zip(up, decoder) {
      let larger = up(x)
      x = block(seen.popLast().map { .concatenated([$0, larger], along: 1) } ?? larger)
    }
    return head(x)
  }
}

extension ResNetUNet {
  static let entries = [18, 34, 50].map { depth in
    SegmenterEntry("unet-resnet-\(depth)", "a U-Net on a residual network", stride: 32) {
      ResNetUNet(depth: depth, channels: $0, classes: $1)
    }
  }
}
