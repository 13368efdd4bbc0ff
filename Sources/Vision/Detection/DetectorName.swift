import Torch
import Words

/// The detectors that can be named.
public enum DetectorName: String, Sendable, Named {
  /// An `FCOS` for two cores: a residual network of half the width, a pyramid of 64 channels whose first
  /// level lies at a quarter of the image's size, so that small objects are seen, and towers of two
  /// convolutions.
  case narrow = "fcos-narrow"
  /// See `FCOS`; torchvision's, on a ResNet-18.
  case fcos18 = "fcos-resnet-18"
  /// See `FCOS`; torchvision's `fcos_resnet50_fpn`.
  case fcos50 = "fcos-resnet-50"
  /// See `RetinaNet`; torchvision's, on a ResNet-18.
  case retinaNet18 = "retinanet-resnet-18"
  /// See `RetinaNet`; torchvision's `retinanet_resnet50_fpn`.
  case retinaNet50 = "retinanet-resnet-50"

  /// torchvision names the pyramid too.
  public static var aliases: [String: DetectorName] {
    ["fcos-resnet-50-fpn": .fcos50, "retinanet-resnet-50-fpn": .retinaNet50]
  }

  /// Finds a detector by its name, in any spelling.
  ///
  /// - Throws: `UnknownModel` with the nearest name.
  public init(named name: String) throws {
    guard let model = DetectorName(spelled: name) else {
      throw UnknownModel(name, among: Self.names)
    }
    self = model
  }

  /// Returns the detector, not yet initialised.
  public func make(classes: Int) -> any Detector {
    switch self {
    case .narrow:
      FCOS(
        PyramidShape(depth: 18, width: 32, firstStage: 1, channels: 64, hasTop: false),
        convolutions: 2, classes: classes)
    case .fcos18: FCOS(PyramidShape(depth: 18), classes: classes)
    case .fcos50: FCOS(PyramidShape(depth: 50), classes: classes)
    case .retinaNet18: RetinaNet(PyramidShape(depth: 18), classes: classes)
    case .retinaNet50: RetinaNet(PyramidShape(depth: 50), classes: classes)
    }
  }
}
