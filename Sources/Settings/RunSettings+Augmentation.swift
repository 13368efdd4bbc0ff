import Datasets

extension Augmentation {
  /// The augmentation that settings ask for.
  public init(_ settings: ResolvedSettings) {
    let own = settings.augmentation
    self.init(
      cropPadding: own.cropPadding, flips: own.flip, cropScale: own.cropScale?.range,
      colorJitter: own.colorJitter, randAugment: own.randAugment, cutout: own.cutout)
  }
}

extension BatchMixing {
  /// The mixing that settings ask for.
  public init(_ settings: ResolvedSettings) {
    self.init(mixup: settings.augmentation.mixup, cutmix: settings.augmentation.cutmix)
  }
}

extension BoxAugmentation {
  /// The augmentation that settings ask for.
  public init(_ settings: ResolvedSettings) {
    let own = settings.augmentation
    self.init(
      flips: own.flip, verticalFlips: own.rotate90, rotates90: own.rotate90,
      scale: own.scaleJitter?.range ?? Self.none.scale, colorJitter: own.colorJitter,
      mosaic: own.mosaic)
  }
}

extension MaskAugmentation {
  /// The augmentation that settings ask for.
  public init(_ settings: ResolvedSettings) {
    let own = settings.augmentation
    self.init(
      flips: own.flip, verticalFlips: own.rotate90, rotates90: own.rotate90, rotation: own.rotation,
      scale: own.scaleJitter?.range ?? Self.none.scale, elastic: own.elastic,
      colorJitter: own.colorJitter)
  }
}

extension RunSettings {
  /// Settings that ask for an augmentation and leave everything else open.
  public init(_ other: BoxAugmentation) {
    self.augmentation.flip = other.flips
    self.augmentation.rotate90 = other.rotates90
    self.augmentation.scaleJitter = NumberRange(other.scale)
    self.augmentation.colorJitter = other.colorJitter
    self.augmentation.mosaic = other.mosaic
  }

  /// Settings that ask for an augmentation and leave everything else open.
  public init(_ other: MaskAugmentation) {
    self.augmentation.flip = other.flips
    self.augmentation.rotate90 = other.rotates90
    self.augmentation.rotation = other.rotation
    self.augmentation.scaleJitter = NumberRange(other.scale)
    self.augmentation.elastic = other.elastic
    self.augmentation.colorJitter = other.colorJitter
  }
}
