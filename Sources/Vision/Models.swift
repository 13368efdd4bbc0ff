import Words

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
    ].joined())

  /// The networks that segment images: they classify every pixel.
  public static let segmenters = Catalog(
    "model",
    [
      UNet.entries,
      ResNetUNet.entries,
      DilatedSegmenter.entries,
    ].joined(), family: UNet.entry(spelled:))

  /// The networks that detect objects.
  public static let detectors = Catalog(
    "model",
    [
      FCOS.entries,
      RetinaNet.entries,
    ].joined())
}
