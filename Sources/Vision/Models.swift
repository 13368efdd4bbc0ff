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
      EfficientNet.entries,
      RegNet.entries,
      ConvNeXt.entries,
      VisionTransformer.entries,
    ].joined())

  /// The networks that segment images: they classify every pixel.
  public static let segmenters = Catalog(
    "model",
    [
      UNet.entries,
      EncoderUNet.entries,
      DilatedSegmenter.entries,
    ].joined(), family: { UNet.entry(spelled: $0) ?? EncoderUNet.entry(spelled: $0) })

  /// The networks that detect objects.
  public static let detectors = Catalog(
    "model",
    [
      FCOS.entries,
      RetinaNet.entries,
    ].joined(), family: { FCOS.entry(spelled: $0) ?? RetinaNet.entry(spelled: $0) })

  /// The classifiers on which U-Nets and detectors can stand.
  public static let encoders = Catalog("encoder", classifiers.entries.filter { $0.encoder != nil })

  /// Returns the encoder that a network's folded name has behind its own: `resnet18` in `unetresnet18`.
  static func encoder(of folded: String, after prefix: String) -> ClassifierEntry? {
    folded.hasPrefix(prefix) ? encoders[String(folded.dropFirst(prefix.count))] : nil
  }
}
