import Torch

/// The small network for images of 32 pixels on which cyclical learning rates were first shown: Caffe's
/// `cifar10_full`.
///
///     conv1 5x5 32 - max pool - relu - norm - conv2 5x5 32 - relu - mean pool - norm
///                  - conv3 5x5 64 - relu - mean pool - ip1
///
/// A norm is a local response normalization within a channel; pools are 3x3 with a stride of 2, and cover the
/// edges. 89,578 parameters for three channels and ten classes. Images of another size
/// than 32 are averaged to 4 by 4 pixels before the last layer.
///
/// - Source: `examples/cifar10/cifar10_full_train_test.prototxt` of Caffe; Smith, *Cyclical Learning
///   Rates* (2017), section 4.1.1.
public final class CaffeFull: Layer {
  private let conv1, conv2, conv3: Convolution
  private let ip1: Linear

  /// Creates the network.
  public init(channels: Int, classes: Int) {
    conv1 = caffeConvolution(channels, 32, deviation: firstDeviation)
    conv2 = caffeConvolution(32, 32)
    conv3 = caffeConvolution(32, 64)
    ip1 = Linear(64 * 4 * 4, classes, weights: .normal(0.01), biases: .zero)
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let first = normalized(relu(maxPool(conv1(x), kernel: 3, stride: 2, coversEdges: true)))
    let second = normalized(meanPool(relu(conv2(first))))
    let third = meanPool(relu(conv3(second)))
    return ip1(adaptiveAveragePool(third, size: 4).flattened(from: 1))
  }

  /// Caffe's local response normalization within channels: 3 by 3 pixels, alpha 5e-5, beta 0.75.
  private func normalized(_ x: Tensor) -> Tensor {
    let energy = averagePool(x * x, kernel: 3, stride: 1, padding: 1)
    return x * (energy * 5e-5 + 1).power(-0.75)
  }
}

extension CaffeFull {
  static let entries = [
    ClassifierEntry("caffe-cifar10-full", "Caffe's examples; Smith (2017)", smallestImage: 8) {
      CaffeFull(channels: $0.channels, classes: $0.classes)
    }
  ]
}

/// Caffe's `cifar10_quick`: `cifar10_full` without norms, and with two linear layers.
///
/// - Source: `examples/cifar10/cifar10_quick_train_test.prototxt` of Caffe.
public final class CaffeQuick: Layer {
  private let conv1, conv2, conv3: Convolution
  private let ip1, ip2: Linear

  /// Creates the network.
  public init(channels: Int, classes: Int) {
    conv1 = caffeConvolution(channels, 32, deviation: firstDeviation)
    conv2 = caffeConvolution(32, 32)
    conv3 = caffeConvolution(32, 64)
    ip1 = Linear(64 * 4 * 4, 64, weights: .normal(0.1), biases: .zero)
    ip2 = Linear(64, classes, weights: .normal(0.1), biases: .zero)
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let first = relu(maxPool(conv1(x), kernel: 3, stride: 2, coversEdges: true))
    let third = meanPool(relu(conv3(meanPool(relu(conv2(first))))))
    return ip2(ip1(adaptiveAveragePool(third, size: 4).flattened(from: 1)))
  }
}

extension CaffeQuick {
  static let entries = [
    ClassifierEntry("caffe-cifar10-quick", "Caffe's examples", smallestImage: 8) {
      CaffeQuick(channels: $0.channels, classes: $0.classes)
    }
  ]
}

/// Caffe's 0.0001 is for pixels from 0 to 255, whose deviation is about 63; here it is 1.
private let firstDeviation = 0.0063

private func caffeConvolution(
  _ inputs: Int, _ outputs: Int, deviation: Double = 0.01
) -> Convolution {
  Convolution(inputs, outputs, kernel: 5, bias: true, weights: .normal(deviation))
}

private func meanPool(_ x: Tensor) -> Tensor {
  averagePool(x, kernel: 3, stride: 2, coversEdges: true)
}
