import Datasets
import Settings
import Vision

extension RunSettings {
  /// Whether the head is all that is trained, from the first update to the last.
  var trainsHeadAlone: Bool {
    self.model.freeze?.isBackbone == true && self.model.unfreezeAt == nil
  }

  /// Whether the recipe computes the features of images once.
  var takesCachedFeatures: Bool {
    trainsHeadAlone && self.model.cachedFeatures != false && settingThatMovesFeatures == nil
  }

  /// The flags of the settings that augment images, but for the mirror image.
  private var typedAugmentations: [String] {
    let own = self.augmentation
    return [
      ("crop-padding", own.cropPadding ?? 0 > 0),
      ("crop-scale", own.cropScale.map { $0.range != 1...1 } ?? false),
      ("color-jitter", own.colorJitter.map { $0 != ColorJitter() } ?? false),
      ("rand-augment", own.randAugment != nil), ("cutout", own.cutout ?? 0 > 0),
    ].filter(\.1).map(\.0)
  }

  /// The flag of a setting with which an image's features are not the same each time; nil where there is none.
  ///
  /// The network then runs in each update. Augmentations of an image change nothing where views of it are cached.
  var settingThatMovesFeatures: String? {
    let views = self.model.featureViews
    let isMirrored = self.augmentation.flip == true && views == 1
    let augmentations = (isMirrored ? ["flip"] : []) + (views ?? 1 > 1 ? [] : typedAugmentations)
    let others: [(String, Bool)] = [
      ("mixup", self.augmentation.mixup ?? 0 > 0), ("cutmix", self.augmentation.cutmix ?? 0 > 0),
      ("dropout", self.optimizer.dropout ?? 0 > 0),
      ("stochastic-depth", self.optimizer.stochasticDepth ?? 0 > 0),
      ("no-frozen-norm", self.model.frozenNorm == false),
    ]
    return augmentations.first ?? others.first(where: \.1)?.0
  }

  /// Refuses settings of which nothing would be seen where the head alone is trained.
  ///
  /// - Throws: `SettingsError.notAllowed`.
  func checkProbe() throws {
    guard trainsHeadAlone else { return }
    if let decay = text("layer-decay"), self.optimizer.layerDecay != 1 {
      throw SettingsError.notAllowed(
        key: "layer-decay", value: decay,
        allowed: "left out with --freeze backbone, with which what lies on the backbone is all that is trained")
    }
    guard let views = self.model.featureViews, views > 1 else { return }
    // The image, and its mirror image.
    let plain = self.augmentation.flip == false ? 1 : 2
    guard views <= plain, let setting = typedAugmentations.first else { return }
    throw SettingsError.notAllowed(
      key: "feature-views", value: "\(views)",
      allowed: "at least \(plain + 1) with --\(setting), since "
        + (plain == 1 ? "the first view is the image as it is" : "the first two are the image and its mirror image"))
  }
}
