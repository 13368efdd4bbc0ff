import Datasets
import Planning

extension Augmentation {
  /// The augmentation that settings ask for, which have been checked.
  init(_ settings: RunSettings) {
    self.init(
      cropPadding: settings.cropPadding ?? 0, flips: settings.flip ?? false,
      cropScale: settings.cropShare,
      colorJitter: settings.colorReaches.map {
        ColorJitter(brightness: $0[0], contrast: $0[1], saturation: $0[2], hue: $0[3])
      },
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
