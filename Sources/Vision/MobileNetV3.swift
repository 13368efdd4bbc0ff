import Torch

/// A small network of depthwise convolutions and hard activations, for photographs on phones.
///
/// A convolution of 16 channels, eleven blocks, and a convolution of 576 channels; then a layer of 1,024
/// numbers. Each block widens its images by a convolution of 1 pixel, looks at each channel by itself, weighs
/// the channels (squeeze and excitation, where marked), and narrows them again:
///
///     kernel   widened to   channels   SE   activation    stride
///     3        16           16         x    ReLU          2
///     3        72           24              ReLU          2
///     3        88           24              ReLU          1
///     5        96           40         x    hard swish    2
///     5        240          40         x    hard swish    1
///     5        240          40         x    hard swish    1
///     5        120          48         x    hard swish    1
///     5        144          48         x    hard swish    1
///     5        288          96         x    hard swish    2
///     5        576          96         x    hard swish    1
///     5        576          96         x    hard swish    1
///
/// 1,528,106 parameters for three channels and ten classes.
///
/// - Source: Howard et al., *Searching for MobileNetV3* (2019), table 2; as torchvision defines, names and
///   initializes `mobilenet_v3_small`.
public final class MobileNetV3: Layer {
  private let features: Sequential
  private let classifier: Sequential

  private static let table: [InvertedResidual.Shape] = [
    .init(kernel: 3, widened: 16, outputs: 16, squeezes: true, isHard: false, stride: 2),
    .init(kernel: 3, widened: 72, outputs: 24, squeezes: false, isHard: false, stride: 2),
    .init(kernel: 3, widened: 88, outputs: 24, squeezes: false, isHard: false, stride: 1),
    .init(kernel: 5, widened: 96, outputs: 40, squeezes: true, isHard: true, stride: 2),
    .init(kernel: 5, widened: 240, outputs: 40, squeezes: true, isHard: true, stride: 1),
    .init(kernel: 5, widened: 240, outputs: 40, squeezes: true, isHard: true, stride: 1),
    .init(kernel: 5, widened: 120, outputs: 48, squeezes: true, isHard: true, stride: 1),
    .init(kernel: 5, widened: 144, outputs: 48, squeezes: true, isHard: true, stride: 1),
    .init(kernel: 5, widened: 288, outputs: 96, squeezes: true, isHard: true, stride: 2),
    .init(kernel: 5, widened: 576, outputs: 96, squeezes: true, isHard: true, stride: 1),
    .init(kernel: 5, widened: 576, outputs: 96, squeezes: true, isHard: true, stride: 1),
  ]

  /// Creates the network.
  ///
  /// - Parameter dropout: the probability with which the last layer's inputs are dropped in training.
  public init(channels: Int, classes: Int, dropout: Double = 0.2) {
    var layers: [any Layer] = [
      normed(channels, 16, kernel: 3, stride: 2, activation: hardSwish)
    ]
    var inputs = 16
    for shape in Self.table {
      layers.append(InvertedResidual(inputs, shape))
      inputs = shape.outputs
    }
    layers.append(normed(inputs, 6 * inputs, kernel: 1, activation: hardSwish))
    features = Sequential(layers)
    func linear(_ inputs: Int, _ outputs: Int) -> Linear {
      Linear(inputs, outputs, weights: .normal(0.01), biases: .zero)
    }
    classifier = Sequential(
      linear(6 * inputs, 1024), Function(hardSwish), Dropout(dropout), linear(1024, classes))
  }

  /// Returns logits [N, classes] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor { classifier(features(x).mean(over: [2, 3])) }
}

extension MobileNetV3 {
  static let entries = [
    ClassifierEntry(
      "mobilenet-v3-small", "Howard et al. (2019)", dropout: 0.2, hasTorchvisionLayout: true
    ) { MobileNetV3(channels: $0.channels, classes: $0.classes, dropout: $0.dropout) }
  ]
}

/// A convolution, a batch norm, and an activation if there is one.
private func normed(
  _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
  activation: ((Tensor) -> Tensor)? = nil
) -> Sequential {
  // torchvision counts a filter's outputs over all groups, which `.kaimingNormalFanOut` does not.
  let deviation = (2 / Double(outputs * kernel * kernel)).squareRoot()
  let layers: [any Layer] = [
    Convolution(
      inputs, outputs, kernel: kernel, stride: stride, groups: groups, weights: .normal(deviation)),
    BatchNorm(outputs, momentum: 0.01, epsilon: 0.001),
  ]
  return Sequential(layers + (activation.map { [Function($0)] } ?? []))
}

/// A block that is wide inside and narrow outside, with a shortcut where its size and channels stay.
private final class InvertedResidual: Layer {
  struct Shape {
    let kernel, widened, outputs: Int
    let squeezes, isHard: Bool
    let stride: Int
  }

  private let block: Sequential
  private let hasShortcut: Bool

  init(_ inputs: Int, _ shape: Shape) {
    let activation = shape.isHard ? hardSwish : relu
    var layers: [any Layer] = []
    if shape.widened != inputs {
      layers.append(normed(inputs, shape.widened, kernel: 1, activation: activation))
    }
    layers.append(
      normed(
        shape.widened, shape.widened, kernel: shape.kernel, stride: shape.stride,
        groups: shape.widened, activation: activation))
    if shape.squeezes { layers.append(SqueezeExcitation(shape.widened)) }
    layers.append(normed(shape.widened, shape.outputs, kernel: 1))
    block = Sequential(layers)
    hasShortcut = shape.stride == 1 && inputs == shape.outputs
  }

  func callAsFunction(_ x: Tensor) -> Tensor { hasShortcut ? block(x) + x : block(x) }
}

/// Multiplies each channel by a number from 0 to 1 that follows from the means of all channels.
///
/// - Source: Hu et al., *Squeeze-and-Excitation Networks* (2018), figure 1.
private final class SqueezeExcitation: Layer {
  private let fc1, fc2: Convolution

  /// Creates a layer between whose convolutions there are a quarter of the channels, as a multiple of 8.
  init(_ channels: Int) {
    let quarter = channels / 4
    let rounded = max(8, (quarter + 4) / 8 * 8)
    // No less than nine tenths of the quarter.
    let squeezed = 10 * rounded < 9 * quarter ? rounded + 8 : rounded
    fc1 = Convolution(channels, squeezed, kernel: 1, bias: true)
    fc2 = Convolution(squeezed, channels, kernel: 1, bias: true)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    hardSigmoid(fc2(relu(fc1(x.mean(over: [2, 3], keeping: true))))) * x
  }
}
