import Datasets
import Masks
import Numbers
import Planning
import Settings
import Torch
import Training
import Vision

/// A segmentation run, ready to go: data, network, loss.
public struct SegmentationRun: TaskRun {
  /// The settings with the recipe's defaults filled in.
  public let settings: ResolvedSettings
  /// The training, validation and test images with their masks.
  public let data: SegmentationData
  /// The training task: network, batches, loss and score.
  public let task: SegmentationTask
  /// What the weights that it begins with were, if a file of them was named.
  public let weights: LoadedWeights?

  /// Prepares a run: checks the settings, reads the data, makes and initializes the network.
  ///
  /// - Parameter loadsInitialWeights: whether the network begins with the weights that the settings name.
  /// - Throws: `SettingsError`, `DataError`, `MaskError`, `UnknownName`, `DeviceError`,
  ///   `SafetensorsError`, `PyTorchFileError`, `WeightsError`.
  public init(_ typed: RunSettings, loadsInitialWeights: Bool = true) throws {
    let prepared = try RunPreparation(
      typed, for: .segment, from: Models.segmenters, fallback: .shapes,
      loadsInitialWeights: loadsInitialWeights)
    var open = prepared.open
    let (source, model, device) = (prepared.source, prepared.model, prepared.device)
    let read = open.resolved.dataOptions
    let found = try ProcessGroup.discoveringOnce { try source.loadMasks(read) }
    data = try open.holdOut(from: found)
    if open.model.borderWeights == true, !data.isInstance {
      throw SettingsError.notAllowed(
        key: "border-weights", value: "true", allowed: "left out: \(data.name) has no instances")
    }
    let crop = try Self.cropSize(open, of: data, model)
    open.data.cropSize = crop
    open = open.filled(from: RunSettings(Self.augmentation(of: data, from: source)))
    if typed.budget.batchSize == nil {
      open.budget.batchSize = .images(min(open.resolved.budget.batchSize, data.train.count))
    }
    let cropsPerImage = Self.cropsPerImage(of: data, crop, open.resolved)
    try open.fillForFineTuning(
      typed, model.name, on: model.base?.family, images: data.train.count * cropsPerImage)
    var settings = open.resolved
    let options = SegmentationTask.Options(
      crops: CropOptions(
        size: crop, target: data.isInstance ? .borders(BorderTarget()) : .classes,
        weights: settings.model.borderWeights ? BorderWeights() : nil,
        augmentation: MaskAugmentation(settings)),
      cropsPerImage: cropsPerImage,
      loss: SegmentationLoss(settings.model.loss, gamma: settings.model.focalGamma),
      classWeights: try Self.classWeights(settings.model.classWeights, of: data),
      testFlip: settings.evaluation.testFlip,
      statistics: settings.data.normalization?.statistics?.of(channels: 3))
    let budget = try settings.makeBudget(trainingCount: data.train.count * options.cropsPerImage)
    let network = model.make(classes: SegmentationTask.outputs(of: data))
    weights = try settings.prepare(
      network, typed, for: budget, classNames: data.isInstance ? nil : data.classNames,
      from: prepared.weights, on: device)
    self.settings = settings
    task = SegmentationTask(
      network: network, stride: model.stride, data: data, options: options, device: device)
    try task.check(settings.rangeTest.measure)
  }

  /// What is done to crops where nothing is said.
  ///
  /// Drawn shapes are of every size, angle and color themselves; of instances no side is up; other masks
  /// are of photographs, as a rule.
  private static func augmentation(
    of data: SegmentationData, from source: DataSource
  ) -> MaskAugmentation {
    if case .shapes = source { return MaskAugmentation(flips: true) }
    return data.isInstance ? .default : .upright
  }

  /// The typed crop, or the default one, or a smaller one that covers the images.
  private static func cropSize(
    _ settings: RunSettings, of data: SegmentationData, _ model: SegmenterEntry
  ) throws -> Int {
    let stride = model.stride
    if let typed = settings.data.cropSize {
      guard typed % stride == 0 else {
        throw SettingsError.notAllowed(
          key: "crop-size", value: "\(typed)",
          allowed: "a multiple of \(stride), by which \(model.name) makes images smaller")
      }
      return typed
    }
    let sides = data.train.sizes.map { min($0.width, $0.height) }.sorted()
    let most = settings.resolved.data.cropSize
    let side = sides.isEmpty ? most : sides[sides.count / 2]
    return max(stride, min(most, (side + stride - 1) / stride * stride))
  }

  /// As many crops of an image in an epoch as cover the median image, and as make an epoch of 120 updates,
  /// after which whole images are evaluated.
  private static func cropsPerImage(
    of data: SegmentationData, _ crop: Int, _ settings: ResolvedSettings
  ) -> Int {
    let areas = data.train.sizes.map(\.area).sorted()
    guard !areas.isEmpty else { return 1 }
    let covering = Double(areas[areas.count / 2]) / Double(crop * crop)
    let images = Double(settings.budget.batchSize) * Double(settings.budget.accumulate)
    let needed = 120 * images / Double(areas.count)
    return max(1, min(64, Int(clamping: max(covering.rounded(), needed.rounded(.up)))))
  }

  /// The name of each of the network's outputs.
  private static func outputNames(of data: SegmentationData) -> [String] {
    data.isInstance ? BorderTarget.classNames : data.classNames
  }

  /// The weight of each output's class; of instances the border's share is not known, and it counts as the inside.
  private static func classWeights(
    _ weighting: ClassWeighting, of data: SegmentationData
  ) throws -> [Double]? {
    let names = outputNames(of: data)
    if case .values = weighting {
      let outputs = SegmentationTask.outputs(of: data)
      return try weighting.weights(of: Array(repeating: 1, count: outputs), names: names)
    }
    let weights = try weighting.weights(of: data.train.pixelCounts, names: names)
    return weights.map { data.isInstance ? $0 + $0.suffix(1) : $0 }
  }

  /// The pixels of a crop.
  public var inputPixels: Int { settings.data.cropSize * settings.data.cropSize }

  /// The classes, whether instances are trained, and how an image becomes what the network sees.
  public var metadata: [String: String] {
    SegmenterMetadata(
      classNames: data.classNames, isInstance: data.isInstance,
      normalization: ImageNormalization(
        mean: task.options.statistics?.mean ?? data.train.mean,
        deviation: task.options.statistics?.deviation ?? data.train.deviation,
        filledBits: data.train.filledBits)
    ).metadata
  }

  /// How many images there are, and what they were recognized as.
  public var dataLines: [String] {
    let crops = task.options
    return [
      "\(data.counts), \(data.classNames.count) classes",
      "found: \(data.found)", data.classLine(data.classNames),
      "training crops: \(crops.cropsPerImage) of \(crops.crops.size)x\(crops.crops.size) per image "
        + "and epoch" + (data.isInstance ? "; targets: background, inside, border" : ""),
    ]
      + (crops.classWeights.map { [classWeightsLine(Self.outputNames(of: data), $0)] } ?? [])
      + data.notes + choosingLines
  }
}

extension VisionTask {
  static let segmentation = VisionTask(
    .segment, models: Models.segmenters, titled: "segmenters",
    makeRun: { try SegmentationRun($0, loadsInitialWeights: $1) },
    evaluate: { try TrainedSegmenter($0).evaluate(on: $1, onLine: $2) },
    export: { try TrainedSegmenter($0).onnx($1) },
    serve: { ServedSegmenter(try TrainedSegmenter($0)) })
}
