import Datasets
import Evaluation
import Formatting
import Foundation
import Metrics
import Numbers
import Planning
import Settings
import Torch

extension TrainedClassifier {
  /// Evaluates the network on the run's evaluation data, or on another's.
  ///
  /// Another data set is read at the run's image size and normalized as the run's was. Its classes are
  /// known by their names, whatever their order, or by their numbers where they have no names.
  ///
  /// - Parameters:
  ///   - data: another data set's name or path.
  ///   - mistakes: how many of the worst mistakes are kept, with their pictures.
  ///   - onLine: takes lines for display: what differs in the run's own data from when it began, or what is evaluated
  ///     of other data.
  /// - Throws: `DataError`; `EvaluationError` where the data does not suit the run; `DataChangeError` where
  ///   the labels of the run's own data have moved.
  public func evaluate(
    on data: String? = nil, mistakes: Int = 24, onLine: (String) -> Void = { _ in }
  ) throws -> ClassificationEvaluation {
    var options = ownOptions
    func read() throws -> ImageData { try run.source(data).load(options, as: preprocessing) }
    var isOwn = try run.isOwn(data) { try read().record }
    func takeAsOther() {
      isOwn = false
      options.labels = nil
      options.imageSize =
        preprocessing.width == preprocessing.height ? preprocessing.width : options.imageSize
      options.isForEvaluation = true
    }
    if !isOwn { takeAsOther() }
    let name = data ?? run.settings.data.source
    let found = try run.read(isOwn: isOwn, read, takeAsOther: takeAsOther)
    try run.check(found, isOwn: isOwn, onLine)
    let images = found.test
    try check(images, of: name)
    let numbers = try classNumbers(of: found, onLine)
    let trained = run.report(found, isOwn: isOwn, onLine)
    var metric = ClassificationMetric(classes: run.classNames.count)
    var worst = WorstMistakes(atMost: mistakes)
    try forEachBatch(of: images) { batch, predictions in
      for (position, prediction) in predictions.enumerated() {
        let truth = numbers[Int(batch.labels[position])]
        metric.add(prediction, truth: truth)
        worst.add(prediction, truth: truth, sample: Int(batch.samples[position])) {
          Data(batch.slot(position, size: images.bytesPerImage))
        }
      }
    }
    // In the order of their parts, as one process would have added them.
    metric = try ProcessGroup.allGather(metric)
      .reduce(into: ClassificationMetric(classes: run.classNames.count)) { $0.merge($1) }
    worst = try ProcessGroup.allGather(worst)
      .reduce(into: WorstMistakes(atMost: mistakes)) { $0.merge($1) }
    return ClassificationEvaluation(
      checkpoint: run.checkpoint.path, data: found.name,
      broken: found.brokenTestImages + (try run.count(images.broken)), trainedImages: trained,
      classNames: run.classNames,
      metric: metric,
      mistakes: worst.list.map { mistake in
        ClassificationEvaluation.Mistake(
          image: images.name(of: mistake.sample),
          truth: run.classNames[mistake.truth],
          prediction: run.classNames[mistake.prediction], probability: mistake.probability,
          picture: mistake.pixels.withUnsafeBytes {
            PNG.encoded(
              $0.bindMemory(to: UInt8.self), width: images.width, height: images.height,
              channels: images.channels)
          })
      })
  }

  /// Reads the run's own data as it was read for the run.
  ///
  /// - Parameter place: where it is now, if it has been moved.
  func ownData(at place: String? = nil) throws -> ImageData {
    try run.source(place).load(ownOptions, as: preprocessing)
  }

  /// How the run's data were read; an older run's settings do not say whether as photographs, of which less than the
  /// short side is seen.
  private var ownOptions: DataOptions {
    var options = run.settings.dataOptions
    options.filledBits = preprocessing.filledBits
    options.arePhotographs = options.arePhotographs || preprocessing.cropShare < 1
    return options
  }

  /// Checks that images have the shape that the network sees.
  ///
  /// - Throws: `EvaluationError.otherShape`.
  func check(_ images: any LabeledImages, of name: String) throws {
    guard preprocessing.fits(images) else {
      throw EvaluationError.otherShape(
        data: name, shape: [images.height, images.width, images.channels],
        wanted: [preprocessing.height, preprocessing.width, preprocessing.channels])
    }
  }

  /// Predicts images batch by batch, as a run evaluates them.
  private func forEachBatch(
    of images: any LabeledImages, _ body: (ImageBatch, [ClassPrediction]) throws -> Void
  ) throws {
    let loader = images.batches(
      .evaluation(count: images.count, batchSize: batchSize).sharedByProcesses, augmentation: nil,
      seed: 0, workers: images is ImageSet ? 1 : workers)
    while let batch = try loader.next() { try body(batch, predictions(batch)) }
  }

  /// Predicts images one after another; the body takes a prediction and the image's place in the set.
  func forEachPrediction(
    of images: any LabeledImages, _ body: (ClassPrediction, Int) throws -> Void
  ) throws {
    try forEachBatch(of: images) { batch, predictions in
      for (position, prediction) in predictions.enumerated() {
        try body(prediction, Int(batch.samples[position]))
      }
    }
  }

  /// The run's number of each of the data's classes: that of the same name, and of data that have numbers alone, which
  /// are said, the same number.
  private func classNumbers(of data: ImageData, _ onLine: (String) -> Void) throws -> [Int] {
    let known = Dictionary(
      run.classNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    if data.hasNumbersAlone, !data.classNames.allSatisfy({ known[$0] != nil }),
      data.classNames.count <= run.classNames.count
    {
      onLine(
        "note: the classes of \(data.name) have no names; their numbers stand for the run's classes, 0 for "
          + "'\(run.classNames.first ?? "")'")
      return Array(data.classNames.indices)
    }
    return try data.classNames.map { name in
      if let own = known[name] { return own }
      throw EvaluationError.unknownClass(
        name: name, data: data.name, known: run.classNames,
        nearest: nearest(to: name, among: run.classNames))
    }
  }
}

/// The most confident wrong predictions so far, with what the network saw.
struct WorstMistakes: Codable {
  struct Mistake: Codable {
    let sample: Int
    let truth: Int
    let prediction: Int
    let probability: Double
    let pixels: Data
  }

  /// The most confident first; of equals, the one that was evaluated first.
  private(set) var list: [Mistake] = []
  private let most: Int

  init(atMost most: Int) { self.most = most }

  /// Adds a prediction if it is wrong, and worse than what is kept.
  mutating func add(
    _ prediction: ClassPrediction, truth: Int, sample: Int, pixels: () -> Data
  ) {
    let best = prediction.best
    let probability = prediction.probabilities[best]
    guard best != truth, most > 0 else { return }
    guard list.count < most || list.last.map({ $0.probability < probability }) == true else {
      return
    }
    insert(
      Mistake(
        sample: sample, truth: truth, prediction: best, probability: probability, pixels: pixels()))
  }

  /// Adds those of images that come after these.
  mutating func merge(_ other: WorstMistakes) { other.list.forEach { insert($0) } }

  private mutating func insert(_ mistake: Mistake) {
    let position = list.firstIndex { $0.probability < mistake.probability } ?? list.count
    list.insert(mistake, at: position)
    if list.count > most { list.removeLast() }
  }
}
