import Torch

/// A residual network of eleven layers for images of about 28 to 32 pixels, made for two cores.
///
/// A convolution at full size is cheap in arithmetic and dear in memory traffic, so only the first,
/// of 16 filters, works there; the blocks work at a half, a quarter and an eighth of the size:
///
///     conv1 16 - conv2 32 /2 - block 32 - block 64 /2 - block 64 - block 128 /2 - mean - linear
///
/// 386,554 parameters for one channel and ten classes.
public final class ResNet11: Layer {
  private let conv1: Convolution
  private let bn1 = BatchNorm(16)
  private let conv2 = Convolution(16, 32, kernel: 3, stride: 2)
  private let bn2 = BatchNorm(32)
  private let layer1 = BasicBlock(32, 32)
  private let layer2 = Sequential(BasicBlock(32, 64, stride: 2), BasicBlock(64, 64))
  private let layer3 = BasicBlock(64, 128, stride: 2)
  private let fc: Linear

  /// Creates the network.
  public init(channels: Int, classes: Int) {
    conv1 = Convolution(channels, 16, kernel: 3)
    fc = Linear(128, classes)
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let stem = bn2.relu(conv2(bn1.relu(conv1(x))))
    let features = layer3(layer2(layer1(stem)))
    return fc(features.mean(over: [2, 3]))
  }
}

extension ResNet11 {
  static let entries = [
    ClassifierEntry("resnet-11", "Rondo's own, made for two cores") {
      ResNet11(channels: $0.channels, classes: $0.classes)
    }
  ]
}
