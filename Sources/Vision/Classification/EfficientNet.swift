import Torch

/// The EfficientNets: inverted bottlenecks in seven stages, whose depth, width and image size grow together.
///
/// A convolution of stride 2 to 32 channels; then the stages, of which the first block has the stride; then a
/// convolution of 1 pixel to 1,280 channels:
///
///     kernel   widened by   channels   blocks   stride
///     3        1            16         1        1
///     3        6            24         2        2
///     5        6            40         2        2
///     3        6            80         3        2
///     5        6            112        3        1
///     5        6            192        4        2
///     3        6            320        1        1
///
/// B0 is this table, with squeeze and excitation in each block and SiLU. The Lite networks have neither, but ReLU6, so
/// that integers can compute them; of Lite1 and Lite2 the stages but for the first and the last have 1.1 and 1.2 times
/// the blocks, and those of Lite2 1.1 times the channels.
///
/// V2-S begins with fused blocks, whose first convolution is not depthwise, and 24 channels:
///
///     block      kernel   widened by   channels   blocks   stride
///     fused      3        1            24         2        1
///     fused      3        4            48         4        2
///     fused      3        4            64         4        2
///     inverted   3        4            128        6        2
///     inverted   3        6            160        9        1
///     inverted   3        6            256        15       2
///
/// `tf-efficientnet-lite0` to `2` pad images as TensorFlow does, and add 0.001 to variances: for weights that were
/// trained by TensorFlow. Parameters for three channels and ten classes: 4,020,358 (B0), 3,383,818, 4,148,490 and
/// 4,823,882 (Lite0 to 2), 20,190,298 (V2-S).
///
/// - Source: Tan, Le, *EfficientNet* (2019), table 1, stochastic depth section 5.2; Tan, Le, *EfficientNetV2* (2021),
///   table 4; Google's `efficientnet/lite`; as timm defines, names and initializes `efficientnet_b0` and
///   `efficientnet_lite0`. V2-S is torchvision's `efficientnet_v2_s`, with timm's names.
final class EfficientNet: Backbone {
  /// What all blocks of a network have.
  struct Style: Sendable {
    var activation = Activation.relu6
    var squeezes = false
    /// Whether images are padded as TensorFlow pads them.
    var paddedAtEnd = false
    /// The epsilon of the batch norms.
    var epsilon = 1e-5
    /// Whether depthwise filters are initialized by the fan-out of all groups, as torchvision does.
    var countsAllOutputs = false
  }

  /// The activation between a block's layers.
  enum Activation: Sendable {
    case relu6, silu

    var layer: any Layer { self == .relu6 ? ReLU(ceiling: 6) : Function(Torch.silu) }
  }

  /// A row of the table.
  struct Stage: Sendable {
    var kind = Kind.inverted
    let kernel, widening: Int
    var outputs, blocks: Int
    let stride: Int
  }

  /// Whether a block is an inverted residual with a depthwise convolution, or fused.
  enum Kind: Sendable { case inverted, fused }

  let levels: [BackboneLevel]
  private let stem: Sequential
  private let blocks: [[EfficientNetBlock]]
  private let style: Style
  /// The stages after which images become smaller, or there are no more.
  private let lastOfLevel: Set<Int>

  /// Creates the network without its head.
  ///
  /// - Parameter stochasticDepth: block *l* of *L*, counted from 0, is skipped in training with this times *l* / *L*.
  init(
    _ stages: [Stage], stem: Int = 32, style: Style, channels: Int, stochasticDepth: Double
  ) {
    self.style = style
    let convolution = Convolution(
      channels, stem, kernel: 3, stride: 2, paddedAtEnd: style.paddedAtEnd)
    self.stem = Sequential(named: [
      ("conv_stem", convolution), ("bn1", BatchNorm(stem, epsilon: style.epsilon)),
      ("", style.activation.layer),
    ])
    let total = Double(stages.reduce(0) { $0 + $1.blocks })
    var (inputs, number, stride) = (stem, 0.0, 2)
    var blocks: [[EfficientNetBlock]] = []
    var levels: [BackboneLevel] = []
    var lastOfLevel: Set<Int> = []
    for (index, stage) in stages.enumerated() {
      blocks.append(
        (0..<stage.blocks).map { block in
          defer { (inputs, number) = (stage.outputs, number + 1) }
          return EfficientNetBlock(
            inputs, stage, stride: block == 0 ? stage.stride : 1, style: style,
            dropping: stochasticDepth * number / total)
        })
      stride *= stage.stride
      guard index + 1 == stages.count || stages[index + 1].stride > 1 else { continue }
      levels.append(BackboneLevel(channels: stage.outputs, stride: stride))
      lastOfLevel.insert(index)
    }
    (self.blocks, self.levels, self.lastOfLevel) = (blocks, levels, lastOfLevel)
  }

  var children: [(name: String, value: Any)] {
    stem.children + [("blocks", blocks)]
  }

  func features(_ x: Tensor) -> [Tensor] {
    var x = stem(x)
    var features: [Tensor] = []
    for (index, stage) in blocks.enumerated() {
      x = stage.reduce(x) { $1($0) }
      if lastOfLevel.contains(index) { features.append(x) }
    }
    return features
  }

  let headPrefixes = ["conv_head.", "bn2.", "classifier."]

  /// The names of torchvision's `efficientnet_b0` and `efficientnet_v2_s`, and of the package efficientnet_pytorch.
  var layouts: [ParameterNaming] {
    let end = "features.\(blocks.count + 1)"
    var torchvision = [
      "features.0.0": "conv_stem", "features.0.1": "bn1", "\(end).0": "conv_head",
      "\(end).1": "bn2",
      "classifier.1": "classifier",
    ]
    var package = [
      "_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2",
      "_fc": "classifier",
    ]
    var number = 0
    for (stage, blocks) in blocks.enumerated() {
      for (index, block) in blocks.enumerated() {
        let own = "blocks.\(stage).\(index)."
        for names in block.names {
          torchvision["features.\(stage + 1).\(index).block.\(names.torchvision)"] = own + names.own
          package["_blocks.\(number)._\(names.package)"] = own + names.own
        }
        number += 1
      }
    }
    return [
      ParameterNaming(system: "torchvision", names: torchvision),
      ParameterNaming(
        system: "efficientnet_pytorch", names: package,
        note: style.paddedAtEnd
          ? nil
          : "trained with TensorFlow's padding, which the models tf-efficientnet-lite0 to 2 have"),
    ]
  }
}

extension EfficientNet {
  private static let table: [Stage] = [
    Stage(kernel: 3, widening: 1, outputs: 16, blocks: 1, stride: 1),
    Stage(kernel: 3, widening: 6, outputs: 24, blocks: 2, stride: 2),
    Stage(kernel: 5, widening: 6, outputs: 40, blocks: 2, stride: 2),
    Stage(kernel: 3, widening: 6, outputs: 80, blocks: 3, stride: 2),
    Stage(kernel: 5, widening: 6, outputs: 112, blocks: 3, stride: 1),
    Stage(kernel: 5, widening: 6, outputs: 192, blocks: 4, stride: 2),
    Stage(kernel: 3, widening: 6, outputs: 320, blocks: 1, stride: 1),
  ]

  /// The table with more channels, and more blocks in all stages but the first and the last, both in percent.
  private static func lite(channels: Int, blocks: Int) -> [Stage] {
    table.enumerated().map { index, stage in
      var stage = stage
      stage.outputs = multipleOf8(stage.outputs * channels / 100)
      if index > 0, index + 1 < table.count { stage.blocks = (stage.blocks * blocks + 99) / 100 }
      return stage
    }
  }

  private static let v2: [Stage] = [
    Stage(kind: .fused, kernel: 3, widening: 1, outputs: 24, blocks: 2, stride: 1),
    Stage(kind: .fused, kernel: 3, widening: 4, outputs: 48, blocks: 4, stride: 2),
    Stage(kind: .fused, kernel: 3, widening: 4, outputs: 64, blocks: 4, stride: 2),
    Stage(kernel: 3, widening: 4, outputs: 128, blocks: 6, stride: 2),
    Stage(kernel: 3, widening: 6, outputs: 160, blocks: 9, stride: 1),
    Stage(kernel: 3, widening: 6, outputs: 256, blocks: 15, stride: 2),
  ]

  private static let lites: [(name: String, stages: [Stage], dropout: Double)] = [
    ("efficientnet-lite0", stages: table, dropout: 0.2),
    ("efficientnet-lite1", lite(channels: 100, blocks: 110), 0.2),
    ("efficientnet-lite2", lite(channels: 110, blocks: 120), 0.3),
  ]

  static let entries =
    lites.map { entry($0.name, $0.stages, Style(), dropout: $0.dropout) }
    + lites.map {
      entry(
        "tf-" + $0.name, $0.stages, Style(paddedAtEnd: true, epsilon: 0.001), dropout: $0.dropout)
    }
    + [
      entry(
        "efficientnet-b0", table, Style(activation: .silu, squeezes: true), dropout: 0.2,
        weights: "timm's and torchvision's weights fit"),
      entry(
        "efficientnet-v2-s", v2, stem: 24,
        Style(activation: .silu, squeezes: true, epsilon: 0.001, countsAllOutputs: true),
        dropout: 0.2, weights: "torchvision's weights fit"),
    ]

  /// An entry of a network and its head.
  private static func entry(
    _ name: String, _ stages: [Stage], stem: Int = 32, _ style: Style, dropout: Double,
    weights: String = "timm's weights fit"
  ) -> ClassifierEntry {
    ClassifierEntry(
      name, "Tan, Le (2019, 2021); \(weights)", dropout: dropout, stochasticDepth: 0.2,
      family: .depthwise,
      backbone: {
        EfficientNet(stages, stem: stem, style: style, channels: $0, stochasticDepth: $1)
      },
      head: { inputs, request in
        Sequential(named: [
          ("conv_head", Convolution(inputs, 1280, kernel: 1)),
          ("bn2", BatchNorm(1280, epsilon: style.epsilon)), ("", style.activation.layer),
          ("", Function { $0.mean(over: [2, 3]) }), ("", Dropout(request.dropout)),
          (
            "classifier",
            Linear(
              1280, request.classes,
              weights: .uniform(1 / Double(request.classes).squareRoot()), biases: .zero)
          ),
        ])
      })
  }
}

/// Returns the nearest multiple of 8, but no less than nine tenths of a number.
func multipleOf8(_ number: Int) -> Int {
  let rounded = max(8, (number + 4) / 8 * 8)
  return 10 * rounded < 9 * number ? rounded + 8 : rounded
}
