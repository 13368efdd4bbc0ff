import Torch

/// The densely connected networks of 121 to 201 layers for photographs.
///
///     depth   growth   first   layers in each block
///     121     32       64      6 12 24 16
///     161     48       96      6 12 36 24
///     169     32       64      6 12 32 32
///     201     32       64      6 12 48 32
///
/// - Source: Huang et al., *Densely Connected Convolutional Networks* (2017), table 1; as torchvision
///   defines, names and initializes them.
public final class DenseNet: Layer {
  private let features: DenseFeatures
  private let classifier: Linear

  private static let layers = [
    121: [6, 12, 24, 16], 161: [6, 12, 36, 24], 169: [6, 12, 32, 32], 201: [6, 12, 48, 32],
  ]

  /// Creates the network.
  ///
  /// - Parameter dropout: the probability of dropout after each layer.
  /// - Precondition: `depth` is one of the table's.
  public init(depth: Int, channels: Int, classes: Int, dropout: Double = 0) {
    guard let layers = Self.layers[depth] else {
      preconditionFailure("The paper has no dense network of \(depth) layers.")
    }
    let growth = depth == 161 ? 48 : 32
    features = DenseFeatures(
      conv0: Convolution(channels, 2 * growth, kernel: 7, stride: 2, weights: .kaimingNormalFanIn),
      norm0: BatchNorm(2 * growth), width: 2 * growth, layers: layers, growth: growth,
      dropout: dropout)
    classifier = Linear(features.outputs, classes, biases: .zero)
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    classifier(features(x).mean(over: [2, 3]))
  }
}

extension DenseNet {
  static let entries = [121, 161, 169, 201].map { depth in
    ClassifierEntry(
      "densenet-\(depth)", "Huang et al. (2017)", smallestImage: 29, dropout: 0,
      hasTorchvisionLayout: true
    ) {
      DenseNet(depth: depth, channels: $0.channels, classes: $0.classes, dropout: $0.dropout)
    }
  }
}
