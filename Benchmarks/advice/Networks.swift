// The small networks on which advice is measured. Each halves the image at once, so that a training
// takes seconds on one core: about 3 million multiplications an image of 32 pixels.

import Torch

/// The kinds of network that the cases train.
enum NetworkKind: String, Codable, CaseIterable {
  /// Convolutions and batch norms, one after another.
  case plain
  /// Convolutions with shortcuts around each two.
  case residual
  /// Every layer sees all before it.
  case dense
  /// Convolutions and max pools, nothing that normalizes: Caffe's CIFAR-10 network, at half its width.
  case unnormalized

  func make(channels: Int, classes: Int) -> any Layer {
    switch self {
    case .plain: Plain(channels, classes)
    case .residual: Residual(channels, classes)
    case .dense: Dense(channels, classes)
    case .unnormalized: Unnormalized(channels, classes)
    }
  }
}

/// A convolution, a batch norm, a ReLU.
final class ConvNormRelu: Layer {
  private let conv: Convolution
  private let norm: BatchNorm

  init(_ inputs: Int, _ outputs: Int, stride: Int = 1) {
    conv = Convolution(inputs, outputs, kernel: 3, stride: stride)
    norm = BatchNorm(outputs)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { norm.relu(conv(x)) }
}

/// Five convolutions, from 16 filters at half size to 64 at an eighth.
final class Plain: Layer {
  private let features: Sequential
  private let fc: Linear

  init(_ channels: Int, _ classes: Int) {
    features = Sequential(
      ConvNormRelu(channels, 16, stride: 2), ConvNormRelu(16, 32), ConvNormRelu(32, 32, stride: 2),
      ConvNormRelu(32, 64), ConvNormRelu(64, 64, stride: 2))
    fc = Linear(64, classes)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { fc(features(x).mean(over: [2, 3])) }
}

/// Two convolutions with a shortcut around them, which is a projection where the width changes.
final class Block: Layer {
  private let first: ConvNormRelu
  private let conv: Convolution
  private let norm: BatchNorm
  private let projection: Convolution?

  init(_ inputs: Int, _ outputs: Int, stride: Int) {
    first = ConvNormRelu(inputs, outputs, stride: stride)
    conv = Convolution(outputs, outputs, kernel: 3)
    norm = BatchNorm(outputs)
    projection =
      inputs == outputs ? nil : Convolution(inputs, outputs, kernel: 1, stride: stride)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    norm.relu(conv(first(x)), plus: projection?(x) ?? x)
  }
}

/// A stem and three blocks, from 16 filters at half size to 64 at an eighth.
final class Residual: Layer {
  private let features: Sequential
  private let fc: Linear

  init(_ channels: Int, _ classes: Int) {
    features = Sequential(
      ConvNormRelu(channels, 16, stride: 2), Block(16, 16, stride: 1), Block(16, 32, stride: 2),
      Block(32, 64, stride: 2))
    fc = Linear(64, classes)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { fc(features(x).mean(over: [2, 3])) }
}

/// Adds `growth` channels to what came in.
final class DenseLayer: Layer {
  private let norm: BatchNorm
  private let conv: Convolution

  init(_ inputs: Int, growth: Int) {
    norm = BatchNorm(inputs)
    conv = Convolution(inputs, growth, kernel: 3)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { .concatenated([x, conv(norm.relu(x))], along: 1) }
}

/// Three dense blocks of three layers, 12 channels each, with halvings between.
final class Dense: Layer {
  private let stem: Convolution
  private let blocks: [Sequential]
  private let transitions: [ConvNormRelu]
  private let norm: BatchNorm
  private let fc: Linear

  init(_ channels: Int, _ classes: Int) {
    let growth = 12
    var width = 16
    stem = Convolution(channels, width, kernel: 3, stride: 2)
    var blocks: [Sequential] = []
    var transitions: [ConvNormRelu] = []
    for number in 0..<3 {
      blocks.append(Sequential((0..<3).map { DenseLayer(width + growth * $0, growth: growth) }))
      width += 3 * growth
      if number < 2 {
        transitions.append(ConvNormRelu(width, width / 2, stride: 2))
        width /= 2
      }
    }
    self.blocks = blocks
    self.transitions = transitions
    norm = BatchNorm(width)
    fc = Linear(width, classes)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    var features = stem(x)
    for (number, block) in blocks.enumerated() {
      features = block(features)
      if number < transitions.count { features = transitions[number](features) }
    }
    return fc(norm.relu(features).mean(over: [2, 3]))
  }
}

/// Three convolutions of 5 by 5 with pools between and nothing that normalizes.
///
/// - Source: Krizhevsky's cuda-convnet layers as Caffe's CIFAR-10 example has them.
final class Unnormalized: Layer {
  private let conv1: Convolution
  private let conv2 = Convolution(16, 16, kernel: 5, bias: true)
  private let conv3 = Convolution(16, 32, kernel: 5, bias: true)
  private let fc: Linear

  init(_ channels: Int, _ classes: Int) {
    conv1 = Convolution(channels, 16, kernel: 5, bias: true)
    fc = Linear(32, classes)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let first = relu(maxPool(conv1(x), kernel: 3, stride: 2, padding: 1))
    let second = averagePool(relu(conv2(first)), kernel: 2)
    return fc(relu(conv3(second)).mean(over: [2, 3]))
  }
}
