import Torch

/// Five convolutions and three linear layers, for photographs.
///
/// - Source: Krizhevsky, *One weird trick for parallelizing convolutional neural networks* (2014); as
///   torchvision defines, names and initializes it.
public final class AlexNet: Layer {
  private let features: Sequential
  private let classifier: Sequential

  /// Creates the network.
  ///
  /// - Parameter dropout: the probability with which the linear layers' inputs are dropped in training.
  public init(channels: Int, classes: Int, dropout: Double = 0.5) {
    func convolution(
      _ inputs: Int, _ outputs: Int, _ kernel: Int, stride: Int = 1, padding: Int? = nil
    ) -> Convolution {
      Convolution(
        inputs, outputs, kernel: kernel, stride: stride, padding: padding, bias: true,
        weights: .uniformFanIn, biases: .uniformFanIn)
    }
    let pool = Function { maxPool($0, kernel: 3, stride: 2) }
    features = Sequential(
      convolution(channels, 64, 11, stride: 4, padding: 2), ReLU(), pool,
      convolution(64, 192, 5), ReLU(), pool,
      convolution(192, 384, 3), ReLU(),
      convolution(384, 256, 3), ReLU(),
      convolution(256, 256, 3), ReLU(), pool)
    classifier = Sequential(
      Dropout(dropout), Linear(256 * 6 * 6, 4096), ReLU(),
      Dropout(dropout), Linear(4096, 4096), ReLU(),
      Linear(4096, classes))
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    classifier(adaptiveAveragePool(features(x), size: 6).flattened(from: 1))
  }
}

extension AlexNet {
  static let entries = [
    ClassifierEntry(
      "alexnet", "Krizhevsky (2014)", smallestImage: 63, dropout: 0.5, hasTorchvisionLayout: true
    ) { AlexNet(channels: $0.channels, classes: $0.classes, dropout: $0.dropout) }
  ]
}
