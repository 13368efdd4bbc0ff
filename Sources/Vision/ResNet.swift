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
/// - Source: He et al., *Deep Residual Learning* (2016), table 1; Zagoruyko, Komodakis, *Wide Residual
///   Networks* (2016), table 7; as torchvision defines, names and begins them.
public final class ResNet: Layer {
  private let body: ResNetBody
  private let fc: Linear

  /// Creates the network.
  ///
  /// - Parameters:
  ///   - widening: what the bottlenecks' middle is widened by.
  ///   - stochasticDepth: the probability that training passes the last block by.
  /// - Precondition: `depth` is one of the table's.
  public init(
    depth: Int, widening: Int = 1, channels: Int, classes: Int, stochasticDepth: Double = 0
  ) {
    body = ResNetBody(
      depth: depth, widening: widening, channels: channels, stochasticDepth: stochasticDepth)
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
    [18, 34, 50, 101, 152].map { entry("resnet-\($0)", depth: $0, widening: 1) }
    + [50, 101].map { entry("wide-resnet-\($0)-2", depth: $0, widening: 2) }

  private static func entry(_ name: String, depth: Int, widening: Int) -> ClassifierEntry {
    ClassifierEntry(
      name, widening == 1 ? "He et al. (2016)" : "Zagoruyko, Komodakis (2016)",
      stochasticDepth: 0, hasTorchvisionLayout: true,
      backbone: {
        ResNetBody(depth: depth, widening: widening, channels: $0, stochasticDepth: $1)
      }
    ) {
      ResNet(
        depth: depth, widening: widening, channels: $0.channels, classes: $0.classes,
        stochasticDepth: $0.stochasticDepth)
    }
  }
}
