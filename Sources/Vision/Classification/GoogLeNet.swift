import Torch

/// Twenty-two layers of inception blocks, for photographs.
///
/// With batch norms and without the paper's auxiliary classifiers, which these make needless: as
/// torchvision has it by default (`aux_logits=False`).
///
/// - Source: Szegedy et al., *Going Deeper with Convolutions* (2015), table 1; as torchvision defines,
///   names and initializes it.
public final class GoogLeNet: Layer {
  private let conv1: NormedConvolution
  private let conv2 = NormedConvolution.inception(64, 64, kernel: 1)
  private let conv3 = NormedConvolution.inception(64, 192, kernel: 3)
  private let inception3a = Inception(192, 64, (96, 128), (16, 32), 32)
  private let inception3b = Inception(256, 128, (128, 192), (32, 96), 64)
  private let inception4a = Inception(480, 192, (96, 208), (16, 48), 64)
  private let inception4b = Inception(512, 160, (112, 224), (24, 64), 64)
  private let inception4c = Inception(512, 128, (128, 256), (24, 64), 64)
  private let inception4d = Inception(512, 112, (144, 288), (32, 64), 64)
  private let inception4e = Inception(528, 256, (160, 320), (32, 128), 128)
  private let inception5a = Inception(832, 256, (160, 320), (32, 128), 128)
  private let inception5b = Inception(832, 384, (192, 384), (48, 128), 128)
  private let dropout: Dropout
  private let fc: Linear

  /// Creates the network.
  ///
  /// - Parameter dropout: the probability with which the last layer's inputs are dropped in training.
  public init(channels: Int, classes: Int, dropout: Double = 0.2) {
    conv1 = .inception(channels, 64, kernel: 7, stride: 2)
    self.dropout = Dropout(dropout)
    fc = Linear(1024, classes, weights: .normal(0.01))
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    func pool(_ x: Tensor, kernel: Int = 3) -> Tensor {
      maxPool(x, kernel: kernel, stride: 2, coversEdges: true)
    }
    let stem = pool(conv3(conv2(pool(conv1(x)))))
    let third = pool(inception3b(inception3a(stem)))
    let fourth = inception4e(inception4d(inception4c(inception4b(inception4a(third)))))
    let fifth = inception5b(inception5a(pool(fourth, kernel: 2)))
    return fc(dropout(fifth.mean(over: [2, 3])))
  }
}

extension GoogLeNet {
  static let entries = [
    ClassifierEntry(
      "googlenet", "Szegedy et al. (2015), with batch norms", smallestImage: 15, dropout: 0.2,
      hasTorchvisionLayout: true
    ) { GoogLeNet(channels: $0.channels, classes: $0.classes, dropout: $0.dropout) }
  ]
}
