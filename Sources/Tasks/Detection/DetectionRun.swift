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

/// A detection run, ready to go: data, network, folder.
public struct DetectionRun: TaskRun {
  /// The settings with the recipe's defaults filled in.
  public let settings: ResolvedSettings
  /// The training, validation and test images with their boxes.
  public let data: DetectionSplitData
  /// The training task: network, batches, loss and score.
  public let task: DetectionTask
  /// What the weights that it begins with were, if a file of them was named.
  public let weights: LoadedWeights?

  /// Prepares a run: checks the settings, reads the data, makes and initializes the network.
  ///
  /// - Parameter loadsInitialWeights: whether the network begins with the weights that the settings name; what is
  ///   about to get a checkpoint's does not need them.
  /// - Throws: `SettingsError`, `DataError`, `AnnotationError`, `UnknownName`, `DeviceError`,
  ///   `SafetensorsError`, `PyTorchFileError`, `WeightsError`.
  public init(_ typed: RunSettings, loadsInitialWeights: Bool = true) throws {
    let prepared = try RunPreparation(
      typed, for: .detect, from: Models.detectors, fallback: .shapes,
      loadsInitialWeights: loadsInitialWeights)
    var open = prepared.open
    let (model, device) = (prepared.model, prepared.device)
    let options = open.resolved.boxOptions
    let found = try ProcessGroup.discoveringOnce { try prepared.source.loadBoxes(options) }
    data = try open.holdOut(from: found)
    open.data.imageSize = max(data.train.frame.width, data.train.frame.height)
    if typed.budget.batchSize == nil {
      open.budget.batchSize = .images(
        min(open.resolved.budget.batchSize, max(1, data.train.count / 8)))
    }
    try open.fillForFineTuning(
      typed, model.name, on: model.base?.family, images: data.train.count)
    var settings = open.resolved
    // Asked for early, so that what does not fit the data is reported before anything is made.
    let budget = try settings.makeBudget(trainingCount: data.train.count)
    let detector = model.make(classes: data.classNames.count)
    weights = try settings.prepare(
      detector, typed, for: budget, classNames: data.classNames, from: prepared.weights, on: device)
    self.settings = settings
    task = DetectionTask(
      detector: detector, data: data, augmentation: BoxAugmentation(settings), device: device)
    try task.check(settings.rangeTest.measure)
  }

  /// The classes and their numbers, and how an image becomes what the network sees.
  public var metadata: [String: String] {
    var metadata = data.train.frame.metadata
    metadata["classes"] = data.classNames.joined(separator: "\n")
    metadata[TrainedDetector.numbersKey] =
      data.classNumbers?.map(String.init).joined(separator: " ")
    return metadata
  }

  /// The pixels of an image as the network sees it.
  public var inputPixels: Int { data.train.frame.width * data.train.frame.height }

  /// How many images there are, of which size, and what they were recognized as.
  public var dataLines: [String] {
    let frame = data.train.frame
    return [
      "\(data.counts), \(frame.height)x\(frame.width)x3, \(quantity(data.classNames.count, "class", plural: "classes")) of objects",
      "found: \(data.found)", data.classLine(data.classNames),
    ] + data.notes + choosingLines
  }

  /// Draws the run's first training images, with the boxes that are to be found.
  public func samples() throws -> SampleImages {
    let frame = data.train.frame
    let seed = settings.machine.seed
    let count = min(24, data.train.count)
    let loader = data.train.trainingLoader(
      .training(count: data.train.count, batchSize: count, seed: seed),
      augmentation: task.augmentation, seed: seed, workers: 1)
    guard let batch = try loader.next() else {
      return SampleImages(width: frame.width, height: frame.height, images: [])
    }
    let images = (0..<batch.count).map { position in
      let picture = batch.picture(position)
      let names = Set(batch.labels[batch.starts[position]..<batch.starts[position + 1]])
        .sorted().map { data.classNames[Int($0)] }
      return SampleImages.Image(caption: names.joined(separator: ", "), png: picture.png())
    }
    return SampleImages(
      width: frame.width, height: frame.height, images: images,
      changes: task.augmentation.descriptions)
  }
}

extension ResolvedSettings {
  /// How data with boxes are to be read.
  var boxOptions: BoxOptions {
    let own = self.data
    var options = BoxOptions(
      imageSize: own.imageSize, allowsBroken: own.allowBroken, allowsLinks: own.allowLinks,
      statistics: own.normalization?.statistics?.of(channels: 3))
    let frame = EarlierPreparation.current?.frame
    options.frameSize = frame.map { ImageSize(width: $0.width, height: $0.height) }
    options.filledBits = frame?.filledBits
    return options
  }
}

extension BoxBatch {
  /// An image of the batch, with the boxes that are to be found on it.
  fileprivate func picture(_ position: Int) -> BoxPicture {
    let size = width * height * 3
    var picture = BoxPicture(
      width: width, height: height,
      pixels: Array(pixels[(position * size)..<((position + 1) * size)]))
    for object in starts[position]..<starts[position + 1] {
      let edges = boxes[(4 * object)..<(4 * object + 4)].map(Double.init)
      picture.draw(
        .init(minX: edges[0], minY: edges[1], maxX: edges[2], maxY: edges[3]),
        color: BoxPicture.color(of: Int(labels[object])))
    }
    return picture
  }
}

extension VisionTask {
  static let detection = VisionTask(
    .detect, models: Models.detectors, titled: "detectors",
    makeRun: { try DetectionRun($0, loadsInitialWeights: $1) },
    evaluate: { try TrainedDetector($0).evaluate(on: $1, onLine: $2) },
    export: { try TrainedDetector($0).onnx($1) },
    serve: { ServedDetector(try TrainedDetector($0)) })
}
