import Torch

/// A residual network without its head, which gives the feature maps of its four stages.
///
/// Other networks stand on it; see `ResNet` for the table of its depths.
public final class ResNetBackbone: Backbone {
  private let conv1: any Layer
  private let bn1: BatchNorm
  private let layer1, layer2, layer3, layer4: Sequential

  /// Channels of the four stages.
  let widths: [Int]
  /// Channels of the first convolution.
  private let width: Int

  private static let blocks = [
    18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3],
  ]

  /// Creates the network.
  ///
  /// - Parameters:
  ///   - width: channels of the first convolution, 64 in the paper; all others are in proportion.
  ///   - widening: what the bottlenecks' middle is widened by.
  ///   - isTweaked: whether it is the variant D: three 3x3 convolutions in place of the first 7x7 one, and shortcuts
  ///     that average where others leave out pixels; the last norm of a block is initialized to 0, as timm's.
  ///   - dilated: how many of the last stages have dilation in place of their stride.
  ///   - stochasticDepth: the probability that the last block is skipped in training.
  /// - Precondition: `depth` is one of the table's, and at least 50 for dilated stages and for the variant D.
  /// - Source: of the variant D: He et al., *Bag of Tricks for Image Classification* (2019), figure 2.
  public init(
    depth: Int, width: Int = 64, widening: Int = 1, isTweaked: Bool = false, channels: Int,
    dilated: Int = 0, stochasticDepth: Double = 0
  ) {
    guard let counts = Self.blocks[depth] else {
      preconditionFailure("The paper has no residual network of \(depth) layers.")
    }
    let isBasic = depth < 50
    self.width = width
    precondition(
      dilated == 0 && !isTweaked || !isBasic, "Only bottlenecks have dilation and the variant D.")
    widths = [1, 2, 4, 8].map { width * (isBasic ? $0 : 4 * $0) }
    let stages = residualStages(
      counts, inputs: width, widths: widths, dilated: dilated, stochasticDepth: stochasticDepth
    ) { position in
      if isBasic {
        BasicBlock(
          position.inputs, position.outputs, stride: position.stride, dropping: position.dropping)
      } else {
        Bottleneck(
          position.inputs, position.outputs, stride: position.stride, dilation: position.dilation,
          widening: widening, isTweaked: isTweaked, dropping: position.dropping)
      }
    }
    conv1 =
      isTweaked ? Self.stem(channels, width) : Convolution(channels, width, kernel: 7, stride: 2)
    bn1 = BatchNorm(width)
    (layer1, layer2, layer3, layer4) = (stages[0], stages[1], stages[2], stages[3])
  }

  private static func stem(_ channels: Int, _ width: Int) -> Sequential {
    let narrow = width / 2
    return Sequential(
      Convolution(channels, narrow, kernel: 3, stride: 2), BatchNorm(narrow), ReLU(),
      Convolution(narrow, narrow, kernel: 3), BatchNorm(narrow), ReLU(),
      Convolution(narrow, width, kernel: 3))
  }

  /// The first convolution at half the images' size, and the four stages at a quarter to a thirty-second.
  public var levels: [BackboneLevel] {
    zip([width] + widths, [2, 4, 8, 16, 32]).map(BackboneLevel.init)
  }

  /// `fc.`, the classifier's head.
  public var headPrefixes: [String] { ["fc."] }

  /// Returns what each stage makes of images [N, channels, H, W]: at a quarter, an eighth, a sixteenth and
  /// a thirty-second of their size.
  public func stages(_ x: Tensor) -> [Tensor] { Array(features(x).dropFirst()) }

  /// Returns the feature maps of the stages, and before them that of the first convolution, at half the images' size.
  public func features(_ x: Tensor) -> [Tensor] {
    let stem = bn1.relu(conv1(x))
    let first = layer1(maxPool(stem, kernel: 3, stride: 2, padding: 1))
    let second = layer2(first)
    let third = layer3(second)
    return [stem, first, second, third, layer4(third)]
  }
}
