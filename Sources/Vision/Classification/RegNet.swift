import Torch

/// RegNetY-400MF: bottlenecks with grouped convolutions, of widths that are a linear function of the depth.
///
/// A convolution of stride 2 to 32 channels; then four stages, each of which begins at half the size:
///
///     channels   blocks
///     48         1
///     104        3
///     208        6
///     440        6
///
/// Each block has squeeze and excitation, to a quarter of the channels that come in. 3,907,554 parameters for three
/// channels and ten classes.
///
/// - Source: Radosavovic et al., *Designing Network Design Spaces* (2020), table 4 and figure 22; as torchvision
///   defines, names and initializes `regnet_y_400mf`.
final class RegNet: Backbone {
  private static let stages = [(48, 1), (104, 3), (208, 6), (440, 6)]
  private static let stemWidth = 32

  private let stem: Sequential
  private let stages: [Sequential]

  init(channels: Int) {
    stem = Sequential(normed(channels, Self.stemWidth, kernel: 3, stride: 2) + [ReLU()])
    var inputs = Self.stemWidth
    stages = Self.stages.enumerated().map { index, stage in
      let (outputs, blocks) = stage
      return Sequential(
        named: (0..<blocks).map { block in
          defer { inputs = outputs }
          return (
            "block\(index + 1)-\(block)",
            RegNetBlock(inputs, outputs, stride: block == 0 ? 2 : 1)
          )
        })
    }
  }

  var children: [(name: String, value: Any)] {
    [("stem", stem)]
      + stages.enumerated().map { ("trunk_output.block\($0.offset + 1)", $0.element) }
  }

  let levels = zip([stemWidth] + stages.map(\.0), [2, 4, 8, 16, 32]).map(BackboneLevel.init)
  let headPrefixes = ["fc."]

  func features(_ x: Tensor) -> [Tensor] {
    stages.reduce(into: [stem(x)]) { seen, stage in seen.append(stage(seen[seen.count - 1])) }
  }

  static let entries = [
    ClassifierEntry(
      "regnet-y-400mf", "Radosavovic et al. (2020)", hasTorchvisionLayout: true,
      backbone: { channels, _ in RegNet(channels: channels) },
      head: { inputs, request in
        Sequential(named: [
          ("", Function { $0.mean(over: [2, 3]) }),
          ("fc", Linear(inputs, request.classes, weights: .normal(0.01), biases: .zero)),
        ])
      })
  ]
}

/// A convolution and a batch norm.
private func normed(
  _ inputs: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1, groups: Int = 1
) -> [any Layer] {
  [
    Convolution(
      inputs, outputs, kernel: kernel, stride: stride, groups: groups,
      weights: .fanOutOfAllGroups(outputs, kernel: kernel)), BatchNorm(outputs),
  ]
}

/// A bottleneck with a grouped convolution and squeeze and excitation: a Y block.
private final class RegNetBlock: Block {
  private let proj: Sequential?
  private let f: Sequential

  init(_ inputs: Int, _ outputs: Int, stride: Int) {
    proj =
      stride != 1 || inputs != outputs
      ? Sequential(normed(inputs, outputs, stride: stride)) : nil
    let middle = normed(outputs, outputs, kernel: 3, stride: stride, groups: outputs / 8)
    f = Sequential(named: [
      ("a", Sequential(normed(inputs, outputs) + [ReLU()])),
      ("b", Sequential(middle + [ReLU()])),
      ("se", SqueezeExcitation(outputs, squeezed: inputs / 4, biases: .uniformFanIn)),
      ("c", Sequential(normed(outputs, outputs))),
    ])
  }

  func callAsFunction(_ x: Tensor) -> Tensor { relu((proj?(x) ?? x) + f(x)) }
}
