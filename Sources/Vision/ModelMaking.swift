import Torch

extension ModelName {
  /// Returns the model, not yet initialised, for images of so many channels.
  ///
  /// - Parameters:
  ///   - dropout: the probability of its dropout; nil for the model's own. See `hasDropout`.
  ///   - stochasticDepth: the probability that training passes the last block by. See
  ///     `hasStochasticDepth`.
  public func make(
    channels: Int, classes: Int, dropout: Double? = nil, stochasticDepth: Double = 0
  ) -> any Layer {
    func cifar(_ depth: Int) -> any Layer {
      ResNetCIFAR(
        depth: depth, channels: channels, classes: classes, stochasticDepth: stochasticDepth)
    }
    func preActivation(_ depth: Int, bottlenecks: Bool) -> any Layer {
      PreActivationResNet(
        depth: depth, bottlenecks: bottlenecks, channels: channels, classes: classes,
        stochasticDepth: stochasticDepth)
    }
    func wide(_ depth: Int, by widening: Int) -> any Layer {
      PreActivationResNet(
        depth: depth, widening: widening, channels: channels, classes: classes,
        dropout: dropout ?? 0, stochasticDepth: stochasticDepth)
    }
    func denseCIFAR(_ depth: Int, growth: Int) -> any Layer {
      DenseNetCIFAR(
        depth: depth, growth: growth, channels: channels, classes: classes, dropout: dropout ?? 0)
    }
    func residual(_ depth: Int, widening: Int = 1) -> any Layer {
      ResNet(
        depth: depth, widening: widening, channels: channels, classes: classes,
        stochasticDepth: stochasticDepth)
    }
    func dense(_ depth: Int) -> any Layer {
      DenseNet(depth: depth, channels: channels, classes: classes, dropout: dropout ?? 0)
    }
    func vgg(_ depth: Int, batchNorm: Bool = false) -> any Layer {
      VGG(
        depth: depth, batchNorm: batchNorm, channels: channels, classes: classes,
        dropout: dropout ?? 0.5)
    }
    return switch self {
    case .resnet11: ResNet11(channels: channels, classes: classes)
    case .resnet20: cifar(20)
    case .resnet32: cifar(32)
    case .resnet44: cifar(44)
    case .resnet56: cifar(56)
    case .resnet110: cifar(110)
    case .resnet9: ResNet9(channels: channels, classes: classes)
    case .preActivationResNet20: preActivation(20, bottlenecks: false)
    case .preActivationResNet110: preActivation(110, bottlenecks: false)
    case .preActivationResNet164: preActivation(164, bottlenecks: true)
    case .wideResNet16By4: wide(16, by: 4)
    case .wideResNet28By10: wide(28, by: 10)
    case .denseNet40By12: denseCIFAR(40, growth: 12)
    case .denseNet100By12: denseCIFAR(100, growth: 12)
    case .caffeFull: CaffeFull(channels: channels, classes: classes)
    case .caffeQuick: CaffeQuick(channels: channels, classes: classes)
    case .resnet18: residual(18)
    case .resnet34: residual(34)
    case .resnet50: residual(50)
    case .resnet101: residual(101)
    case .resnet152: residual(152)
    case .wideResNet50: residual(50, widening: 2)
    case .wideResNet101: residual(101, widening: 2)
    case .denseNet121: dense(121)
    case .denseNet161: dense(161)
    case .denseNet169: dense(169)
    case .denseNet201: dense(201)
    case .alexNet: AlexNet(channels: channels, classes: classes, dropout: dropout ?? 0.5)
    case .googLeNet: GoogLeNet(channels: channels, classes: classes, dropout: dropout ?? 0.2)
    case .vgg11: vgg(11)
    case .vgg11bn: vgg(11, batchNorm: true)
    case .vgg13: vgg(13)
    case .vgg13bn: vgg(13, batchNorm: true)
    case .vgg16: vgg(16)
    case .vgg16bn: vgg(16, batchNorm: true)
    case .vgg19: vgg(19)
    case .vgg19bn: vgg(19, batchNorm: true)
    }
  }

  /// Whether the model has dropout, of which the probability can be chosen.
  public var hasDropout: Bool {
    switch self {
    case .wideResNet16By4, .wideResNet28By10, .alexNet, .googLeNet: true
    default: isDense || isVGG
    }
  }

  /// Whether the model has blocks that training can pass by.
  public var hasStochasticDepth: Bool {
    rawValue.contains("resnet") && self != .resnet9 && self != .resnet11
  }

  /// The width and height in pixels from which on images are large enough.
  public var smallestImage: Int {
    switch self {
    case .resnet9: 8
    case .denseNet40By12, .denseNet100By12: 4
    case .caffeFull, .caffeQuick: 8
    case .alexNet: 63
    case .googLeNet: 15
    default: isVGG ? 32 : isDense ? 29 : 1
    }
  }

  private var isDense: Bool { rawValue.hasPrefix("densenet") }
  private var isVGG: Bool { rawValue.hasPrefix("vgg") }
}
