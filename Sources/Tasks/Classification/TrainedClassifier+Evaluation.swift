import Datasets
import Evaluation
import Foundation
import Metrics
import Numbers
import Planning
import Settings
import Words

extension TrainedClassifier {
  /// Evaluates the network on the run's evaluation data, or on another's.
  ///
  /// Another data set is read at the run's image size and normalised as the run's was. Its classes are
  /// known by their names, whatever their order, or by their numbers where they have no names.
  ///
  /// - Parameters:
  ///   - data: another data set's name or path.
  ///   - mistakes: how many of the worst mistakes are kept, with their pictures.
  ///   - onNote: is called with what differs in the run's own data from when it began.
  /// - Throws: `DataError`; `EvaluationError` where the data does not suit the run; `DataChangeError` where
  ///   the labels of the run's own data have moved.
  public func evaluate(
    on data: String? = nil, mistakes: Int = 24, onNote: (String) -> Void = { _ in }
  ) throws -> ClassificationEvaluation {
    var options = run.settings.dataOptions
    options.filledBits = preprocessing.filledBits
    if data != nil {
      options.labels = nil
      options.imageSize =
        preprocessing.width == preprocessing.height ? preprocessing.width : options.imageSize
    }
    let name = data ?? run.settings.data.source
    let found = try DataSource(named: name).load(options)
    if data == nil { try run.checkOwn(found).map(onNote) }
    let images = found.test
    try check(images, of: name)
    let numbers = try classNumbers(of: found)
    var metric = ClassificationMetric(classes: run.classNames.count)
    var worst = WorstMistakes(atMost: mistakes)
    try forEachBatch(of: images) { batch, predictions in
      for (position, prediction) in predictions.enumerated() {
        let truth = numbers[Int(batch.labels[position])]
        metric.add(prediction, truth: truth)
        worst.add(prediction, truth: truth, sample: Int(batch.samples[position])) {
          Array(batch.slot(position, size: images.bytesPerImage))
        }
      }
    }
    let paths = (images as? PhotoSet)?.paths
    return ClassificationEvaluation(
      checkpoint: run.checkpoint.path, data: found.name,
      broken: found.broken.count + images.broken.count, classNames: run.classNames, metric: metric,
      mistakes: worst.list.map { mistake in
        ClassificationEvaluation.Mistake(
          image: paths?[mistake.sample] ?? "\(mistake.sample)",
          truth: run.classNames[mistake.truth],
          prediction: run.classNames[mistake.prediction], probability: mistake.probability,
          picture: mistake.pixels.withUnsafeBufferPointer {
            PNG.encoded(
              $0, width: images.width, height: images.height, channels: images.channels)
          })
      })
  }

  /// Reads the run's own data as it was read for the run.
  func ownData() throws -> ImageData {
    var options = run.settings.dataOptions
    options.filledBits = preprocessing.filledBits
    return try DataSource(named: run.settings.data.source).load(options)
  }

  /// Checks that images have the shape that the network sees.
  ///
  /// - Throws: `EvaluationError.otherShape`.
  func check(_ images: any LabelledImages, of name: String) throws {
    guard preprocessing.fits(images) else {
      throw EvaluationError.otherShape(
        data: name, shape: [images.height, images.width, images.channels],
        wanted: [preprocessing.height, preprocessing.width, preprocessing.channels])
    }
  }

  /// Predicts images batch by batch, as a run evaluates them.
  private func forEachBatch(
    of images: any LabelledImages, _ body: (ImageBatch, [ClassPrediction]) throws -> Void
  ) throws {
    let loader = images.batches(
      .evaluation(count: images.count, batchSize: batchSize), augmentation: nil, seed: 0,
      workers: images is ImageSet ? 1 : workers)
    while let batch = try loader.next() { try body(batch, predictions(batch)) }
  }

  /// Predicts images one after another; the body takes a prediction and the image's place in the set.
  func forEachPrediction(
    of images: any LabelledImages, _ body: (ClassPrediction, Int) throws -> Void
  ) throws {
    try forEachBatch(of: images) { batch, predictions in
      for (position, prediction) in predictions.enumerated() {
        try body(prediction, Int(batch.samples[position]))
      }
    }
  }

  /// The run's number of each of the data's classes.
  private func classNumbers(of data: ImageData) throws -> [Int] {
    let known = Dictionary(
      run.classNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let hasNoNames = data.classNames == data.classNames.indices.map { "\($0)" }
    return try data.classNames.enumerated().map { number, name in
      if let own = known[name] { return own }
      if hasNoNames, number < run.classNames.count { return number }
      throw EvaluationError.unknownClass(
        name: name, data: data.name, known: run.classNames,
        nearest: nearest(to: name, among: run.classNames))
    }
  }
}

/// The most confident wrong predictions so far, with what the network saw.
struct WorstMistakes {
  struct Mistake {
    let sample: Int
    let truth: Int
    let prediction: Int
    let probability: Double
    let pixels: [UInt8]
  }

  /// The most confident first; of equals, the one that was evaluated first.
  private(set) var list: [Mistake] = []
  private let most: Int

  init(atMost most: Int) { self.most = most }

  /// Adds a prediction if it is wrong, and worse than what is kept.
  mutating func add(
    _ prediction: ClassPrediction, truth: Int, sample: Int, pixels: () -> [UInt8]
  ) {
    let best = prediction.best
    let probability = prediction.probabilities[best]
    guard best != truth, most > 0 else { return }
    guard list.count < most || list.last.map({ $0.probability < probability }) == true else {
      return
    }
    let position = list.firstIndex { $0.probability < probability } ?? list.count
    list.insert(
      Mistake(
        sample: sample, truth: truth, prediction: best, probability: probability, pixels: pixels()),
      at: position)
    if list.count > most { list.removeLast() }
  }
}
