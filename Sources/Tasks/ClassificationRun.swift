import Datasets
import Foundation
import Planning
import Runs
import Torch
import Training
import Tuning
import Vision

/// A classification run, ready to go: data, network, folder.
public struct ClassificationRun {
  /// The settings with the recipe's defaults filled in.
  public let settings: RunSettings
  /// The data.
  public let data: ImageData
  /// The task.
  public let task: ClassificationTask

  /// What is done where the user says nothing.
  ///
  /// Made for Fashion-MNIST on two cores; `Benchmarks/recipe` keeps what it reaches there.
  public static var recipe: RunSettings {
    var recipe = RunSettings()
    recipe.task = "classify"
    recipe.model = ModelName.resnet11.rawValue
    recipe.epochs = 7
    recipe.batchSize = 128
    recipe.optimizer = OptimizerName.sgd.rawValue
    recipe.nesterov = true
    recipe.baseMomentum = 0.85
    recipe.maxMomentum = 0.95
    recipe.weightDecay = 5e-4
    recipe.labelSmoothing = 0.1
    recipe.cropPadding = 0
    recipe.flip = true
    recipe.rangeTestSteps = 100
    recipe.seed = 1
    recipe.device = "cpu"
    recipe.checkpointEvery = 500
    recipe.watch = WatchMode.say.rawValue
    return recipe
  }

  /// Prepares a run: checks the settings, reads the data, makes and initialises the network.
  ///
  /// - Throws: `SettingsError`, `DataError`, `UnknownModel`, `DeviceError`.
  public init(_ typed: RunSettings) throws {
    var settings = typed.filled(from: Self.recipe)
    try settings.check()
    guard settings.task == "classify" else {
      throw SettingsError.unknown(
        key: "task", value: settings.task ?? "", known: ["classify"], nearest: nil)
    }
    let source = try DataSource(named: settings.data ?? DataSource.fallback.name)
    settings.data = source.name
    let model = try ModelName(named: settings.model ?? "")
    let device = try Device(named: settings.device ?? "cpu")
    settings.device = device.name
    Library.start()
    if let threads = settings.threads { Library.threads = threads }
    settings.threads = Library.threads

    data = try source.load()
    if typed.batchSize == nil { settings.batchSize = Self.batchSize(for: data.train.count) }
    // Asked for early, so that what does not fit the data is told before anything is made.
    _ = try settings.budget(trainingCount: data.train.count)
    let network = model.make(channels: data.train.channels, classes: data.classNames.count)
    network.initialize(seed: settings.seed ?? 1)
    network.useChannelsLast()
    network.move(to: device)
    task = ClassificationTask(
      network: network, data: data,
      augmentation: Augmentation(
        cropPadding: settings.cropPadding ?? 0, flips: settings.flip ?? false),
      labelSmoothing: settings.labelSmoothing ?? 0, device: device)
    self.settings = settings
  }

  /// The recipe's batch, or a smaller one where so few images would make too few updates an epoch.
  static func batchSize(for trainingCount: Int) -> Int {
    let usual = recipe.batchSize ?? 128
    return min(usual, max(8, trainingCount / 50), trainingCount)
  }

  /// Trains in a folder that this process holds, from its beginning or from where it was left.
  public func train(
    in folder: RunFolder, onEvent: @escaping (JobEvent) -> Void
  ) throws -> RunSummary {
    let metadata = [
      "model": settings.model ?? "", "data": settings.data ?? "",
      "classes": data.classNames.joined(separator: "\n"),
      "mean": data.train.mean.map { "\($0)" }.joined(separator: " "),
      "deviation": data.train.deviation.map { "\($0)" }.joined(separator: " "),
    ]
    return try TrainingJob(task: task, settings: settings, folder: folder, metadata: metadata)
      .run(onEvent: onEvent)
  }

  /// Checks that a run can go on from its newest checkpoint, before anything of it is changed.
  ///
  /// - Throws: `SafetensorsError`, `TrainingError` for a checkpoint that is damaged or another model's.
  public func checkResumable(_ folder: RunFolder) throws {
    if let checkpoint = folder.newestCheckpoint {
      try Checkpoint.load(into: task.model, from: checkpoint)
    }
  }

  /// Makes range tests without a run folder, each in another order of the data; the network is
  /// afterwards as it was before.
  public func rangeTests(repeats: Int) throws -> [RangeTestCurve] {
    let optimizer = try makeOptimizer(settings, for: task.model)
    let tester = RangeTester(task: task, optimizer: optimizer)
    return try (0..<repeats).map { number in
      try tester.curve(
        sweep: settings.sweep, seed: (settings.seed ?? 1) &+ UInt64(number),
        batchSize: settings.batchSize ?? 128)
    }
  }

  /// Half a cycle, in updates, as the planner would choose it for this run's budget.
  public func plannedStepSize() throws -> Int {
    let budget = try settings.budget(trainingCount: data.train.count)
    return CyclePlanner().choose(
      totalSteps: budget.totalSteps, stepsPerEpoch: budget.stepsPerEpoch
    ).stepSize
  }

  /// The name of a new run's folder.
  public var folderName: String {
    (try? DataSource(named: settings.data ?? "").shortName) ?? "run"
  }
}

extension DataSource {
  /// What is trained on where no data set is named: Fashion-MNIST, or shapes where it is not here.
  public static var fallback: DataSource {
    DataSource.fashionMNIST.isPresent ? .fashionMNIST : .shapes
  }
}
