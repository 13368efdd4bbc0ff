import Datasets
import Masks
import Numbers
import Planning
import Torch
import Training
import Vision

/// A segmentation run, ready to go: data, network, loss.
public struct SegmentationRun: TaskRun {
  /// The settings with the recipe's defaults filled in.
  public let settings: RunSettings
  /// The data.
  public let data: SegmentationData
  /// The task.
  public let task: SegmentationTask
  /// What the weights that it begins with were, if a file of them was named.
  public let weights: LoadedWeights?

  /// What is done where the user says nothing.
  public static var recipe: RunSettings {
    var recipe = RunSettings.recipe(for: .segment)
    recipe.model = "unet-16"
    recipe.epochs = 20
    recipe.batchSize = 8
    recipe.loss = "cross-entropy+dice"
    recipe.optimizer = OptimizerName.adamw.rawValue
    recipe.weightDecay = 1e-2
    // An update takes a second.
    recipe.rangeTestSteps = 60
    recipe.checkpointEvery = 200
    return recipe
  }

  /// The crop, where nothing is said and images are larger.
  private static let usualCrop = 256

  /// Prepares a run: checks the settings, reads the data, makes and initialises the network.
  ///
  /// - Parameter begins: whether the network begins with the weights that the settings name.
  /// - Throws: `SettingsError`, `DataError`, `MaskError`, `UnknownName`, `DeviceError`,
  ///   `SafetensorsError`, `WeightsError`.
  public init(_ typed: RunSettings, begins: Bool = true) throws {
    var settings = typed.spelled().filled(from: Self.recipe)
    try settings.check()
    let source = try DataSource(named: settings.data ?? DataSource.shapes.name)
    settings.data = source.name
    let model = try Models.segmenters.entry(named: settings.model ?? "")
    settings.model = model.name
    guard let loss = settings.loss.flatMap({ SegmentationLoss($0) }) else {
      throw SettingsError.outOfRange(
        key: "loss", value: settings.loss ?? "",
        allowed: "cross-entropy, focal or dice, or several of them joined by +")
    }
    let device = try settings.startLibrary()
    data = try settings.holdOut(from: source.loadMasks(settings.dataOptions))
    if settings.borderWeights == true, !data.isInstance {
      throw SettingsError.outOfRange(
        key: "border-weights", value: "true", allowed: "left out: \(data.name) has no instances")
    }
    let crop = try Self.cropSize(settings.cropSize, of: data, model)
    settings.cropSize = crop
    settings = settings.filled(from: RunSettings(Self.augmentation(of: data, from: source)))
    if typed.batchSize == nil { settings.batchSize = min(8, data.train.count) }
    let options = SegmentationTask.Options(
      crops: CropOptions(
        size: crop, target: data.isInstance ? .borders(BorderTarget()) : .classes,
        weights: settings.borderWeights == true ? BorderWeights() : nil,
        augmentation: MaskAugmentation(settings)),
      cropsPerImage: Self.cropsPerImage(
        of: data, crop, batchSize: settings.batchSize ?? 1, accumulate: settings.accumulate ?? 1),
      loss: loss,
      classWeights: settings.classWeights == true ? Self.classWeights(of: data) : nil,
      testFlip: settings.testFlip ?? false)
    let budget = try settings.budget(trainingCount: data.train.count * options.cropsPerImage)
    let network = model.make(classes: SegmentationTask.outputs(of: data))
    _ = try makeGroups(settings, for: network)
    _ = try Freezing(settings, for: network, in: settings.needsPace ? nil : budget)
    network.initialize(seed: settings.seed ?? 1)
    let classNames = data.isInstance ? nil : data.classNames
    weights =
      try begins
      ? settings.weights.map { try LoadedWeights($0, into: network, classNames: classNames) } : nil
    network.useChannelsLast()
    network.move(to: device)
    task = SegmentationTask(
      network: network, stride: model.stride, data: data, options: options, device: device)
    try task.check(settings.rangeTestMeasure)
    self.settings = settings
  }

  /// What is done to crops where nothing is said.
  ///
  /// Drawn shapes are of every size, angle and colour themselves; of instances no side is up; other masks
  /// are of photographs, as a rule.
  private static func augmentation(
    of data: SegmentationData, from source: DataSource
  ) -> MaskAugmentation {
    if case .shapes = source { return MaskAugmentation(flips: true) }
    return data.isInstance ? .usual : .upright
  }

  /// The typed crop, or the usual one, or a smaller one that covers the images.
  private static func cropSize(
    _ typed: Int?, of data: SegmentationData, _ model: SegmenterEntry
  ) throws -> Int {
    let stride = model.stride
    if let typed {
      guard typed % stride == 0 else {
        throw SettingsError.outOfRange(
          key: "crop-size", value: "\(typed)",
          allowed: "a multiple of \(stride), by which \(model.name) makes images smaller")
      }
      return typed
    }
    let sides = data.train.sizes.map { min($0.width, $0.height) }.sorted()
    let side = sides.isEmpty ? usualCrop : sides[sides.count / 2]
    return max(stride, min(usualCrop, (side + stride - 1) / stride * stride))
  }

  /// As many crops of an image in an epoch as cover the median image, and as make an epoch of 120 updates,
  /// after which whole images are judged.
  private static func cropsPerImage(
    of data: SegmentationData, _ crop: Int, batchSize: Int, accumulate: Int
  ) -> Int {
    let areas = data.train.sizes.map(\.area).sorted()
    guard !areas.isEmpty else { return 1 }
    let covering = Double(areas[areas.count / 2]) / Double(crop * crop)
    let needed = Double(120 * batchSize * accumulate) / Double(areas.count)
    return max(1, min(64, Int(clamping: max(covering.rounded(), needed.rounded(.up)))))
  }

  /// One over the root of each class's share, so that the weights' mean over pixels is 1.
  ///
  /// Of instances the border's share is not known, and it counts as the inside.
  private static func classWeights(of data: SegmentationData) -> [Double] {
    var counts = data.train.pixelCounts.map { Double(max(1, $0)) }
    let total = counts.reduce(0, +)
    if data.isInstance { counts.append(counts.last ?? 1) }
    let raw = counts.map { (total / $0).squareRoot() }
    let mean =
      zip(raw, counts).prefix(data.train.pixelCounts.count)
      .reduce(0) { $0 + $1.0 * $1.1 } / total
    return raw.map { $0 / mean }
  }

  /// The classes, whether instances are learned, and how an image becomes what the network sees.
  public var metadata: [String: String] {
    SegmenterMetadata(
      classNames: data.classNames, isInstance: data.isInstance, mean: data.train.mean,
      deviation: data.train.deviation, filledBits: data.train.filledBits
    ).words
  }

  /// How many images there are, and what they were recognised as.
  public var dataLines: [String] {
    let crops = task.options
    return [
      "\(data.counts), \(data.classNames.count) classes",
      "found: \(data.found)", data.classLine(data.classNames),
      "learned from: \(crops.cropsPerImage) crops of \(crops.crops.size)x\(crops.crops.size) an image "
        + "and epoch" + (data.isInstance ? ", as background, inside and border" : ""),
    ]
      + data.notes + choosingLines
  }

  /// What became of every file below the data's folder.
  public var account: FolderAccount { data.account }

  /// What the data holds now.
  public var record: DataRecord { data.record }

  /// Which training images are held out to choose by.
  public var heldOut: HeldOutPart? { data.heldOut }

  /// Those that were found when the data was read, and those met since.
  public var broken: [BrokenImage] { data.allBroken }
}
