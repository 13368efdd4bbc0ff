import Datasets
import Foundation
import Numbers
import Planning
import Runs
import Torch
import Training
import Vision

/// A detection run, ready to go: data, network, folder.
public struct DetectionRun: TaskRun {
  /// The settings with the recipe's defaults filled in.
  public let settings: RunSettings
  /// The data.
  public let data: BoxedData
  /// The task.
  public let task: DetectionTask
  /// What the weights that it begins with were, if a file of them was named.
  public let weights: LoadedWeights?

  /// What is done where the user says nothing.
  public static var recipe: RunSettings {
    var recipe = RunSettings.recipe(for: .detect)
    recipe.model = "fcos-narrow"
    recipe.epochs = 60
    recipe.batchSize = 8
    recipe.optimizer = OptimizerName.adamw.rawValue
    recipe.weightDecay = 0.05
    recipe.clipNorm = 10
    recipe.frozenNorm = false
    recipe.ema = 0.998
    recipe.rangeTestMinLR = 1e-5
    recipe.rangeTestMaxLR = 1
    recipe.checkpointEvery = 500
    return recipe.filled(from: RunSettings(BoxAugmentation.usual))
  }

  /// Prepares a run: checks the settings, reads the data, makes and initialises the network.
  ///
  /// - Parameter begins: whether the network begins with the weights that the settings name; what is
  ///   about to get a checkpoint's does not need them.
  /// - Throws: `SettingsError`, `DataError`, `AnnotationError`, `UnknownName`, `DeviceError`,
  ///   `SafetensorsError`, `WeightsError`.
  public init(_ typed: RunSettings, begins: Bool = true) throws {
    var settings = typed.spelled().filled(from: Self.recipe)
    try settings.check()
    let source = try DataSource(named: settings.data ?? DataSource.shapes.name)
    settings.data = source.name
    let model = try Models.detectors.entry(named: settings.model ?? "")
    settings.model = model.name
    let device = try settings.startLibrary()

    data = try settings.holdOut(from: source.loadBoxes(settings.boxOptions))
    settings.imageSize = max(data.train.frame.width, data.train.frame.height)
    if typed.batchSize == nil {
      settings.batchSize = min(Self.recipe.batchSize ?? 8, max(1, data.train.count / 8))
    }
    // Asked for early, so that what does not fit the data is told before anything is made.
    let budget = try settings.budget(trainingCount: data.train.count)
    let detector = model.make(classes: data.classNames.count)
    _ = try makeGroups(settings, for: detector)
    // What minutes hold is not known yet.
    _ = try Freezing(settings, for: detector, in: settings.needsPace ? nil : budget)
    detector.initialize(seed: settings.seed ?? 1)
    let classNames = data.classNames
    weights =
      try begins
      ? settings.weights.map { try LoadedWeights($0, into: detector, classNames: classNames) } : nil
    if settings.frozenNorm ?? false { detector.freezeBatchNorms() }
    detector.useChannelsLast()
    detector.move(to: device)
    task = DetectionTask(
      detector: detector, data: data, augmentation: BoxAugmentation(settings), device: device)
    try task.check(settings.rangeTestMeasure)
    self.settings = settings
  }

  /// The classes and their numbers, and how an image becomes what the network sees.
  public var metadata: [String: String] {
    var metadata = data.train.frame.metadata
    metadata["classes"] = data.classNames.joined(separator: "\n")
    metadata[TrainedDetector.numbersKey] =
      data.classNumbers?.map(String.init).joined(separator: " ")
    return metadata
  }

  /// How many images there are, of which size, and what they were recognised as.
  public var dataLines: [String] {
    let frame = data.train.frame
    return [
      "\(data.counts), \(frame.height)x\(frame.width)x3, \(data.classNames.count) classes of objects",
      "found: \(data.found)", data.classLine(data.classNames),
    ] + data.notes + choosingLines
  }

  /// What became of every file below the data's folder.
  public var account: FolderAccount { data.account }

  /// What the data holds now.
  public var record: DataRecord { data.record }

  /// Which training images are held out to choose by.
  public var heldOut: HeldOutPart? { data.heldOut }

  /// Those that were found when the data was read, and those met since.
  public var broken: [BrokenImage] { data.allBroken }

  /// Draws the run's first training images, with the boxes that are to be found.
  public func samples() throws -> SampleImages {
    let frame = data.train.frame
    let seed = settings.seed ?? 0
    let count = min(24, data.train.count)
    let loader = data.train.learning(
      .training(count: data.train.count, batchSize: count, seed: seed),
      augmentation: task.augmentation, seed: seed, workers: 1)
    guard let batch = try loader.next() else {
      return SampleImages(width: frame.width, height: frame.height, images: [])
    }
    let images = (0..<batch.count).map { place in
      let picture = batch.picture(place)
      let names = Set(batch.labels[batch.starts[place]..<batch.starts[place + 1]])
        .sorted().map { data.classNames[Int($0)] }
      return SampleImages.Image(words: names.joined(separator: ", "), png: picture.png())
    }
    return SampleImages(
      width: frame.width, height: frame.height, images: images, changes: task.augmentation.words)
  }
}

extension RunSettings {
  /// How data with boxes are to be read.
  var boxOptions: BoxOptions {
    BoxOptions(
      imageSize: imageSize, allowsBroken: allowBroken ?? false, allowsLinks: allowLinks ?? false)
  }
}

extension BoxBatch {
  /// An image of the batch, with the boxes that are to be found on it.
  fileprivate func picture(_ place: Int) -> BoxPicture {
    let size = width * height * 3
    var picture = BoxPicture(
      width: width, height: height, pixels: Array(pixels[(place * size)..<((place + 1) * size)]))
    for object in starts[place]..<starts[place + 1] {
      let edges = boxes[(4 * object)..<(4 * object + 4)].map(Double.init)
      picture.draw(
        .init(minX: edges[0], minY: edges[1], maxX: edges[2], maxY: edges[3]),
        colour: BoxPicture.colour(of: Int(labels[object])))
    }
    return picture
  }
}
