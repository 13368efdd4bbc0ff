import Torch

/// A residual network without its head: what its four stages see in an image.
///
/// Other networks stand on it; see `ResNet` for the table of its depths.
public final class ResNetBody: Module {
  private let conv1: Convolution
  private let bn1: BatchNorm
  private let layer1, layer2, layer3, layer4: Sequential

  /// Channels of the four stages.
  let widths: [Int]

  private static let blocks = [
    18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3],
  ]

  /// Creates the network.
  ///
  /// - Parameters:
  ///   - width: channels of the first convolution, 64 in the paper; all others are in proportion.
  ///   - widening: what the bottlenecks' middle is widened by.
  ///   - stochasticDepth: the probability that training passes the last block by.
  /// - Precondition: `depth` is one of the table's.
  public init(
    depth: Int, width: Int = 64, widening: Int = 1, channels: Int, stochasticDepth: Double = 0
  ) {
    guard let counts = Self.blocks[depth] else {
      preconditionFailure("There is no residual network of \(depth) layers in the paper.")
    }
    let isBasic = depth < 50
    widths = [1, 2, 4, 8].map { width * (isBasic ? $0 : 4 * $0) }
    let stages = residualStages(
      counts, inputs: width, widths: widths, stochasticDepth: stochasticDepth
    ) { inputs, outputs, stride, dropping in
      if isBasic {
        BasicBlock(inputs, outputs, stride: stride, dropping: dropping)
      } else {
        Bottleneck(inputs, outputs, stride: stride, widening: widening, dropping: dropping)
      }
    }
    conv1 = Convolution(channels, width, kernel: 7, stride: 2)
    bn1 = BatchNorm(width)
    (layer1, layer2, layer3, layer4) = (stages[0], stages[1], stages[2], stages[3])
  }

  /// Returns what each stage makes of images [N, channels, H, W]: at a quarter, an eighth, a sixteenth and
  /// a thirty-second of their size.
  public func stages(_ x: Tensor) -> [Tensor] {
    let stem = maxPool(bn1.relu(conv1(x)), kernel: 3, stride: 2, padding: 1)
    let first = layer1(stem)
    let second = layer2(first)
    let third = layer3(second)
    return [first, second, third, layer4(third)]
  }
}
