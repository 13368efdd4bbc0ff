import Torch

/// The residual networks for images of 32 pixels whose norms stand before the convolutions.
///
/// Three stages at full, half and quarter size. Basic blocks (6n + 2 layers, as 110) are 16, 32 and 64
/// channels wide, bottlenecks (9n + 2 layers, as 164) four times as many.
///
/// - Source: He et al., *Identity Mappings in Deep Residual Networks* (2016), section 5 and table 3.
public final class PreActivationResNet: Layer {
  private let conv1: Convolution
  private let layer1, layer2, layer3: Sequential
  private let bn1: BatchNorm
  private let fc: Linear

  /// Creates the network.
  ///
  /// - Parameter stochasticDepth: the probability that the last block is skipped in training.
  /// - Precondition: `depth` is 9n + 2 with bottlenecks, else 6n + 2.
  public convenience init(
    depth: Int, bottlenecks: Bool, channels: Int, classes: Int, stochasticDepth: Double = 0
  ) {
    let unit = bottlenecks ? 9 : 6
    precondition(depth > 2 && depth % unit == 2, "A depth of \(depth) is not \(unit)n + 2.")
    self.init(
      blocks: (depth - 2) / unit, widths: [16, 32, 64].map { bottlenecks ? 4 * $0 : $0 },
      channels: channels, classes: classes, stochasticDepth: stochasticDepth
    ) { position in
      if bottlenecks {
        PreActivationBottleneck(
          position.inputs, position.outputs, stride: position.stride, dropping: position.dropping)
      } else {
        PreActivationBlock(
          position.inputs, position.outputs, stride: position.stride, dropping: position.dropping)
      }
    }
  }

  /// Creates a network of three stages of so many blocks.
  init(
    blocks: Int, widths: [Int], channels: Int, classes: Int, stochasticDepth: Double,
    block: (BlockPosition) -> any Layer
  ) {
    let stages = residualStages(
      [blocks, blocks, blocks], inputs: 16, widths: widths, stochasticDepth: stochasticDepth,
      block: block)
    conv1 = Convolution(channels, 16, kernel: 3)
    (layer1, layer2, layer3) = (stages[0], stages[1], stages[2])
    bn1 = BatchNorm(widths[2])
    fc = Linear(widths[2], classes)
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let features = bn1.relu(layer3(layer2(layer1(conv1(x)))))
    return fc(features.mean(over: [2, 3]))
  }
}

extension PreActivationResNet {
  static let entries =
    [(20, false), (110, false), (164, true)].map { depth, bottlenecks in
      ClassifierEntry(
        "preact-resnet-\(depth)", "He et al. (2016), identity mappings", stochasticDepth: 0
      ) {
        PreActivationResNet(
          depth: depth, bottlenecks: bottlenecks, channels: $0.channels, classes: $0.classes,
          stochasticDepth: $0.stochasticDepth)
      }
    } + wideEntries
}

extension PreActivationResNet {
  /// Creates a wide residual network, such as WRN-28-10: depth 28, ten times as wide.
  ///
  /// Three stages of (depth - 4) / 6 blocks, 16, 32 and 64 channels wide times `widening`.
  ///
  /// - Parameters:
  ///   - dropout: the probability of dropout between a block's convolutions; the paper takes 0.3
  ///     where it has dropout.
  ///   - stochasticDepth: the probability that the last block is skipped in training.
  /// - Precondition: `depth` is 6n + 4.
  /// - Source: Zagoruyko, Komodakis, *Wide Residual Networks* (2016), table 1, B(3, 3).
  public convenience init(
    depth: Int, widening: Int, channels: Int, classes: Int, dropout: Double = 0,
    stochasticDepth: Double = 0
  ) {
    precondition(depth >= 10 && depth % 6 == 4, "A depth of \(depth) is not 6n + 4.")
    self.init(
      blocks: (depth - 4) / 6, widths: [16, 32, 64].map { $0 * widening }, channels: channels,
      classes: classes, stochasticDepth: stochasticDepth
    ) {
      PreActivationBlock(
        $0.inputs, $0.outputs, stride: $0.stride, dropout: dropout, dropping: $0.dropping)
    }
  }

  static let wideEntries = [(16, 4), (28, 10)].map { depth, widening in
    ClassifierEntry(
      "wide-resnet-\(depth)-\(widening)", aliases: ["wrn-\(depth)-\(widening)"],
      "Zagoruyko, Komodakis (2016)", dropout: 0, stochasticDepth: 0
    ) {
      PreActivationResNet(
        depth: depth, widening: widening, channels: $0.channels, classes: $0.classes,
        dropout: $0.dropout, stochasticDepth: $0.stochasticDepth)
    }
  }
}
