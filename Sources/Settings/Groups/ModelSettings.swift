// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Each setting is documented by its own help text.

import Schedules

/// The network, its initial weights, and its loss.
public struct ModelSettings: SettingsGroup {
  public static let schema = Schema(
    "Model", "The network, its initial weights, and its loss.", Self())

  public let name = Setting<String>(
    "model", "The model's name; 'rondo doctor' lists them.", default: "resnet-11")
  public let encoder = Setting<String?>(
    "encoder",
    "The classifier on which a U-Net or a detector stands: efficientnet-lite0; --model unet, fcos or retinanet.",
    for: [.segment, .detect])
  public let weights = Setting<String?>(
    "weights",
    "Weights to start from: imagenet, a name of 'rondo weights list', or a file (safetensors, .pth).",
    mayChange: true)
  public let recipe = Setting<RecipeName?>(
    "recipe", "Where settings come from that are not given: from-scratch or fine-tuning.",
    defaultDescription: "fine-tuning where weights are given; for masks and boxes with an encoder")
  public let zeroHead = Setting<Bool>(
    "zero-head", "Initialize a head that the weights lack to 0, not at random.", default: false,
    defaultDescription: "with --recipe fine-tuning", for: [.classify],
    needs: .zeroHead)
  public let freeze = Setting<FreezeRule?>(
    "freeze",
    "Parameters that are not trained: prefixes of their names, PREFIX[,PREFIX...], or backbone.")
  public let unfreezeAt = Setting<Time?>(
    "unfreeze-at", "When they are trained too: 2000 (updates), 4ep, 51200sa or 30% (of the run).",
    .length, defaultDescription: "never")
  public let headFirst = Setting<Time?>(
    "head-first",
    "Train only what the weights do not have at first, for 2ep or 10% (of the run), then everything.",
    .length, defaultDescription: "everything from the beginning")
  public let frozenNorm = Setting<Bool>(
    "frozen-norm",
    "Keep the batch norms' statistics as loaded (eval mode); for masks and boxes the encoder's.",
    default: false, defaultDescription: "with --recipe fine-tuning where batches are small")
  public let cachedFeatures = Setting<Bool>(
    "cached-features",
    "With --freeze backbone: compute each image's features once, and train on them.",
    default: false, defaultDescription: "with --freeze backbone and --weights, unless an augmentation is typed",
    for: [.classify])
  public let featureViews = Setting<Int>(
    "feature-views",
    "Views of each training image whose features are cached: the image, its mirror image, then augmented ones.",
    .in(1...100), default: 1, defaultDescription: "with cached features 2 to 9, by the number of images",
    for: [.classify], needs: .cachedFeatures)
  public let syncBatchNorm = Setting<Bool>(
    "sync-batch-norm",
    "Batch norms use the statistics of all processes' images, where several train together.",
    default: false)
  public let loss = Setting<LossTerms>(
    "loss", "The loss: cross-entropy or focal; for masks also dice, or a sum of them.",
    default: LossTerms([.crossEntropy, .dice]),
    defaultDescription: "cross-entropy; for masks cross-entropy+dice", for: [.classify, .segment])
  public let focalGamma = Setting<Double>(
    "focal-gamma", "The exponent of the focal loss; 0 is cross-entropy.", .in(0...10), default: 2,
    for: [.classify, .segment],
    needs: .focalLoss)
  public let classWeights = Setting<ClassWeighting>(
    "class-weights",
    "Weight the loss by class: balanced (one over its images), sqrt, none, or a number for each.",
    default: .none, for: [.classify, .segment])
  public let borderWeights = Setting<Bool>(
    "border-weights", "Weight the loss by pixel, so that those between instances count more.",
    default: false, for: [.segment])

  public static func check(_ settings: RunSettings) throws {
    if settings.model.recipe == .fineTuning, settings.model.weights == nil {
      throw SettingsError.missing(
        key: "weights", because: "--recipe fine-tuning is for a model that begins with them")
    }
    if settings.model.cachedFeatures == true {
      let freeze = settings.model.freeze
      guard freeze?.isBackbone == true, settings.model.unfreezeAt == nil else {
        throw SettingsError.notAllowed(
          key: "cached-features", value: "true",
          allowed: "given with --freeze backbone, and without --unfreeze-at")
      }
    }
    if let time = settings.text("head-first") {
      guard settings.model.freeze == nil, settings.model.unfreezeAt == nil else {
        throw SettingsError.notAllowed(
          key: "head-first", value: time,
          allowed: "left out with --freeze and --unfreeze-at, which say the same")
      }
      if settings.model.weights == nil {
        throw SettingsError.missing(
          key: "weights", because: "--head-first trains at first what they do not have")
      }
    }
    guard settings.model.unfreezeAt != nil, settings.model.freeze == nil else { return }
    throw SettingsError.missing(
      key: "freeze", because: "--unfreeze-at says when what it names is trained too")
  }
}

extension SettingNeed {
  fileprivate static var cachedFeatures: SettingNeed {
    SettingNeed { settings in
      let model = settings.model
      if model.cachedFeatures == false { return "left out with --no-cached-features" }
      guard model.freeze?.isBackbone == true, model.unfreezeAt == nil else {
        return "given with --freeze backbone, and without --unfreeze-at"
      }
      return model.weights == nil && model.cachedFeatures != true
        ? "given with --weights or --cached-features" : nil
    }
  }

  fileprivate static var zeroHead: SettingNeed {
    SettingNeed {
      $0.model.zeroHead == true && $0.model.weights == nil ? "given with --weights, which may lack a head" : nil
    }
  }

  fileprivate static var focalLoss: SettingNeed {
    SettingNeed {
      $0.model.loss?.terms.contains(.focal) == true ? nil : "given with --loss focal, whose exponent it is"
    }
  }
}

extension Time: SettingText {
  /// What the text must look like.
  public static var expected: String { "a length above 0: 2000 (updates), 4ep, 51200sa or 30%" }
}

extension AllowedValues<Time> {
  /// A length above 0.
  static var length: Self { Self(Time.expected, \.isAboveZero) }
}
