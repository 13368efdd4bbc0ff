import Torch

/// ConvNeXt-Tiny: a convolutional network in the proportions of a Swin transformer.
///
/// A 4x4 convolution of stride 4; then four stages, between which a layer norm and a 2x2 convolution of stride 2 halve
/// the size:
///
///     channels   blocks
///     96         3
///     192        3
///     384        9
///     768        3
///
/// A block is a 7x7 depthwise convolution, a layer norm, and an MLP with GELU that is four times as wide, for each
/// pixel; its output is multiplied by a layer scale that is initialized to 0.000001. 27,827,818 parameters for three
/// channels and ten classes.
///
/// - Source: Liu et al., *A ConvNet for the 2020s* (2022), section 2 and appendix A.1 (stochastic depth 0.1); as
///   torchvision defines, names and initializes `convnext_tiny`.
final class ConvNeXt: Backbone {
  private static let stages = [(96, 3), (192, 3), (384, 9), (768, 3)]

  let levels = zip(stages.map(\.0), [4, 8, 16, 32]).map(BackboneLevel.init)
  /// The stride is the kernel's size, without padding.
  let roundsDown = true
  private let reductions: [Sequential]
  private let stages: [Sequential]

  /// Creates the network without its head.
  ///
  /// - Parameter stochasticDepth: block *l* of *L*, counted from 0, is skipped in training with this times
  ///   *l* / (*L* - 1).
  init(channels: Int, stochasticDepth: Double) {
    let last = Double(Self.stages.reduce(0) { $0 + $1.1 } - 1)
    var (inputs, number) = (channels, 0.0)
    var reductions: [Sequential] = []
    var stages: [Sequential] = []
    for (outputs, blocks) in Self.stages {
      let isFirst = reductions.isEmpty
      let convolution = Convolution(
        inputs, outputs, kernel: isFirst ? 4 : 2, stride: isFirst ? 4 : 2, padding: 0, bias: true,
        weights: .normal(0.02))
      let norm = channelNorm(isFirst ? outputs : inputs)
      reductions.append(isFirst ? Sequential(convolution, norm) : Sequential(norm, convolution))
      stages.append(
        Sequential(
          (0..<blocks).map { _ in
            defer { number += 1 }
            return ConvNeXtBlock(outputs, dropping: stochasticDepth * number / last)
          }))
      inputs = outputs
    }
    (self.reductions, self.stages) = (reductions, stages)
  }

  var children: [(name: String, value: Any)] {
    zip(reductions, stages).enumerated().flatMap { index, pair in
      [("features.\(2 * index)", pair.0), ("features.\(2 * index + 1)", pair.1)]
    }
  }

  let headPrefixes = ["classifier."]

  func features(_ x: Tensor) -> [Tensor] {
    var x = x
    return zip(reductions, stages).map { reduction, stage in
      x = stage(reduction(x))
      return x
    }
  }

  static let entries = [
    ClassifierEntry(
      "convnext-tiny", "Liu et al. (2022)", smallestImage: 32, stochasticDepth: 0.1,
      hasTorchvisionLayout: true, family: .transformer,
      backbone: { ConvNeXt(channels: $0, stochasticDepth: $1) },
      head: { inputs, request in
        Sequential(named: [
          ("", Function { $0.mean(over: [2, 3], keeping: true) }),
          (
            "classifier",
            Sequential(
              channelNorm(inputs), Function { $0.flattened(from: 1) },
              Linear(inputs, request.classes, weights: .normal(0.02), biases: .zero))
          ),
        ])
      })
  ]
}

private func channelNorm(_ channels: Int) -> LayerNorm {
  LayerNorm(channels, epsilon: 1e-6, isOverChannels: true)
}

private final class ConvNeXtBlock: Block, InitializableModule {
  private let layerScale: Parameter
  private let block: Sequential
  private let depth: StochasticDepth

  init(_ channels: Int, dropping: Double) {
    layerScale = Parameter(.zeros([channels, 1, 1]))
    func linear(_ inputs: Int, _ outputs: Int) -> Linear {
      Linear(inputs, outputs, weights: .normal(0.02), biases: .zero)
    }
    block = Sequential(
      Convolution(
        channels, channels, kernel: 7, groups: channels, bias: true, weights: .normal(0.02)),
      Function { $0.permuted([0, 2, 3, 1]) }, LayerNorm(channels, epsilon: 1e-6),
      linear(channels, 4 * channels), Function(gelu), linear(4 * channels, channels),
      Function { $0.permuted([0, 3, 1, 2]) })
    depth = StochasticDepth(dropping)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { depth(layerScale.value * block(x)) + x }

  func initialize(nextSeed: () -> UInt64) {
    layerScale.value.copy(from: .full(layerScale.value.shape, 1e-6))
  }
}
