import Boxes
import Datasets
import Evaluation
import Formatting
import Foundation
import Metrics
import Numbers
import Planning
import Settings
import Torch
import Training
import Vision

/// A run's detector as a checkpoint has it, and all that it needs to predict: its classes, and how an
/// image becomes what it sees.
public final class TrainedDetector {
  /// The run and its checkpoint.
  public let run: TrainedRun
  /// The classes as they are written.
  public let classes: PredictionFileFormat.Classes

  let frame: DetectionFrame
  private let folding = FoldingOnce()

  /// Where a checkpoint has the numbers of the classes.
  static let numbersKey = "class_numbers"

  /// Makes the network of a run's checkpoint.
  ///
  /// - Throws: `TrainingError` where the checkpoint is another model's, or lacks what the run knew;
  ///   `SafetensorsError` where it is damaged.
  public init(_ run: TrainedRun) throws {
    self.run = run
    guard let imageFrame = ImageFrame(metadata: run.metadata) else {
      throw TrainingError.checkpointIncomplete(
        file: run.checkpoint.path,
        lacks:
          "the size and the normalization of its images, of at most 2048x2048 pixels (its size is "
          + "'\(run.metadata["frame"] ?? "")')")
    }
    let numbers = run.metadata[Self.numbersKey].map {
      $0.split(separator: " ").compactMap { Int($0) }
    }
    classes = PredictionFileFormat.Classes(
      names: run.classNames,
      numbers: numbers.flatMap { $0.count == run.classNames.count ? $0 : nil })
    let detector = try Models.detectors.entry(named: run.settings.model.name)
      .make(classes: run.classNames.count)
    try run.load(into: detector)
    frame = DetectionFrame(imageFrame, for: detector, on: run.device)
  }

  /// Returns what the network finds on each image of a batch, in the image's own pixels.
  ///
  /// - Throws: `TorchError`; `EvaluationError.notFinite` where the network's predictions are NaN.
  func found(_ batch: BoxBatch) throws -> [[DetectedBox]] {
    try checked {
      try withoutGradient {
        let images = frame.images(batch)
        let output = folding { frame.detector(images) }
        let parts = [output.logits, output.boxes] + (output.centerness.map { [$0] } ?? [])
        guard parts.allSatisfy({ $0.isFinite().to(.float32).min().item() == 1 }) else {
          throw EvaluationError.notFinite(checkpoint: run.checkpoint.path)
        }
        return try frame.detections(output, placements: batch.placements)
      }
    }
  }

  var batchSize: Int {
    detectionBatchSize(height: frame.frame.height, width: frame.frame.width)
  }

  private var workers: Int {
    loaderThreads(beside: run.device)
  }
}

// MARK: Evaluated on data

extension TrainedDetector {
  /// Evaluates the network on the run's test images, or on another data set's.
  ///
  /// - Parameters:
  ///   - data: another data set's name or path; its classes are known by their names.
  ///   - pictures: of how many images the boxes are kept for the report, those with most errors.
  ///   - onLine: takes lines for display: what differs in the run's own data from when it began, or what is evaluated
  ///     of other data.
  /// - Throws: `DataError`, `AnnotationError`; `EvaluationError` where the data does not suit the run;
  ///   `DataChangeError` where the labels of the run's own data have moved.
  public func evaluate(
    on data: String? = nil, pictures: Int = 8, onLine: (String) -> Void = { _ in }
  ) throws -> DetectionEvaluation {
    let name = data ?? run.settings.data.source
    var options = run.settings.boxOptions
    func read() throws -> DetectionSplitData { try run.source(data).loadBoxes(options) }
    var isOwn = try run.isOwn(data) { try read().record }
    options.isForEvaluation = !isOwn
    let found = try run.read(isOwn: isOwn, read) { (isOwn, options.isForEvaluation) = (false, true) }
    try run.check(found, isOwn: isOwn, onLine)
    let set = DetectionDataset(
      try relabeled(found), name: name, classNames: run.classNames, frame: frame.frame,
      allowsBroken: run.settings.data.allowBroken)
    let trained = run.report(found, isOwn: isOwn, onLine)
    let images = found.name == DataSource.shapes.name ? found.test : set
    var metric = COCOMetric(classes: run.classNames.count)
    var errors = DetectionErrors(classes: run.classNames.count)
    var own: [EvaluatedImage] = []
    let loader = images.evaluationLoader(
      .evaluation(count: images.count, batchSize: batchSize).sharedByProcesses, workers: workers)
    while let batch = try loader.next() {
      for (sample, detections) in zip(batch.samples.prefix(batch.count), try self.found(batch)) {
        own.append(images.evaluatedImage(Int(sample), detections: detections))
      }
    }
    var evaluated: [Int: EvaluatedImage] = [:]
    for image in try ProcessGroup.allGather(own).joined() {
      metric.add(image)
      errors.add(image)
      evaluated[image.image] = image
    }
    let score = errors.bestScore
    // One process draws them.
    let pictures = ProcessGroup.isFirst ? pictures : 0
    let shown = try errors.imagesByErrors(atScore: score).prefix(pictures).compactMap { index in
      try evaluated[index].map { evaluated in
        let image = images.images[index]
        return DetectionEvaluation.Picture(
          image: DataSource.shown(image.path), width: image.width, height: image.height,
          png: try images.picture(index, longSide: 640).png(), evaluated: evaluated, atScore: score)
      }
    }
    return DetectionEvaluation(
      checkpoint: run.checkpoint.path, data: name, broken: try run.count(images.broken),
      trainedImages: trained, classNames: run.classNames, metric: metric, errors: errors, pictures: shown)
  }

  /// The images of a data set with the run's numbers of the classes.
  private func relabeled(_ data: DetectionSplitData) throws -> [AnnotatedImage] {
    let numbers = try data.classNames.map { name in
      guard let number = run.classNames.firstIndex(of: name) else {
        throw EvaluationError.unknownClass(
          name: name, data: data.name, known: run.classNames,
          nearest: nearest(to: name, among: run.classNames))
      }
      return number
    }
    return data.test.images.map { image in
      var image = image
      for position in image.boxes.indices {
        image.boxes[position].label = numbers[image.boxes[position].label]
      }
      return image
    }
  }
}

// MARK: On files

extension TrainedDetector {
  /// Finds objects on image files, in the files' order.
  ///
  /// Files are read on other threads, a few batches ahead, so that the memory does not grow with their
  /// number.
  ///
  /// - Parameters:
  ///   - score: detections below it are left out.
  ///   - onBroken: is called with files that cannot be read; they have no prediction.
  ///   - onFile: takes what was found on a file.
  /// - Returns: how many files had a prediction, and how many none.
  /// - Throws: `EvaluationError`; `TorchError`; what `onFile` throws.
  public func predict(
    _ paths: some Sequence<String>, score: Double = 0, onBroken: (BrokenImage) -> Void,
    onFile: (FoundBoxes) throws -> Void
  ) throws -> PredictionCount {
    try PredictionCount.counting(paths, batchSize: batchSize, onBroken: onBroken) { some in
      let files = FramedFiles(some, in: frame.frame)
      return (
        files.batches(ofAtMost: batchSize, share: ProcessGroup.share, workers: workers),
        { files.broken }
      )
    } predict: { batch, some, before in
      guard batch.count > 0 else { return [] }
      return zip(batch.samples.prefix(batch.count), try found(batch)).map { sample, detections in
        FoundBoxes(
          file: some[Int(sample)], number: before + Int(sample) + 1,
          detections: detections.filter { $0.score >= score },
          filledBits: frame.frame.filledBits)
      }
    } onPredictions: {
      try $0.forEach(onFile)
    }
  }
}
