import Torch

/// The networks of 11 to 19 layers of small convolutions, for photographs, with batch norms or without.
///
///     depth   convolutions of 64, 128, 256, 512 and 512 channels
///     11      1 1 2 2 2
///     13      2 2 2 2 2
///     16      2 2 3 3 3
///     19      2 2 4 4 4
///
/// - Source: Simonyan, Zisserman, *Very Deep Convolutional Networks* (2015), table 1, A, B, D and E; as
///   torchvision defines, names and initializes them.
public final class VGG: Layer {
  private let features: Sequential
  private let classifier: Sequential

  private static let convolutions = [
    11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4],
  ]

  /// Creates the network.
  ///
  /// - Parameter dropout: the probability with which the linear layers' inputs are dropped in training.
  /// - Precondition: `depth` is one of the table's.
  public init(
    depth: Int, batchNorm: Bool, channels: Int, classes: Int, dropout: Double = 0.5
  ) {
    guard let counts = Self.convolutions[depth] else {
      preconditionFailure("There is no VGG of \(depth) layers in the paper.")
    }
    var layers: [any Layer] = []
    var inputs = channels
    for (count, width) in zip(counts, [64, 128, 256, 512, 512]) {
      for _ in 0..<count {
        layers.append(Convolution(inputs, width, kernel: 3, bias: true))
        if batchNorm { layers.append(BatchNorm(width)) }
        layers.append(ReLU())
        inputs = width
      }
      layers.append(Function { maxPool($0, kernel: 2) })
    }
    features = Sequential(layers)
    func linear(_ inputs: Int, _ outputs: Int) -> Linear {
      Linear(inputs, outputs, weights: .normal(0.01), biases: .zero)
    }
    classifier = Sequential(
      linear(512 * 7 * 7, 4096), ReLU(), Dropout(dropout),
      linear(4096, 4096), ReLU(), Dropout(dropout),
      linear(4096, classes))
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    classifier(adaptiveAveragePool(features(x), size: 7).flattened(from: 1))
  }
}

extension VGG {
  static let entries = [11, 13, 16, 19].flatMap { depth in
    [false, true].map { batchNorm in
      ClassifierEntry(
        "vgg-\(depth)" + (batchNorm ? "-bn" : ""), "Simonyan, Zisserman (2015)",
        smallestImage: 32, dropout: 0.5, hasTorchvisionLayout: true
      ) {
        VGG(
          depth: depth, batchNorm: batchNorm, channels: $0.channels, classes: $0.classes,
          dropout: $0.dropout)
      }
    }
  }
}
