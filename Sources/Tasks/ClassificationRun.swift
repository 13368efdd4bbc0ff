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
  /// What the weights that it begins with were, if a file of them was named.
  public let weights: LoadedWeights?

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
  /// - Parameter begins: whether the network begins with the weights that the settings name; what is
  ///   about to get a checkpoint's does not need them.
  /// - Throws: `SettingsError`, `DataError`, `UnknownModel`, `DeviceError`, `SafetensorsError`,
  ///   `WeightsError`.
  public init(_ typed: RunSettings, begins: Bool = true) throws {
    var settings = typed.filled(from: Self.recipe)
    try settings.check()
    guard settings.task == "classify" else {
      throw SettingsError.unknown(
        key: "task", value: settings.task ?? "", known: ["classify"], nearest: nil)
    }
    let source = try DataSource(named: settings.data ?? DataSource.fallback.name)
    settings.data = source.name
    let model = try ModelName(named: settings.model ?? "")
    try settings.check(against: model)
    let device = try Device(named: settings.device ?? "cpu")
    settings.device = device.name
    if settings.precision == Precision.float16.rawValue, device == .cpu {
      throw SettingsError.outOfRange(
        key: "precision", value: "float16", allowed: "float32 or bfloat16 on a CPU")
    }
    Library.start()
    if let threads = settings.threads { Library.threads = threads }
    settings.threads = Library.threads

    data = try source.load(settings.dataOptions)
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
    weights = try begins ? settings.weights.map { try LoadedWeights($0, into: network) } : nil
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

  /// Trains in a folder that this process holds, from its beginning or from where it was left.
  public func train(
    in folder: RunFolder, onEvent: @escaping (JobEvent) -> Void
  ) throws -> RunSummary {
    let metadata = [
      "model": settings.model ?? "", "data": settings.data ?? "",
      "classes": data.classNames.joined(separator: "\n"),
    ].merging(
      Preprocessing(of: data.test, momentsOf: data.train).metadata,
      uniquingKeysWith: { first, _ in first })
    if !FileManager.default.fileExists(atPath: folder.samples.path) {
      try task.samples(24, seed: settings.seed ?? 0).write(to: folder)
    }
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
  ///
  /// - Parameters:
  ///   - groups: the parameter groups to sweep; none for all of them, in the ratio of their factors.
  ///   - othersRate: the rate at which the other groups stay.
  ///   - term: the term of the loss whose curves are wanted; nil for the total.
  /// - Returns: the curves, and half a cycle in updates, as the planner would choose it for this run's
  ///   budget.
  /// - Throws: `SettingsError` for a group or a term that is not there.
  public func rangeTests(
    repeats: Int, sweeping groups: [String] = [], othersRate: Double = 0, term: String? = nil
  ) throws -> (curves: [RangeTestCurve], stepSize: Int) {
    try task.check(term: term)
    guard term == nil || settings.rangeTestMeasure == .trainingLoss else {
      throw SettingsError.outOfRange(
        key: "curve-of", value: term ?? "", allowed: "left out with --range-test-on")
    }
    let optimizer = try makeOptimizer(settings, for: task.model)
    let tester = RangeTester(task: task, optimizer: optimizer, form: UpdateForm(settings))
    let others = Dictionary(
      optimizer.groups.map { ($0.name, othersRate) }, uniquingKeysWith: { first, _ in first })
    let sweeping: Sweeping =
      groups.isEmpty ? .inRatio(settings.groupFactors) : .only(groups, others: others)
    let begun = ContinuousClock.now
    let tests = try (0..<repeats).map { number in
      try tester.timedCurve(
        sweep: settings.sweep, seed: (settings.seed ?? 1) &+ UInt64(number),
        batchSize: settings.batchSize ?? 128, sweeping: sweeping,
        measuring: settings.rangeTestMeasure)
    }
    let pace =
      try settings.needsPace
      ? tester.pace(settings, tests.first?.secondsPerUpdate, since: begun) : nil
    let budget = try settings.budget(trainingCount: data.train.count, pace: pace)
    let choice = CyclePlanner().choose(
      totalSteps: budget.totalSteps, stepsPerEpoch: budget.stepsPerEpoch,
      mustRepeat: settings.needsCycles)
    let curves = tests.map(\.curve).map { curve in
      term.flatMap(curve.curve(ofTerm:)) ?? curve
    }
    return (curves, choice.stepSize)
  }

  /// The name of a new run's folder.
  public var folderName: String {
    (try? DataSource(named: settings.data ?? "").shortName) ?? "run"
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

extension DataSource {
  /// What is trained on where no data set is named: Fashion-MNIST, or shapes where it is not here.
  public static var fallback: DataSource {
    DataSource.fashionMNIST.isPresent ? .fashionMNIST : .shapes
  }
}
