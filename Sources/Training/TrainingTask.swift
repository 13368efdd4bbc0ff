import Metrics
import Runs
import Settings
import Torch

/// What a run trains: a model, the data, a loss made of named terms, and a metric.
///
/// The loop, the range test, the diagnosis and the report work from this alone and know no task by
/// name. A batch has the task's own type: labels of images, boxes of varying number, masks.
public protocol TrainingTask: AnyObject {
  /// A batch as the task wants it, on the device.
  associatedtype Batch
  /// What evaluation accumulates, and processes merge.
  associatedtype Score: Metric

  /// The parameters, buffers and mode that are trained, saved and restored.
  var model: any Module { get }

  /// Computes what all batches need, before the first is opened.
  ///
  /// - Parameter report: takes how many images have been through the network, and of how many.
  func prepare(_ report: (_ images: Int, _ all: Int) throws -> Void) throws

  /// The number of images (samples) that one epoch of training reads.
  var trainingCount: Int { get }

  /// The training images, each once however often an epoch reads it.
  var distinctTrainingCount: Int { get }

  /// The number of classes that the model predicts.
  var classCount: Int { get }

  /// Returns the task of the same model on a part of its training images, whose evaluation is of the others:
  /// a share of each class, chosen by the seed. It never reads a test image. Nil where training images cannot
  /// be held out.
  func rehearsal(holdingOut share: Double, seed: UInt64) throws -> Self?

  /// The names of the loss terms beside the total, in the order of `StepOutput.terms`.
  var lossTerms: [String] { get }

  /// The names of what is measured on a training batch, in the order of `StepOutput.measures`;
  /// those that `Score` also has share a column with it.
  var measures: [String] { get }

  /// The names of what only an evaluation measures, beside `measures`: columns that updates leave empty.
  var evaluationMetrics: [String] { get }

  /// Returns the loss of a batch with the best constant prediction for all its images, as every
  /// class's share is; nil where that is not known.
  ///
  /// A model that comes down to it has only made up for its initial weights.
  func baselineLoss(of batch: Batch) throws -> Double?

  /// Opens an endless stream of training batches from this position on, across epochs' ends.
  func trainingBatches(from position: BatchPosition) throws -> any BatchStream<Batch>

  /// The split on which the model is evaluated: `test` or `validation`.
  var evaluationSplit: MetricsRow.Split { get }

  /// Opens the batches on which the model is evaluated, once through, in a fixed order.
  func evaluationBatches() throws -> any BatchStream<Batch>

  /// The split of the run's final metrics: `test`, also where the model is evaluated on
  /// `validation` while it is trained.
  var finalSplit: MetricsRow.Split { get }

  /// Opens the batches of the final metrics, once through, in a fixed order.
  func finalBatches() throws -> any BatchStream<Batch>

  /// Opens a part of the evaluation batches, the same one each time, that stands for all of them, and
  /// says how many images it has; nil for all that there are, which is what a task gives that does
  /// not say otherwise.
  func evaluationPart(
    ofAtMost images: Int
  ) throws -> (batches: any BatchStream<Batch>, images: Int?)

  /// How many images are evaluated while the model is trained, where the score is the share of them that are right; nil
  /// for other scores, of which chance is not known.
  var evaluationCount: Int? { get }

  /// Opens at most so many of the training images, the same ones each time and as they are without
  /// augmentation, to be evaluated; nil where the task does not.
  func trainingPart(ofAtMost images: Int) throws -> (any BatchStream<Batch>)?

  /// Returns the loss of a batch, with the graph that leads back to the parameters.
  func trainingLoss(of batch: Batch) -> StepOutput

  /// Whether the loss of a batch is divided by, or is otherwise a function of, sums over what it holds, so
  /// that the mean over batches is not the loss of one batch of all their images.
  var dependsOnWholeUpdate: Bool { get }

  /// Returns those sums of a batch, tensors of the same shapes for every batch. Called without gradient
  /// where an update has several batches, in training mode.
  func lossSums(of batch: Batch) throws -> [Tensor]

  /// Returns what a batch adds to the loss, the terms and the measures of an update of several batches:
  /// added up over them they are those of one batch of all their images, and so is the gradient.
  func trainingLoss(of batch: Batch, in update: UpdateBatches) -> StepOutput

  /// Whether there is anything on a batch that the model is to predict: a pixel that counts, an object
  /// to be found.
  func hasTarget(_ batch: Batch) -> Bool

  /// The numbers that the model sees of a batch, to look for one that is not finite.
  func inputs(of batch: Batch) -> [Tensor]

  /// Adds the model's predictions on a batch to a score. Called without gradient, in evaluation mode.
  func evaluate(_ batch: Batch, into score: inout Score) throws

  /// Returns an empty score.
  func makeScore() -> Score

  /// Whether the predictions of several models can be averaged.
  var averagesPredictions: Bool { get }

  /// Adds the predictions that the states of an ensemble give together; where predictions cannot be averaged,
  /// those of the model as it is.
  func evaluate(_ batch: Batch, by ensemble: Ensemble, into score: inout Score) throws
}

extension TrainingTask {
  /// By default false: the loss is a mean over images that count alike.
  public var dependsOnWholeUpdate: Bool { false }
  /// Returns no sums by default.
  public func lossSums(of batch: Batch) throws -> [Tensor] { [] }
  /// The batch's own loss, of which each image of an update has the same share.
  public func trainingLoss(of batch: Batch, in update: UpdateBatches) -> StepOutput {
    trainingLoss(of: batch).scaled(by: 1 / update.updateToBatchRatio)
  }
  /// Returns true by default: every batch has a target.
  public func hasTarget(_ batch: Batch) -> Bool { true }
  /// Returns no inputs by default, so that none is checked.
  public func inputs(of batch: Batch) -> [Tensor] { [] }
}

extension TrainingTask {
  /// Computes nothing by default: batches need nothing beforehand.
  public func prepare(_ report: (_ images: Int, _ all: Int) throws -> Void) throws {}
  /// By default `trainingCount`: an epoch reads each image once.
  public var distinctTrainingCount: Int { trainingCount }
  /// By default 1, for a task without classes.
  public var classCount: Int { 1 }
  /// Returns nil by default: training images cannot be held out.
  public func rehearsal(holdingOut share: Double, seed: UInt64) throws -> Self? { nil }
}

extension TrainingTask {
  /// By default false: predictions of several models cannot be averaged.
  public var averagesPredictions: Bool { false }
  /// Adds by default the predictions of the model as it is.
  public func evaluate(_ batch: Batch, by ensemble: Ensemble, into score: inout Score) throws {
    try evaluate(batch, into: &score)
  }
}

extension TrainingTask {
  /// Opens by default all of the evaluation batches.
  public func evaluationPart(
    ofAtMost images: Int
  ) throws -> (batches: any BatchStream<Batch>, images: Int?) {
    (try evaluationBatches(), nil)
  }
}

extension TrainingTask {
  /// By default nil: the number of evaluation images is not known.
  public var evaluationCount: Int? { nil }
  /// Returns nil by default: training images are not evaluated.
  public func trainingPart(ofAtMost images: Int) throws -> (any BatchStream<Batch>)? { nil }
}

extension TrainingTask {
  /// The constant predictor's loss, if it is known and finite: that of a batch in which nothing counts is not.
  func finiteBaselineLoss(of batch: Batch) throws -> Double? {
    try baselineLoss(of: batch).flatMap { $0.isFinite ? $0 : nil }
  }

  /// The constant predictor's loss on the first batch of the range test's order; nil where it is not known.
  func baselineLoss(_ settings: ResolvedSettings) throws -> Double? {
    try ProcessGroup.broadcastFromFirstIfAny {
      let stream = try trainingBatches(
        from: BatchPosition(
          purpose: .measurement, seed: settings.machine.seed, batchSize: settings.budget.batchSize))
      return try stream.next().flatMap(finiteBaselineLoss)
    }
  }
}

extension TrainingTask {
  /// By default `evaluationSplit`, on which the model is evaluated while it is trained.
  public var finalSplit: MetricsRow.Split { evaluationSplit }
  /// Opens by default the batches on which the model is evaluated while it is trained.
  public func finalBatches() throws -> any BatchStream<Batch> { try evaluationBatches() }
  /// The split `test` by default.
  public var evaluationSplit: MetricsRow.Split { .test }
  /// Returns nil by default: the loss of the best constant prediction is not known.
  public func baselineLoss(of batch: Batch) throws -> Double? { nil }
  /// By default empty: an evaluation measures nothing beside `measures`.
  public var evaluationMetrics: [String] { [] }
  /// The task's own columns of `metrics.csv`.
  public var columns: [String] { lossTerms + measures + evaluationMetrics }
}

/// Batches, one after another.
///
/// A batch stays valid when the next is asked for: its tensors are its own.
public protocol BatchStream<Batch>: AnyObject {
  /// What the stream gives.
  associatedtype Batch
  /// Returns the next batch, or nil at the end.
  func next() throws -> Batch?
}

/// Something that is accumulated over batches, merged across processes, and read at the end.
public protocol Metric: Codable {
  /// Adds what another process, or another part of the data, has accumulated.
  mutating func merge(_ other: Self)

  /// The metrics so far, by name; `loss` is the mean loss over samples.
  var values: [MetricValue] { get }

  /// Whether the loss of everything that was evaluated is finite; a run whose last one is not has failed. True where
  /// nothing was evaluated. By default whether `loss` is finite, if there is one.
  var isLossFinite: Bool { get }
}

extension Metric {
  /// Whether `loss` is finite, if there is one.
  public var isLossFinite: Bool { values.allSatisfy { $0.name != "loss" || $0.value.isFinite } }
}
