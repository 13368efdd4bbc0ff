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
  private let conv1: Convolution
  private let bn1 = BatchNorm(64)
  private let layer1, layer2, layer3, layer4: Sequential
  private let fc: Linear

  private static let blocks = [
    18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3],
  ]

  /// Creates the network.
  ///
  /// - Parameters:
  ///   - widening: what the bottlenecks' middle is widened by.
  ///   - stochasticDepth: the probability that training passes the last block by.
  /// - Precondition: `depth` is one of the table's.
  public init(
    depth: Int, widening: Int = 1, channels: Int, classes: Int, stochasticDepth: Double = 0
  ) {
    guard let counts = Self.blocks[depth] else {
      preconditionFailure("There is no residual network of \(depth) layers in the paper.")
    }
    let isBasic = depth < 50
    let widths = [64, 128, 256, 512].map { isBasic ? $0 : 4 * $0 }
    let stages = residualStages(
      counts, inputs: 64, widths: widths, stochasticDepth: stochasticDepth
    ) { inputs, outputs, stride, dropping in
      if isBasic {
        BasicBlock(inputs, outputs, stride: stride, dropping: dropping)
      } else {
        Bottleneck(inputs, outputs, stride: stride, widening: widening, dropping: dropping)
      }
    }
    conv1 = Convolution(channels, 64, kernel: 7, stride: 2)
    (layer1, layer2, layer3, layer4) = (stages[0], stages[1], stages[2], stages[3])
    fc = Linear(widths[3], classes)
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let stem = maxPool(bn1.relu(conv1(x)), kernel: 3, stride: 2, padding: 1)
    let features = layer4(layer3(layer2(layer1(stem))))
    return fc(features.mean(over: [2, 3]))
  }
}
