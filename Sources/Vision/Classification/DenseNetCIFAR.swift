import Torch

/// The densely connected networks for images of 32 pixels, with bottlenecks and compression.
///
/// A convolution of twice as many channels as the growth; then three blocks of (depth - 4) / 6 layers
/// at full, half and quarter size. Of 40 layers and growth 12 it has 0.18 million parameters, of 100
/// layers 0.8 million.
///
/// - Source: Huang et al., *Densely Connected Convolutional Networks* (2017), section 4.2, DenseNet-BC;
///   named as torchvision names its like.
public final class DenseNetCIFAR: Layer {
  private let features: DenseFeatures
  private let classifier: Linear

  /// Creates the network.
  ///
  /// - Parameter dropout: the probability of dropout after each layer; the paper
  ///   takes 0.2 where images are not augmented.
  /// - Precondition: `depth` is 6n + 4.
  public init(depth: Int, growth: Int, channels: Int, classes: Int, dropout: Double = 0) {
    precondition(depth >= 10 && depth % 6 == 4, "A depth of \(depth) is not 6n + 4.")
    features = DenseFeatures(
      conv0: Convolution(channels, 2 * growth, kernel: 3, weights: .kaimingNormalFanIn), norm0: nil,
      width: 2 * growth, layers: Array(repeating: (depth - 4) / 6, count: 3), growth: growth,
      dropout: dropout)
    classifier = Linear(features.outputs, classes, biases: .zero)
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    classifier(features(x).mean(over: [2, 3]))
  }
}

extension DenseNetCIFAR {
  static let entries = [40, 100].map { depth in
    ClassifierEntry(
      "densenet-bc-\(depth)-12", "Huang et al. (2017)", smallestImage: 4, dropout: 0
    ) {
      DenseNetCIFAR(
        depth: depth, growth: 12, channels: $0.channels, classes: $0.classes, dropout: $0.dropout)
    }
  }
}
