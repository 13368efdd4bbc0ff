import Datasets
import Formatting
import Foundation
import Numbers
import Planning
import Runs
import Settings
import Torch
import Training
import Vision

/// A classification run, ready to go: data, network, folder.
public struct ClassificationRun: TaskRun {
  /// The settings with the recipe's defaults filled in.
  public let settings: ResolvedSettings
  /// The training, validation and test images.
  public let data: ImageData
  /// The training task: network, batches, loss and score.
  public let task: ClassificationTask
  /// What the weights that it begins with were, if a file of them was named.
  public let weights: LoadedWeights?
  /// Whether the share of evaluation images that is seen was given, and these are in memory and seen whole.
  private let hasUnusedCropShare: Bool

  /// Prepares a run: checks the settings, reads the data, makes and initializes the network.
  ///
  /// - Parameter loadsInitialWeights: whether the network begins with the weights that the settings name; what is
  ///   about to get a checkpoint's does not need them.
  /// - Throws: `SettingsError`, `DataError`, `UnknownName`, `DeviceError`, `SafetensorsError`,
  ///   `WeightsError`.
  public init(_ typed: RunSettings, loadsInitialWeights: Bool = true) throws {
    let prepared = try RunPreparation(
      typed, for: .classify, from: Models.classifiers, fallback: .fallback,
      loadsInitialWeights: loadsInitialWeights)
    var open = prepared.open
    let (model, device) = (prepared.model, prepared.device)
    try open.resolved.check(against: model)
    var options = open.resolved.dataOptions
    if let size = prepared.weights?.preprocessing?.width { options.defaultCropSize = size }
    if let size = prepared.weights?.imageSize, typed.model.recipe != .fromScratch {
      options.enlargement = ImageEnlargement(
        toAtMost: size, passesOnce: typed.takesCachedFeatures
      ) {
        (try? model.check(width: $0, height: $0)) != nil
      }
    }
    let seen = EarlierPreparation.current?.preprocessing
    let found = try ProcessGroup.discoveringOnce { try prepared.source.load(options, as: seen) }
    if let seen, !seen.fits(found.train) {
      throw EvaluationError.otherShape(
        data: found.name, shape: [found.train.height, found.train.width, found.train.channels],
        wanted: [seen.height, seen.width, seen.channels])
    }
    let isEnlarged = found.isEnlarged
    data = try open.holdOut(from: found)
    if isEnlarged { open.data.imageSize = data.train.height }
    if data.classNames.count < 2 {
      throw DataError.oneClass(data: data.name, name: data.classNames.first ?? "")
    }
    if data.train is ImageFileDataset {
      // The size alone would have small ones held in memory when the run is continued, or evaluated.
      (open.data.imageSize, open.data.photographs) = (data.train.height, true)
    } else {
      open.data.cropShare = typed.data.cropShare
    }
    hasUnusedCropShare = typed.data.cropShare != nil && !(data.train is ImageFileDataset)
    if typed.budget.batchSize == nil {
      open.budget.batchSize = .images(
        Self.batchSize(open.resolved.budget.batchSize, for: data.train.count))
    }
    try open.fillForFineTuning(typed, model, of: data)
    var settings = open.resolved
    // Asked for early, so that what does not fit the data is reported before anything is made.
    let budget = try settings.makeBudget(trainingCount: data.train.count)
    try model.check(width: data.train.width, height: data.train.height)
    try settings.checkAugmentation(ofSide: min(data.train.width, data.train.height))
    let loss = try settings.classificationLoss(
      images: data.train.imagesPerClass(of: data.classNames.count), classNames: data.classNames)
    let network = model.make(
      channels: data.train.channels, classes: data.classNames.count,
      dropout: settings.optimizer.dropout, stochasticDepth: settings.optimizer.stochasticDepth)
    weights = try settings.prepare(
      network, typed, for: budget, classNames: data.classNames, from: prepared.weights,
      seeing: Self.preprocessing(of: data, settings), isEnlarged: isEnlarged, on: device)
    self.settings = settings
    task = ClassificationTask(
      network: network, data: data, augmentation: Augmentation(settings),
      options: .init(
        mixing: BatchMixing(settings), loss: loss, testFlip: settings.evaluation.testFlip,
        statistics: settings.data.normalization?.statistics?.of(channels: data.train.channels),
        balancesClasses: settings.data.balancedSampling,
        cachesFeatures: settings.model.cachedFeatures
          ? .init(
            precision: settings.machine.precision, views: settings.model.featureViews,
            seed: settings.machine.seed) : nil),
      device: device)
    if settings.model.featureViews > 1, task.augmentation == .none {
      throw SettingsError.notAllowed(
        key: "feature-views", value: "\(settings.model.featureViews)",
        allowed: "1, or given with an augmentation such as --flip: without one, all views are alike")
    }
    if settings.model.cachedFeatures, task.cache == nil {
      throw SettingsError.notAllowed(
        key: "cached-features", value: "true",
        allowed: "left out with \(model.name), which does not end in a linear layer")
    }
    try task.check(settings.rangeTest.measure)
  }

  /// The recipe's batch, or a smaller one where so few images would make too few updates an epoch.
  static func batchSize(_ preferred: Int, for trainingCount: Int) -> Int {
    min(preferred, max(8, trainingCount / 50), trainingCount)
  }

  /// The classes, and how an image becomes what the network sees.
  public var metadata: [String: String] {
    ["classes": data.classNames.joined(separator: "\n")].merging(
      Self.preprocessing(of: data, settings).metadata, uniquingKeysWith: { first, _ in first })
  }

  private static func preprocessing(
    of data: ImageData, _ settings: ResolvedSettings
  ) -> Preprocessing {
    var seen = Preprocessing(of: data.test, momentsOf: data.train)
    if let known = settings.data.normalization?.statistics?.of(channels: data.train.channels) {
      (seen.mean, seen.deviation) = (known.mean, known.deviation)
    }
    return seen
  }

  /// The pixels of an image as the network sees it in an update; none where features are computed once.
  public var inputPixels: Int {
    settings.model.cachedFeatures ? 0 : data.train.height * data.train.width
  }

  /// How many images there are, of which size, and what they were recognized as.
  public var dataLines: [String] {
    let train = data.train
    let size =
      "\(data.counts), \(train.height)x\(train.width)x\(train.channels), \(data.classNames.count) classes"
    let lines =
      choosingLines + classLines
      + (hasUnusedCropShare
        ? ["note: --crop-share changes nothing: images held in memory are seen whole (--photographs crops them)"] : [])
      + [
        Models.classifiers[settings.model.name]?.positionLine(
          width: train.width, height: train.height)
      ].compactMap { $0 }
    let isKnown = DataSource.known.contains { $0.name == data.name }
    guard !isKnown else { return [size] + data.notes + lines }
    return [size, "classes: \(listed(data.classNames))", "found: \(data.found)"] + data.notes
      + lines
  }

  /// How much classes count, where they differ or are made to.
  private var classLines: [String] {
    let counts = data.train.imagesPerClass(of: data.classNames.count)
    let named = zip(counts, data.classNames).filter { $0.0 > 0 }
    guard let least = named.min(by: { $0.0 < $1.0 }), let most = named.max(by: { $0.0 < $1.0 })
    else { return [] }
    let weights = task.options.loss.weights.map { classWeightsLine(data.classNames, $0) }
    let sampling =
      settings.data.balancedSampling
      ? "balanced sampling: an epoch has about \(data.train.count / named.count) images of each class"
      : nil
    let isTreated = weights != nil || sampling != nil
    let unbalanced =
      most.0 > Self.unbalanced * least.0
      ? "note: classes have from \(least.0) (\(least.1)) to \(most.0) (\(most.1)) training images: balanced_accuracy, "
        + "beside accuracy, counts all classes alike"
        + (isTreated
          ? "" : "; --balanced-sampling or --class-weights balanced trains on all alike")
      : nil
    let isTwice =
      [.balanced, .squareRoot].contains(settings.model.classWeights) && settings.data.balancedSampling
    let twice =
      isTwice
      ? "note: --balanced-sampling and --class-weights \(settings.model.classWeights == .balanced ? "balanced" : "sqrt") both make up for "
        + "small classes; use one of them" : nil
    return [weights, sampling, twice, unbalanced].compactMap { $0 }
  }

  /// By how many times classes may differ in size before it is noted.
  private static let unbalanced = 3

  /// Draws the run's first training images.
  public func samples() throws -> SampleImages {
    try task.samples(24, seed: settings.machine.seed)
  }
}

extension ResolvedSettings {
  /// How the data is to be read.
  var dataOptions: DataOptions {
    let own = self.data
    return DataOptions(
      imageSize: own.imageSize, arePhotographs: own.photographs,
      cropShare: own.cropShare,
      interpolation: own.interpolation, labels: own.labels,
      allowsBroken: own.allowBroken, allowsLinks: own.allowLinks,
      filledBits: EarlierPreparation.current?.normalization?.filledBits)
  }
}

extension VisionTask {
  static let classification = VisionTask(
    .classify, models: Models.classifiers, titled: "models",
    makeRun: { try ClassificationRun($0, loadsInitialWeights: $1) },
    evaluate: { try TrainedClassifier($0).evaluate(on: $1, onLine: $2) },
    export: { try TrainedClassifier($0).onnx($1) },
    serve: { ServedClassifier(try TrainedClassifier($0)) })
}

extension ResolvedSettings {
  /// Checks that no change to a training image is larger than the image.
  ///
  /// - Parameter side: the image's shorter side, in pixels.
  /// - Throws: `SettingsError.notAllowed`.
  fileprivate func checkAugmentation(ofSide side: Int) throws {
    let own = self.augmentation
    for (key, value) in [("cutout", own.cutout), ("crop-padding", own.cropPadding)] where value > side {
      throw SettingsError.notAllowed(
        key: key, value: "\(value)", allowed: "at most \(side), the shorter side of the training images in pixels")
    }
  }
}
