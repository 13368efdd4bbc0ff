import Torch

/// A residual network of nine layers for images of 32 pixels, made to be trained fast.
///
///     prep 64 - layer1 128, pool, block - layer2 256, pool - layer3 512, pool, block - max - linear / 8
///
/// 6,573,120 parameters for three channels and ten classes. The last layer has no bias, and its logits
/// are divided by 8, so that the initial predictions are nearly uniform.
///
/// - Source: Page, *How to Train Your ResNet* (2018), the network of his DAWNBench entry; named as there.
public final class ResNet9: Layer {
  private let prep: NormedConvolution
  private let layer1, layer2, layer3: Stage
  private let linear: Linear

  /// Creates the network.
  public init(channels: Int, classes: Int) {
    prep = NormedConvolution(channels, 64, kernel: 3, weights: .uniformFanIn)
    layer1 = Stage(64, 128, residual: Residual(128))
    layer2 = Stage(128, 256, residual: nil)
    layer3 = Stage(256, 512, residual: Residual(512))
    linear = Linear(512, classes, bias: false)
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let features = layer3(layer2(layer1(prep(x))))
    return linear(features.max(over: [2, 3])) * 0.125
  }
}

/// A convolution, a norm, a ReLU and a pooling, and perhaps a block after them.
private final class Stage: Block {
  private let conv: Convolution
  private let bn: BatchNorm
  private let residual: Residual?

  init(_ inputs: Int, _ outputs: Int, residual: Residual?) {
    conv = Convolution(inputs, outputs, kernel: 3, weights: .uniformFanIn)
    bn = BatchNorm(outputs)
    self.residual = residual
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let pooled = maxPool(bn.relu(conv(x)), kernel: 2)
    return residual?(pooled) ?? pooled
  }
}

/// A residual block of two convolutions.
private final class Residual: Layer {
  private let res1, res2: NormedConvolution

  init(_ width: Int) {
    res1 = NormedConvolution(width, width, kernel: 3, weights: .uniformFanIn)
    res2 = NormedConvolution(width, width, kernel: 3, weights: .uniformFanIn)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { x + res2(res1(x)) }
}

extension ResNet9 {
  static let entries = [
    ClassifierEntry(
      "resnet-9", "Page's DAWNBench entry, made to be trained fast", smallestImage: 8
    ) { ResNet9(channels: $0.channels, classes: $0.classes) }
  ]
}
