import Torch

/// MobileNetV3: inverted residuals with depthwise convolutions and hard activations, for photographs on phones.
///
/// A convolution of 16 channels, the table's blocks, and a convolution to six times the last block's channels; then a
/// linear layer of 1,024 features (Small) or 1,280 (Large). Each block has a 1x1 convolution that expands the channels,
/// a depthwise convolution, squeeze and excitation where marked, and a 1x1 convolution that projects them:
///
///     Small                                               Large
///     kernel  widened to  channels  SE  activation  stride  kernel  widened to  channels  SE  activation  stride
///     3       16          16        x   ReLU        2       3       16          16            ReLU        1
///     3       72          24            ReLU        2       3       64          24            ReLU        2
///     3       88          24            ReLU        1       3       72          24            ReLU        1
///     5       96          40        x   hard swish  2       5       72          40        x   ReLU        2
///     5       240         40        x   hard swish  1       5       120         40        x   ReLU        1
///     5       240         40        x   hard swish  1       5       120         40        x   ReLU        1
///     5       120         48        x   hard swish  1       3       240         80            hard swish  2
///     5       144         48        x   hard swish  1       3       200         80            hard swish  1
///     5       288         96        x   hard swish  2       3       184         80            hard swish  1
///     5       576         96        x   hard swish  1       3       184         80            hard swish  1
///     5       576         96        x   hard swish  1       3       480         112       x   hard swish  1
///                                                           3       672         112       x   hard swish  1
///                                                           5       672         160       x   hard swish  2
///                                                           5       960         160       x   hard swish  1
///                                                           5       960         160       x   hard swish  1
///
/// 1,528,106 and 4,214,842 parameters for three channels and ten classes.
///
/// - Source: Howard et al., *Searching for MobileNetV3* (2019), tables 1 and 2; as torchvision defines, names and
///   initializes `mobilenet_v3_large` and `mobilenet_v3_small`.
final class MobileNetV3: Backbone {
  let levels: [BackboneLevel]
  private let layers: [any Layer]
  /// The layers after which images become smaller, or there are no more.
  private let lastOfLevel: Set<Int>

  fileprivate init(_ table: [InvertedResidual.Shape], channels: Int) {
    var layers: [any Layer] = [
      normed(channels, 16, kernel: 3, stride: 2, activation: Function(hardSwish))
    ]
    var levels: [BackboneLevel] = []
    var lastOfLevel: Set<Int> = []
    var (inputs, stride) = (16, 2)
    for (index, shape) in table.enumerated() {
      if shape.stride > 1 {
        levels.append(BackboneLevel(channels: inputs, stride: stride))
        lastOfLevel.insert(index)
      }
      layers.append(InvertedResidual(inputs, shape))
      inputs = shape.outputs
      stride *= shape.stride
    }
    levels.append(BackboneLevel(channels: inputs, stride: stride))
    lastOfLevel.insert(table.count)
    (self.layers, self.levels, self.lastOfLevel) = (layers, levels, lastOfLevel)
  }

  var children: [(name: String, value: Any)] {
    layers.enumerated().map { ("features.\($0.offset)", $0.element) }
  }

  func features(_ x: Tensor) -> [Tensor] {
    var x = x
    var features: [Tensor] = []
    for (index, layer) in layers.enumerated() {
      x = layer(x)
      if lastOfLevel.contains(index) { features.append(x) }
    }
    return features
  }

  var headPrefixes: [String] { ["features.\(layers.count).", "classifier."] }
}

extension MobileNetV3 {
  static let entries = [
    entry("mobilenet-v3-small", small, width: 1024),
    entry("mobilenet-v3-large", large, width: 1280),
  ]

  private static func entry(
    _ name: String, _ table: [InvertedResidual.Shape], width: Int
  ) -> ClassifierEntry {
    ClassifierEntry(
      name, "Howard et al. (2019)", dropout: 0.2, hasTorchvisionLayout: true, family: .depthwise,
      backbone: { channels, _ in MobileNetV3(table, channels: channels) },
      head: { inputs, request in
        func linear(_ inputs: Int, _ outputs: Int) -> Linear {
          Linear(inputs, outputs, weights: .normal(0.01), biases: .zero)
        }
        return Sequential(named: [
          (
            "features.\(table.count + 1)",
            normed(inputs, 6 * inputs, kernel: 1, activation: Function(hardSwish))
          ),
          ("", Function { $0.mean(over: [2, 3]) }),
          (
            "classifier",
            Sequential(
              linear(6 * inputs, width), Function(hardSwish), Dropout(request.dropout),
              linear(width, request.classes))
          ),
        ])
      })
  }

  private static let small: [InvertedResidual.Shape] = [
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

  private static let large: [InvertedResidual.Shape] = [
    .init(kernel: 3, widened: 16, outputs: 16, squeezes: false, isHard: false, stride: 1),
    .init(kernel: 3, widened: 64, outputs: 24, squeezes: false, isHard: false, stride: 2),
    .init(kernel: 3, widened: 72, outputs: 24, squeezes: false, isHard: false, stride: 1),
    .init(kernel: 5, widened: 72, outputs: 40, squeezes: true, isHard: false, stride: 2),
    .init(kernel: 5, widened: 120, outputs: 40, squeezes: true, isHard: false, stride: 1),
    .init(kernel: 5, widened: 120, outputs: 40, squeezes: true, isHard: false, stride: 1),
    .init(kernel: 3, widened: 240, outputs: 80, squeezes: false, isHard: true, stride: 2),
    .init(kernel: 3, widened: 200, outputs: 80, squeezes: false, isHard: true, stride: 1),
    .init(kernel: 3, widened: 184, outputs: 80, squeezes: false, isHard: true, stride: 1),
    .init(kernel: 3, widened: 184, outputs: 80, squeezes: false, isHard: true, stride: 1),
    .init(kernel: 3, widened: 480, outputs: 112, squeezes: true, isHard: true, stride: 1),
    .init(kernel: 3, widened: 672, outputs: 112, squeezes: true, isHard: true, stride: 1),
    .init(kernel: 5, widened: 672, outputs: 160, squeezes: true, isHard: true, stride: 2),
    .init(kernel: 5, widened: 960, outputs: 160, squeezes: true, isHard: true, stride: 1),
    .init(kernel: 5, widened: 960, outputs: 160, squeezes: true, isHard: true, stride: 1),
  ]
}

/// A convolution, a batch norm, and an activation if there is one.
private func normed(
  _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
  activation: (any Layer)? = nil
) -> Sequential {
  let layers: [any Layer] = [
    Convolution(
      inputs, outputs, kernel: kernel, stride: stride, groups: groups,
      weights: .fanOutOfAllGroups(outputs, kernel: kernel)),
    BatchNorm(outputs, momentum: 0.01, epsilon: 0.001),
  ]
  return Sequential(layers + (activation.map { [$0] } ?? []))
}

/// An inverted residual, with a shortcut where its size and channels stay.
private final class InvertedResidual: Block {
  struct Shape {
    let kernel, widened, outputs: Int
    let squeezes, isHard: Bool
    let stride: Int
  }

  private let block: Sequential
  private let hasShortcut: Bool

  init(_ inputs: Int, _ shape: Shape) {
    let activation: any Layer = shape.isHard ? Function(hardSwish) : ReLU()
    var layers: [any Layer] = []
    if shape.widened != inputs {
      layers.append(normed(inputs, shape.widened, kernel: 1, activation: activation))
    }
    layers.append(
      normed(
        shape.widened, shape.widened, kernel: shape.kernel, stride: shape.stride,
        groups: shape.widened, activation: activation))
    if shape.squeezes {
      layers.append(
        SqueezeExcitation(
          shape.widened, squeezed: multipleOf8(shape.widened / 4), gate: hardSigmoid))
    }
    layers.append(normed(shape.widened, shape.outputs, kernel: 1))
    block = Sequential(layers)
    hasShortcut = shape.stride == 1 && inputs == shape.outputs
  }

  func callAsFunction(_ x: Tensor) -> Tensor { hasShortcut ? block(x) + x : block(x) }
}
