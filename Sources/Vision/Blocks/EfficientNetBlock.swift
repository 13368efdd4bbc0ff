import Torch

/// A block of an EfficientNet: an inverted residual, with a shortcut where its size and channels stay.
///
/// - Source: Sandler et al., *MobileNetV2* (2018), figure 3; fused: Tan, Le, *EfficientNetV2* (2021), figure 2; as
///   timm's `DepthwiseSeparableConv`, `InvertedResidual`, `ConvBnAct` and `EdgeResidual`.
final class EfficientNetBlock: Block {
  /// A layer's own name, and those that torchvision's block and efficientnet_pytorch's have for it.
  typealias Names = (own: String, torchvision: String, package: String)

  private let block: Sequential
  private let hasShortcut: Bool
  private let depth: StochasticDepth
  /// The names of all layers.
  let names: [Names]

  /// Creates a block.
  ///
  /// - Parameter dropping: the probability that training skips it, for each image.
  init(
    _ inputs: Int, _ stage: EfficientNet.Stage, stride: Int, style: EfficientNet.Style,
    dropping: Double
  ) {
    var layers: [(name: String, layer: any Layer)] = []
    var names: [Names] = []
    var (norms, steps) = (0, 0)
    /// A convolution, its batch norm, and the activation unless it ends the block.
    func add(
      _ name: String, _ package: (String, String), _ inputs: Int, _ outputs: Int, kernel: Int = 1,
      stride: Int = 1, groups: Int = 1, ends: Bool = false
    ) {
      norms += 1
      layers.append(
        (
          name,
          Convolution(
            inputs, outputs, kernel: kernel, stride: stride, paddedAtEnd: style.paddedAtEnd,
            groups: groups,
            weights: style.countsAllOutputs
              ? .fanOutOfAllGroups(outputs, kernel: kernel) : .kaimingNormalFanOut)
        ))
      layers.append(("bn\(norms)", BatchNorm(outputs, epsilon: style.epsilon)))
      if !ends { layers.append(("", style.activation.layer)) }
      names += [
        (name, "\(steps).0", package.0), ("bn\(norms)", "\(steps).1", package.1),
      ]
      steps += 1
    }
    let wide = inputs * stage.widening
    let isWide = stage.widening > 1
    switch stage.kind {
    case .fused where isWide:
      add("conv_exp", ("", ""), inputs, wide, kernel: stage.kernel, stride: stride)
      add("conv_pwl", ("", ""), wide, stage.outputs, ends: true)
    case .fused:
      add("conv", ("", ""), inputs, stage.outputs, kernel: stage.kernel, stride: stride)
    case .inverted:
      if isWide { add("conv_pw", ("expand_conv", "bn0"), inputs, wide) }
      add(
        "conv_dw", ("depthwise_conv", "bn1"), wide, wide, kernel: stage.kernel, stride: stride,
        groups: wide)
      if style.squeezes {
        layers.append(
          (
            "se",
            SqueezeExcitation(
              wide, squeezed: inputs / 4, names: ("conv_reduce", "conv_expand"),
              activation: style.activation.layer.callAsFunction)
          ))
        names += [
          ("se.conv_reduce", "\(steps).fc1", "se_reduce"),
          ("se.conv_expand", "\(steps).fc2", "se_expand"),
        ]
        steps += 1
      }
      add(
        isWide ? "conv_pwl" : "conv_pw", ("project_conv", "bn2"), wide, stage.outputs, ends: true)
    }
    block = Sequential(named: layers)
    self.names = names
    hasShortcut = stride == 1 && inputs == stage.outputs
    depth = StochasticDepth(dropping)
  }

  var children: [(name: String, value: Any)] { block.children + [("drop_path", depth)] }

  func callAsFunction(_ x: Tensor) -> Tensor { hasShortcut ? depth(block(x)) + x : block(x) }
}
