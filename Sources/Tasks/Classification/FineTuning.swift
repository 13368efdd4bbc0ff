import Datasets
import Numbers
import Planning
import Settings
import Vision

/// The recipe of a classifier that begins with trained weights: the settings that are not given.
///
/// They depend on the kind of network and on the number of training images. Where the backbone is frozen for the whole
/// run, the recipe is that of a linear probe; where nothing typed changes its features, these are computed once.
///
/// A new head is initialized to 0: with few images random initial values would hardly be trained away.
///
/// - Source: the usual numbers of the field. The head: Dosovitskiy et al., *An Image Is Worth 16x16 Words* (2021),
///   section 3.2. AdamW, rates by depth and stochastic depth: Bao et al., *BEiT* (2022), Liu et al., *ConvNeXt* (2022).
///   SGD: Kornblith et al., *Do Better ImageNet Models Transfer Better?* (2019). The crop: fastai's `fine_tune` recipes
///   (0.35 to all of the area).
struct FineTuning {
  /// The network.
  let model: ClassifierEntry
  /// Training images.
  let images: Int
  /// Whether they are photographs, which are cropped as they are read.
  let arePhotographs: Bool
  /// Whether the head alone is trained.
  private let isProbe: Bool
  /// Whether features are computed once.
  private let cachesFeatures: Bool
  /// The images' short side, in pixels.
  let side: Int
  /// Whether images are mirrored.
  let mirrors: Bool
  /// Images in a batch, where that was typed.
  private let typedBatch: Int?
  /// Batches of an update.
  private let accumulate: Int
  /// Epochs, where they were typed, or updates that come to so many; 0 where another budget was.
  private let typedEpochs: Double?
  /// Views of an image, where they were typed.
  private let typedViews: Int?
  /// The fewest views that show what was typed.
  private let leastViews: Int

  /// Chooses between fine-tuning and a linear probe.
  init(
    _ typed: RunSettings, _ model: ClassifierEntry, images: Int, side: Int, arePhotographs: Bool,
    mirrors: Bool
  ) {
    (self.model, self.images, self.arePhotographs) = (model, images, arePhotographs)
    (self.side, self.mirrors) = (side, mirrors)
    typedBatch = typed.budget.batchSize?.images
    accumulate = max(1, typed.budget.accumulate ?? 1)
    typedViews = typed.model.featureViews
    leastViews = typed.augmentation.flip == true ? 2 : 1
    let perEpoch = Self.updates(
      ofEpoch: images, batch: typedBatch ?? Self.batchSize(for: images), accumulate: accumulate)
    let ofSteps = typed.budget.steps.map { Double($0) / perEpoch }
    let isOtherBudget = typed.budget.minutes != nil || typed.budget.openEnded == true
    typedEpochs = typed.budget.epochs ?? ofSteps ?? (isOtherBudget ? 0 : nil)
    (isProbe, cachesFeatures) = (typed.trainsHeadAlone, typed.takesCachedFeatures)
  }

  /// What is chosen.
  var settings: RunSettings { isProbe ? probe : whole }

  /// All layers are trained.
  private var whole: RunSettings {
    RunSettings {
      let batch = Self.batchSize(for: images)
      let epochs = Self.epochs(images: images)
      ($0.model.recipe, $0.model.zeroHead) = (.fineTuning, true)
      $0.budget.epochs = epochs
      $0.budget.batchSize = .images(batch)
      $0.evaluation.evaluateEvery = evaluateEvery(ofEpochs: epochs, evaluations: 5)
      $0.optimizer.name = model.family == .convolutional ? .sgd : .adamw
      $0.optimizer.layerDecay = Self.layerDecay(model.family)
      if model.family == .transformer, model.stochasticDepth != nil {
        $0.optimizer.stochasticDepth = 0.1
      }
      $0.model.frozenNorm = Self.keepsNorms(batch: typedBatch ?? batch)
      if arePhotographs { $0.augmentation.cropScale = NumberRange(0.35...1) }
    }
  }

  /// The head alone is trained, and the network before it is as it is used.
  private var probe: RunSettings {
    RunSettings {
      let batch = Self.batchSize(for: images)
      ($0.model.recipe, $0.model.zeroHead) = (.fineTuning, true)
      if cachesFeatures { $0.model.cachedFeatures = true }
      $0.model.frozenNorm = true
      $0.budget.batchSize = .images(batch)
      // An update takes a millisecond.
      let perEpoch = Self.updates(ofEpoch: images, batch: typedBatch ?? batch, accumulate: accumulate)
      let epochs = (Double(LinearProbe.updates(perEpoch: perEpoch)) / perEpoch).rounded()
      $0.budget.epochs = epochs
      $0.evaluation.evaluateEvery = evaluateEvery(ofEpochs: epochs, evaluations: 10)
      $0.optimizer.name = .adamw
      $0.optimizer.dropout = 0
      $0.optimizer.stochasticDepth = 0
      if cachesFeatures { $0.model.featureViews = views }
      guard !cachesFeatures || views > 2 else {
        // No view shows it, and the run's own settings, typed again, would be refused.
        if views == 1 { $0.augmentation.flip = false }
        return
      }
      if arePhotographs {
        $0.augmentation.cropScale = NumberRange(0.35...1)
      } else {
        $0.augmentation.cropPadding = side / 8
      }
    }
  }

  /// The views of an image: the mirror image at least, where images are mirrored, and of few images augmented ones too.
  private var views: Int {
    if let typedViews { return typedViews }
    guard mirrors else { return 1 }
    let views = max(2, min(Self.mostViews, Self.viewedImages / max(1, images)))
    // An epoch shows one.
    guard let typedEpochs, typedEpochs > 0 else { return views }
    return min(views, max(leastViews, Int(clamping: typedEpochs.rounded(.up))))
  }

  /// The epochs from one evaluation to the next; nil, for the default ones, where a budget that is not in epochs was
  /// typed.
  private func evaluateEvery(ofEpochs chosen: Double, evaluations: Double) -> Int? {
    let epochs = typedEpochs ?? chosen
    return epochs > 0 ? max(1, Int(clamping: epochs / evaluations)) : nil
  }

  /// The updates of an epoch; the last one takes the batches that are left.
  private static func updates(ofEpoch images: Int, batch: Int, accumulate: Int) -> Double {
    let batches = Double(max(1, images)) / Double(max(1, batch))
    return accumulate == 1 ? batches : max(1, (batches.rounded(.down) / Double(accumulate)).rounded(.up))
  }

  /// As many images as make fifty updates an epoch, but no batch so small that its statistics are poor.
  private static func batchSize(for images: Int) -> Int {
    min(images, min(128, max(smallBatch, images / 50)))
  }

  /// Epochs for so many images: few images are seen more often, but fewer in all.
  ///
  ///     images    epochs
  ///     100       60
  ///     300       35
  ///     1,600     15
  ///     14,400    5, as of more
  static func epochs(images: Int) -> Double {
    min(60, max(5, (600 / Double(max(1, images)).squareRoot()).rounded()))
  }

  /// What a block's rate is of that of the block above it.
  static func layerDecay(_ family: ClassifierEntry.Family) -> Double {
    family == .transformer ? 0.75 : 0.9
  }

  /// Whether the statistics of batches are so poor that those of the weights are kept.
  static func keepsNorms(batch: Int) -> Bool { batch < smallBatch }

  /// Below so many images in a batch its statistics are poor, and those of the weights are kept.
  private static let smallBatch = 16
  /// The most views of an image whose features a probe computes.
  private static let mostViews = 9
  /// The images, all views counted, up to which augmented views are added.
  private static let viewedImages = 3_000
}

extension RunSettings {
  /// Fills in the recipe for fine-tuning, where the model begins with trained weights and none other was typed.
  ///
  /// - Throws: `SettingsError` for cached features beside settings that change them.
  mutating func fillForFineTuning(
    _ typed: RunSettings, _ model: ClassifierEntry, of data: ImageData
  ) throws {
    for key in ["cached-features", "feature-views"] {
      guard let value = typed.text(key), value != "false",
        let setting = typed.settingThatMovesFeatures
      else { continue }
      throw SettingsError.notAllowed(
        key: key, value: value,
        allowed: "left out with --\(setting), which changes an image's features each time")
    }
    try typed.checkProbe()
    guard self.model.weights != nil, typed.model.recipe != .fromScratch else { return }
    let recipe = FineTuning(
      typed, model, images: data.train.count, side: min(data.train.width, data.train.height),
      arePhotographs: data.train is ImageFileDataset, mirrors: self.resolved.augmentation.flip)
    self = replaced(by: recipe.settings, except: typed)
    if self.optimizer.name == .adamw { self.optimizer.weightDecay = typed.optimizer.weightDecay }
    try check()
    try OptimizerSettings.checkBeta2(self)
  }
}
