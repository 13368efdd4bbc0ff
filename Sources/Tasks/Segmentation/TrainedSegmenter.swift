import Datasets
import Evaluation
import Foundation
import Masks
import Metrics
import Planning
import Settings
import Torch
import Training
import Vision

/// A run's segmentation network as a checkpoint has it, ready to draw masks.
///
/// Its batch norms are folded with the first image that it predicts.
public final class TrainedSegmenter {
  /// The run and its checkpoint.
  public let run: TrainedRun
  /// Whether the model predicts instances.
  public let isInstance: Bool
  /// How its images are normalized.
  let imageNormalization: ImageNormalization
  let segmenter: Segmenter
  private let folding = FoldingOnce()

  /// Makes the network of a run's checkpoint.
  ///
  /// - Throws: `TrainingError` where the checkpoint is another model's, or lacks what the run knew;
  ///   `SafetensorsError` where it is damaged.
  public init(_ run: TrainedRun) throws {
    self.run = run
    guard let known = SegmenterMetadata(run.metadata, classNames: run.classNames) else {
      throw TrainingError.checkpointIncomplete(
        file: run.checkpoint.path, lacks: "the normalization of its images")
    }
    isInstance = known.isInstance
    imageNormalization = known.normalization
    let model = try Models.segmenters.entry(named: run.settings.model.name)
    let outputs = isInstance ? BorderTarget.classes : run.classNames.count
    let network = model.make(classes: outputs)
    try run.load(into: network)
    segmenter = Segmenter(
      network: network, outputs: outputs,
      normalization: Normalization(
        mean: known.normalization.mean, deviation: known.normalization.deviation, on: run.device),
      tiling: Tiling(stride: model.stride), flips: run.settings.evaluation.testFlip,
      device: run.device)
  }

  /// How many of 16 bits are filled in image files of 16, as in those that were trained on.
  var filledBits: FilledBits { imageNormalization.filledBits }

  /// Returns the probabilities of each class for each pixel of an image, [C, H, W], on the processor.
  ///
  /// - Throws: `TorchError`; `EvaluationError.notFinite` where the network's predictions are NaN.
  func probabilities(of image: ColorImage) throws -> Tensor {
    try checked {
      try withoutGradient {
        let known = folding { segmenter.probabilities(of: image) }
        guard known.isEmpty || known.sum().item().isFinite else {
          throw EvaluationError.notFinite(checkpoint: run.checkpoint.path)
        }
        return known
      }
    }
  }

  /// Evaluates the network on the run's test images, or on another data set's.
  ///
  /// - Parameters:
  ///   - data: another data set's path.
  ///   - examples: how many of the worst and of the best images are kept as pictures.
  ///   - onLine: takes lines for display: what differs in the run's own data from when it began, or what is evaluated
  ///     of other data.
  /// - Throws: `DataError`, `MaskError`; `EvaluationError` where the data does not suit the run;
  ///   `DataChangeError` where the labels of the run's own data have moved.
  public func evaluate(
    on data: String? = nil, examples: Int = 6, onLine: (String) -> Void = { _ in }
  ) throws -> SegmentationEvaluation {
    let name = data ?? run.settings.data.source
    var options = run.settings.dataOptions
    options.filledBits = filledBits
    func read() throws -> SegmentationData { try run.source(data).loadMasks(options) }
    var isOwn = try run.isOwn(data) { try read().record }
    func takeAsOther() {
      (isOwn, options.isForEvaluation) = (false, true)
      if !isInstance { options.maskClasses = run.classNames }
    }
    if !isOwn { takeAsOther() }
    let found = try run.read(isOwn: isOwn, read, takeAsOther: takeAsOther)
    guard found.isInstance == isInstance, found.classNames == run.classNames else {
      throw EvaluationError.otherClasses(
        data: name, classes: found.classNames, known: run.classNames)
    }
    try run.check(found, isOwn: isOwn, onLine)
    let trained = run.report(found, isOwn: isOwn, onLine)
    let images = found.test
    var metric = SegmentationMetric(classes: run.classNames.count)
    let loader = images.whole(
      .evaluation(count: images.count, batchSize: 1).sharedByProcesses,
      workers: loaderThreads(beside: run.device))
    while let whole = try loader.next() {
      guard let image = whole.image else { continue }
      let prediction = try prediction(to: image)
      metric.add(
        prediction.caseMetrics(whole.index, image, classes: run.classNames.count, boundaries: true))
    }
    metric = try ProcessGroup.allGather(metric)
      .reduce(into: SegmentationMetric(classes: run.classNames.count)) { $0.merge($1) }
    let broken = found.brokenTestImages + (try run.count(images.broken))
    // One process draws the pictures.
    let examples = ProcessGroup.isFirst ? examples : 0
    return SegmentationEvaluation(
      checkpoint: run.checkpoint.path, data: found.name, broken: broken, trainedImages: trained,
      classNames: run.classNames,
      names: images.names, metric: metric,
      examples: try pictures(of: metric, in: images, atMost: examples))
  }

  private func prediction(to image: MaskedImage) throws -> SegmentationPrediction {
    try SegmentationPrediction(
      probabilities(
        of: ColorImage(width: image.width, height: image.height, pixels: image.pixels)),
      isInstance: isInstance)
  }

  /// The images of the lowest and of the highest Dice, drawn anew: only few are kept in memory so.
  private func pictures(
    of metric: SegmentationMetric, in images: SegmentationDataset, atMost count: Int
  ) throws -> [SegmentationEvaluation.Example] {
    let (worst, best) = metric.extremes(worst: count, best: count)
    func example(
      _ own: (index: Int, dice: Double), _ kind: SegmentationEvaluation.Example.Kind
    ) throws -> SegmentationEvaluation.Example? {
      guard let image = try? images.read(own.index) else { return nil }
      let prediction = try prediction(to: image)
      let picture = MaskPicture.comparison(
        image.image, truth: image.mask, prediction: prediction.instances ?? prediction.classes,
        isInstance: isInstance
      ).thinned(toAtMost: 640).image
      return .init(name: images.names[own.index], kind: kind, dice: own.dice, picture: picture.png)
    }
    return try worst.compactMap { try example($0, .worst) }
      + best.compactMap { try example($0, .best) }
  }
}
