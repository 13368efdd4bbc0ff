import Torch

/// A 1x1 and a 3x3 convolution, whose output is concatenated to the block's inputs.
///
/// - Source: Huang et al., *Densely Connected Convolutional Networks* (2017), section 3, DenseNet-B.
final class DenseLayer: Block {
  private let norm1: BatchNorm
  private let conv1: Convolution
  private let norm2: BatchNorm
  private let conv2: Convolution
  private let dropout: Dropout

  init(_ inputs: Int, growth: Int, dropout: Double) {
    norm1 = BatchNorm(inputs)
    conv1 = Convolution(inputs, 4 * growth, kernel: 1, weights: .kaimingNormalFanIn)
    norm2 = BatchNorm(4 * growth)
    conv2 = Convolution(4 * growth, growth, kernel: 3, weights: .kaimingNormalFanIn)
    self.dropout = Dropout(dropout)
  }

  /// Returns [N, growth, H, W] for [N, inputs, H, W].
  func callAsFunction(_ x: Tensor) -> Tensor {
    dropout(conv2(norm2.relu(conv1(norm1.relu(x)))))
  }
}

/// A dense block: layers, each of which reads the outputs of all before it.
final class DenseBlock: Layer {
  private let layers: [DenseLayer]
  let outputs: Int

  init(_ inputs: Int, layers count: Int, growth: Int, dropout: Double) {
    layers = (0..<count).map { DenseLayer(inputs + $0 * growth, growth: growth, dropout: dropout) }
    outputs = inputs + count * growth
  }

  var children: [(name: String, value: Any)] {
    layers.enumerated().map { ("denselayer\($0.offset + 1)", $0.element) }
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    layers.reduce(x) { .concatenated([$0, $1($0)], along: 1) }
  }
}

/// A transition between two dense blocks, which halves the channels and the size.
///
/// - Source: Huang et al., *Densely Connected Convolutional Networks* (2017), section 3, with DenseNet-C's compression
///   of 0.5.
final class Transition: Layer {
  private let norm: BatchNorm
  private let conv: Convolution

  init(_ inputs: Int) {
    norm = BatchNorm(inputs)
    conv = Convolution(inputs, inputs / 2, kernel: 1, weights: .kaimingNormalFanIn)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    averagePool(conv(norm.relu(x)), kernel: 2)
  }
}

/// All of a dense network but its classifier: a stem, dense blocks, transitions between them, a norm.
final class DenseFeatures: Layer, ReorderedModule {
  private let conv0: Convolution
  private let norm0: BatchNorm?
  private let blocks: [DenseBlock]
  private let transitions: [Transition]
  private let norm5: BatchNorm
  let outputs: Int

  /// Creates the features; a stem with a norm is one that makes images smaller.
  init(
    conv0: Convolution, norm0: BatchNorm?, width: Int, layers: [Int], growth: Int, dropout: Double
  ) {
    (self.conv0, self.norm0) = (conv0, norm0)
    var blocks: [DenseBlock] = []
    for count in layers {
      let inputs = blocks.last.map { $0.outputs / 2 } ?? width
      blocks.append(DenseBlock(inputs, layers: count, growth: growth, dropout: dropout))
    }
    self.blocks = blocks
    transitions = blocks.dropLast().map { Transition($0.outputs) }
    outputs = blocks.last?.outputs ?? width
    norm5 = BatchNorm(outputs)
  }

  /// The parts by torchvision's names; the last norm is the fifth in ImageNet's networks, and keeps its
  /// name in others.
  var children: [(name: String, value: Any)] {
    [("conv0", conv0), ("norm0", norm0 as Any)]
      + blocks.enumerated().map { ("denseblock\($0.offset + 1)", $0.element) }
      + transitions.enumerated().map { ("transition\($0.offset + 1)", $0.element) }
      + [("norm5", norm5)]
  }

  /// The parts in the order of use: a transition between two dense blocks.
  var passed: [String] {
    ["conv0", "norm0"]
      + blocks.indices.flatMap { ["denseblock\($0 + 1)", "transition\($0 + 1)"] } + ["norm5"]
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    var x = conv0(x)
    if let norm0 { x = maxPool(norm0.relu(x), kernel: 3, stride: 2, padding: 1) }
    for (index, block) in blocks.enumerated() {
      x = block(x)
      if index < transitions.count { x = transitions[index](x) }
    }
    return norm5.relu(x)
  }
}
