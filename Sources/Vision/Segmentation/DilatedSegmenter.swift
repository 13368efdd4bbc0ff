import Torch

/// A residual network of 50 layers or more whose last two stages keep their images at an eighth of the
/// size, a head that says of each place which class it is, and interpolation up to the image's own size.
///
/// A second head, on the last stage but one, is trained too; see `AuxiliaryHead`.
///
/// - Source: Long, Shelhamer, Darrell, *Fully Convolutional Networks* (2015); Chen et al., *Rethinking
///   Atrous Convolution* (2017); as torchvision defines, names and begins `fcn_resnet50` and
///   `deeplabv3_resnet50`.
public final class DilatedSegmenter: Layer, BackboneNetwork {
  private let backbone: ResNetBackbone
  private let classifier: Sequential
  private let auxClassifier: Sequential

  private init(
    depth: Int, channels: Int, classes: Int, head: (_ inputs: Int, _ classes: Int) -> Sequential
  ) {
    backbone = ResNetBackbone(depth: depth, channels: channels, dilated: 2)
    classifier = head(backbone.widths[3], classes)
    auxClassifier = convolutionalHead(backbone.widths[2], classes)
  }

  /// Creates an FCN, whose head is two convolutions.
  public static func fcn(depth: Int = 50, channels: Int, classes: Int) -> DilatedSegmenter {
    DilatedSegmenter(depth: depth, channels: channels, classes: classes, head: convolutionalHead)
  }

  /// Creates a DeepLabV3, whose head is an atrous spatial pyramid pooling (ASPP).
  public static func deepLabV3(depth: Int = 50, channels: Int, classes: Int) -> DilatedSegmenter {
    DilatedSegmenter(depth: depth, channels: channels, classes: classes, head: pyramidHead)
  }

  /// The network that finds features, named as torchvision's ResNet.
  public var encoder: any Backbone { backbone }
  /// The last convolutions of both heads.
  public var heads: [String] {
    [("classifier", classifier), ("aux_classifier", auxClassifier)].map { name, head in
      "\(name).\(head.children.count - 1)"
    }
  }

  /// Returns logits [N, classes, H, W] for images [N, channels, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    enlarged(classifier(backbone.stages(x)[3]), to: x)
  }

  /// Returns the logits of both heads, the second's second.
  public func allLogits(_ x: Tensor) -> (logits: Tensor, auxiliary: Tensor) {
    let stages = backbone.stages(x)
    return (enlarged(classifier(stages[3]), to: x), enlarged(auxClassifier(stages[2]), to: x))
  }

  private func enlarged(_ logits: Tensor, to x: Tensor) -> Tensor {
    resizeBilinear(logits, toSizeOf: x)
  }
}

extension DilatedSegmenter: AuxiliaryHead {
  /// 0.5, as in torchvision's training script.
  public var auxiliaryFactor: Double { 0.5 }
}

extension DilatedSegmenter {
  static let models = ModelFamily(
    [50, 101].flatMap { depth in
      let base = Models.classifiers["resnet-\(depth)"]
      return [
        SegmenterEntry("fcn-resnet-\(depth)", "Long et al. (2015)", stride: 8, on: base) {
          fcn(depth: depth, channels: $0, classes: $1)
        },
        SegmenterEntry("deeplabv3-resnet-\(depth)", "Chen et al. (2017)", stride: 8, on: base) {
          deepLabV3(depth: depth, channels: $0, classes: $1)
        },
      ]
    })
}
