import Torch

/// The residual networks of 18 to 152 layers for photographs, and their wide forms.
///
/// A convolution of 7 pixels and a pooling bring images to a quarter of their size; then come four
/// stages, of 64, 128, 256 and 512 channels with basic blocks, or four times as many with bottlenecks:
///
///     depth                   blocks in each stage
///     18         basic        2  2  2  2
///     34         basic        3  4  6  3
///     50         bottleneck   3  4  6  3
///     101        bottleneck   3  4 23  3
///     152        bottleneck   3  8 36  3
///
/// `resnet-50-d` is that of 50 layers as variant D: three convolutions of 3 pixels in place of the first, and shortcuts
/// that average; 23,547,754 parameters for three channels and ten classes.
///
/// - Source: He et al., *Deep Residual Learning* (2016), table 1; Zagoruyko, Komodakis, *Wide Residual Networks*
///   (2016), table 7; as torchvision defines, names and initializes them. The variant D: He et al., *Bag of Tricks*
///   (2019), figure 2; as timm's `resnet50d`.
public final class ResNet: Layer {
  private let body: ResNetBackbone
  private let fc: Linear

  /// Creates the network.
  ///
  /// - Parameters:
  ///   - widening: what the bottlenecks' middle is widened by.
  ///   - isTweaked: whether it is the variant D; see `ResNetBackbone`.
  ///   - stochasticDepth: the probability that the last block is skipped in training.
  /// - Precondition: `depth` is one of the table's.
  public init(
    depth: Int, widening: Int = 1, isTweaked: Bool = false, channels: Int, classes: Int,
    stochasticDepth: Double = 0
  ) {
    body = ResNetBackbone(
      depth: depth, widening: widening, isTweaked: isTweaked, channels: channels,
      stochasticDepth: stochasticDepth)
    fc = Linear(body.widths[3], classes)
  }

  /// The body's parts and the head, side by side.
  public var children: [(name: String, value: Any)] { body.children + [("fc", fc)] }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    fc((body.stages(x).last ?? x).mean(over: [2, 3]))
  }
}

extension ResNet {
  static let entries =
    [18, 34, 50, 101, 152].map { entry("resnet-\($0)", "He et al. (2016)", depth: $0) }
    + [50, 101].map {
      entry("wide-resnet-\($0)-2", "Zagoruyko, Komodakis (2016)", depth: $0, widening: 2)
    }
    + [entry("resnet-50-d", "He et al. (2019); timm's weights fit", depth: 50, isTweaked: true)]

  private static func entry(
    _ name: String, _ summary: String, depth: Int, widening: Int = 1, isTweaked: Bool = false
  ) -> ClassifierEntry {
    ClassifierEntry(
      name, summary, stochasticDepth: 0, hasTorchvisionLayout: !isTweaked,
      backbone: {
        ResNetBackbone(
          depth: depth, widening: widening, isTweaked: isTweaked, channels: $0, stochasticDepth: $1)
      }
    ) {
      ResNet(
        depth: depth, widening: widening, isTweaked: isTweaked, channels: $0.channels,
        classes: $0.classes, stochasticDepth: $0.stochasticDepth)
    }
  }
}
