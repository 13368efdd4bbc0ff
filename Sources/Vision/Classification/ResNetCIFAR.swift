import Torch

/// The residual networks of 20, 32, 44, 56 and 110 layers for images of 32 pixels.
///
/// Three stages of `(depth - 2) / 6` blocks, 16, 32 and 64 filters wide, at full, half and quarter
/// size. Where a stage changes the width the shortcut is a projection, not the paper's padding with
/// zeros, which adds 2,752 parameters and no cost worth naming.
///
/// - Source: He et al., *Deep Residual Learning* (2016), section 4.2.
public final class ResNetCIFAR: Layer {
  private let conv1: Convolution
  private let bn1 = BatchNorm(16)
  private let layer1, layer2, layer3: Sequential
  private let fc: Linear

  /// Creates the network.
  ///
  /// - Parameter stochasticDepth: the probability that the last block is skipped in training.
  /// - Precondition: `depth` is 6n + 2.
  public init(depth: Int, channels: Int, classes: Int, stochasticDepth: Double = 0) {
    precondition(depth >= 8 && depth % 6 == 2, "A depth of \(depth) is not 6n + 2.")
    let stages = residualStages(
      Array(repeating: (depth - 2) / 6, count: 3), inputs: 16, widths: [16, 32, 64],
      stochasticDepth: stochasticDepth
    ) { BasicBlock($0.inputs, $0.outputs, stride: $0.stride, dropping: $0.dropping) }
    conv1 = Convolution(channels, 16, kernel: 3)
    (layer1, layer2, layer3) = (stages[0], stages[1], stages[2])
    fc = Linear(64, classes)
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let features = layer3(layer2(layer1(bn1.relu(conv1(x)))))
    return fc(features.mean(over: [2, 3]))
  }
}

extension ResNetCIFAR {
  static let entries = [20, 32, 44, 56, 110].map { depth in
    ClassifierEntry("resnet-\(depth)", "He et al. (2016)", stochasticDepth: 0) {
      ResNetCIFAR(
        depth: depth, channels: $0.channels, classes: $0.classes,
        stochasticDepth: $0.stochasticDepth)
    }
  }
}
