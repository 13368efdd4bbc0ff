import Datasets
import Foundation
import Planning
import Runs
import Torch
import Training
import Vision
import Words

/// A classification run, ready to go: data, network, folder.
public struct ClassificationRun: TaskRun {
  /// The settings with the recipe's defaults filled in.
  public let settings: RunSettings
  /// The data.
  public let data: ImageData
  /// The task.
  public let task: ClassificationTask
  /// What the weights that it begins with were, if a file of them was named.
  public let weights: LoadedWeights?

  /// What is done where the user says nothing.
  ///
  /// Made for Fashion-MNIST on two cores; `Benchmarks/recipe` keeps what it reaches there.
  public static var recipe: RunSettings {
    var recipe = RunSettings.recipe(for: .classify)
    recipe.model = "resnet-11"
    recipe.epochs = 7
    recipe.batchSize = 128
    recipe.optimizer = OptimizerName.sgd.rawValue
    recipe.nesterov = true
    recipe.weightDecay = 5e-4
    recipe.labelSmoothing = 0.1
    recipe.cropPadding = 0
    recipe.checkpointEvery = 500
    return recipe
  }

  /// Prepares a run: checks the settings, reads the data, makes and initialises the network.
  ///
  /// - Parameter begins: whether the network begins with the weights that the settings name; what is
  ///   about to get a checkpoint's does not need them.
  /// - Throws: `SettingsError`, `DataError`, `UnknownName`, `DeviceError`, `SafetensorsError`,
  ///   `WeightsError`.
  public init(_ typed: RunSettings, begins: Bool = true) throws {
    var settings = typed.spelled().filled(from: Self.recipe)
    try settings.check()
    let source = try DataSource(named: settings.data ?? DataSource.fallback.name)
    settings.data = source.name
    let model = try Models.classifiers.entry(named: settings.model ?? "")
    settings.model = model.name
    try settings.check(against: model)
    let device = try settings.startLibrary()

    data = try settings.holdOut(from: source.load(settings.dataOptions))
    if data.classNames.count < 2 {
      throw DataError.oneClass(data: data.name, name: data.classNames.first ?? "")
    }
    if data.train is PhotoSet { settings.imageSize = data.train.height }
    if typed.batchSize == nil { settings.batchSize = Self.batchSize(for: data.train.count) }
    // Asked for early, so that what does not fit the data is told before anything is made.
    let budget = try settings.budget(trainingCount: data.train.count)
    try model.check(width: data.train.width, height: data.train.height)
    let network = model.make(
      channels: data.train.channels, classes: data.classNames.count, dropout: settings.dropout,
      stochasticDepth: settings.stochasticDepth ?? 0)
    _ = try makeGroups(settings, for: network)
    // What minutes hold is not known yet.
    _ = try Freezing(settings, for: network, in: settings.needsPace ? nil : budget)
    network.initialize(seed: settings.seed ?? 1)
    let classNames = data.classNames
    weights =
      try begins
      ? settings.weights.map { try LoadedWeights($0, into: network, classNames: classNames) } : nil
    network.useChannelsLast()
    network.move(to: device)
    task = ClassificationTask(
      network: network, data: data,
      augmentation: Augmentation(settings), mixing: BatchMixing(settings),
      labelSmoothing: settings.labelSmoothing ?? 0, testFlip: settings.testFlip ?? false,
      device: device)
    try task.check(settings.rangeTestMeasure)
    self.settings = settings
  }

  /// The recipe's batch, or a smaller one where so few images would make too few updates an epoch.
  static func batchSize(for trainingCount: Int) -> Int {
    let usual = recipe.batchSize ?? 128
    return min(usual, max(8, trainingCount / 50), trainingCount)
  }

  /// The classes, and how an image becomes what the network sees.
  public var metadata: [String: String] {
    ["classes": data.classNames.joined(separator: "\n")].merging(
      Preprocessing(of: data.test, momentsOf: data.train).metadata,
      uniquingKeysWith: { first, _ in first })
  }

  /// How many images there are, of which size, and what they were recognised as.
  public var dataLines: [String] {
    let train = data.train
    let size =
      "\(data.counts), \(train.height)x\(train.width)x\(train.channels), \(data.classNames.count) classes"
    let isKnown = DataSource.known.contains { $0.name == data.name }
    guard !isKnown else { return [size] + choosingLines }
    return [size, "classes: \(listed(data.classNames))", "found: \(data.found)"] + data.notes
      + choosingLines
  }

  /// What became of every file below the data's folder.
  public var account: FolderAccount { data.account }

  /// What the data holds now.
  public var record: DataRecord { data.record }

  /// Which training images are held out to choose by.
  public var heldOut: HeldOutPart? { data.heldOut }

  /// Those that were found when the data was read, and those met since.
  public var broken: [BrokenImage] { data.allBroken }

  /// Draws the run's first training images.
  public func samples() throws -> SampleImages {
    try task.samples(24, seed: settings.seed ?? 0)
  }
}

extension RunSettings {
  /// How the data is to be read.
  var dataOptions: DataOptions {
    DataOptions(
      imageSize: imageSize, labels: labels.flatMap(DataOptions.Labels.init(rawValue:)),
      allowsBroken: allowBroken ?? false, allowsLinks: allowLinks ?? false)
  }
}
