import Datasets
import Planning

extension Augmentation {
  /// The augmentation that settings ask for, which have been checked.
  init(_ settings: RunSettings) {
    self.init(
      cropPadding: settings.cropPadding ?? 0, flips: settings.flip ?? false,
      cropScale: settings.cropShare, colorJitter: ColorJitter(settings),
      randAugment: settings.randAugmentNumbers.map {
        RandAugment(operations: $0.operations, magnitude: $0.magnitude)
      },
      cutout: settings.cutout ?? 0)
  }
}

extension BatchMixing {
  /// The mixing that settings ask for.
  init(_ settings: RunSettings) {
    self.init(mixup: settings.mixup ?? 0, cutmix: settings.cutmix ?? 0)
  }
}

extension BoxAugmentation {
  /// The augmentation that settings ask for, which have been checked.
  init(_ settings: RunSettings) {
    self.init(
      flips: settings.flip ?? false, verticalFlips: settings.turn ?? false,
      turns: settings.turn ?? false, scale: settings.scaleReach ?? 1...1,
      colorJitter: ColorJitter(settings), mosaic: settings.mosaic ?? 0)
  }
}

extension MaskAugmentation {
  /// The augmentation that settings ask for, which have been checked.
  init(_ settings: RunSettings) {
    self.init(
      flips: settings.flip ?? false, verticalFlips: settings.turn ?? false,
      turns: settings.turn ?? false, rotation: settings.rotation ?? 0,
      scale: settings.scaleReach ?? 1...1, elastic: settings.elastic ?? 0,
      colorJitter: ColorJitter(settings))
  }
}

extension ColorJitter {
  /// The change of colours that settings ask for, if they do.
  fileprivate init?(_ settings: RunSettings) {
    guard let reaches = settings.colorReaches else { return nil }
    self.init(
      brightness: reaches[0], contrast: reaches[1], saturation: reaches[2], hue: reaches[3])
  }

  /// The setting that asks for it.
  fileprivate var setting: String { "\(brightness),\(contrast),\(saturation),\(hue)" }
}

extension RunSettings {
  /// Settings that ask for an augmentation and leave all else open.
  init(_ augmentation: BoxAugmentation) {
    self.init()
    flip = augmentation.flips
    turn = augmentation.turns
    scaleJitter = Self.setting(augmentation.scale)
    colorJitter = augmentation.colorJitter?.setting
    mosaic = augmentation.mosaic
  }

  /// Settings that ask for an augmentation and leave all else open.
  init(_ augmentation: MaskAugmentation) {
    self.init()
    flip = augmentation.flips
    turn = augmentation.turns
    rotation = augmentation.rotation
    scaleJitter = Self.setting(augmentation.scale)
    elastic = augmentation.elastic
    colorJitter = augmentation.colorJitter?.setting
  }

  private static func setting(_ scale: ClosedRange<Double>) -> String {
    "\(scale.lowerBound),\(scale.upperBound)"
  }
}
