import Torch

/// A convolution, a batch norm and a ReLU, as three layers, since torchvision counts them so.
private func normed(
  _ inputs: Int, _ outputs: Int, kernel: Int, dilation: Int = 1
) -> [any Layer] {
  let convolution = Convolution(
    inputs, outputs, kernel: kernel, dilation: dilation, weights: .uniformFanIn)
  return [convolution, BatchNorm(outputs), ReLU()]
}

private func classifier(_ inputs: Int, _ classes: Int) -> Convolution {
  Convolution(inputs, classes, kernel: 1, bias: true, weights: .uniformFanIn, biases: .uniformFanIn)
}

/// The head of a fully convolutional network: torchvision's `FCNHead`.
func convolutionalHead(_ inputs: Int, _ classes: Int) -> Sequential {
  let width = inputs / 4
  return Sequential(
    normed(inputs, width, kernel: 3) + [Dropout(0.1), classifier(width, classes)])
}

/// The head of DeepLabV3: torchvision's `DeepLabHead`.
func pyramidHead(_ inputs: Int, _ classes: Int) -> Sequential {
  let width = 256
  return Sequential(
    [DilationPyramid(inputs, width)] + normed(width, width, kernel: 3) + [
      classifier(width, classes)
    ])
}

/// What a place and its neighbors are, near ones, far ones, and the whole image, put together:
/// torchvision's `ASPP`.
private final class DilationPyramid: Layer {
  private let convs: [any Layer]
  private let project: Sequential

  private static let dilations = [12, 24, 36]

  init(_ inputs: Int, _ outputs: Int) {
    let whole = Sequential(
      [Function { $0.mean(over: [2, 3], keeping: true) }]
        + normed(inputs, outputs, kernel: 1))
    convs =
      [Sequential(normed(inputs, outputs, kernel: 1))]
      + Self.dilations.map { Sequential(normed(inputs, outputs, kernel: 3, dilation: $0)) }
      + [whole]
    project = Sequential(
      normed(convs.count * outputs, outputs, kernel: 1) + [Dropout(0.5)])
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    var seen = convs.map { $0(x) }
    // The whole image is seen once, and is the same everywhere.
    if let whole = seen.popLast() {
      seen.append(resizeBilinear(whole, toSizeOf: x))
    }
    return project(.concatenated(seen, along: 1))
  }
}
