import Formatting

/// The networks that can be asked for by name.
///
/// A new network declares its entries beside itself, and is one line here.
public enum Models {
  /// The networks that classify images.
  public static let classifiers = Catalog(
    "model",
    [
      ResNet11.entries,
      ResNetCIFAR.entries,
      ResNet9.entries,
      PreActivationResNet.entries,
      DenseNetCIFAR.entries,
      CaffeFull.entries,
      CaffeQuick.entries,
      ResNet.entries,
      DenseNet.entries,
      AlexNet.entries,
      GoogLeNet.entries,
      VGG.entries,
      MobileNetV3.entries,
      EfficientNet.entries,
      RegNet.entries,
      ConvNeXt.entries,
      VisionTransformer.entries,
    ].joined())

  /// The networks that segment images: they classify every pixel.
  public static let segmenters = catalog([
    UNet.models,
    EncoderUNet.models,
    DilatedSegmenter.models,
  ])

  /// The networks that detect objects.
  public static let detectors = catalog([
    FCOS.models,
    RetinaNet.models,
  ])

  /// The classifiers on which U-Nets and detectors can stand.
  public static let encoders = Catalog("encoder", classifiers.entries.filter { $0.encoder != nil })

  private static func catalog<Entry>(_ families: [ModelFamily<Entry>]) -> Catalog<Entry> {
    Catalog("model", families.flatMap(\.entries)) { folded in
      families.lazy.compactMap { $0.spelled(folded) }.first
    }
  }
}
