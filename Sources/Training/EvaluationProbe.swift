import Planning
import Torch
import Tuning

/// Takes a metric of the model on a part of the evaluation data, during a range test.
///
/// The cost is bounded: at most a hundred measurements of at most 512 images, the same each time. The
/// model is in evaluation mode for it, in which no buffer changes, and in training mode afterwards.
struct EvaluationProbe<Task: TrainingTask> {
  private let task: Task
  private let name: String
  private let measure: RangeTestMeasure
  /// Where and how often it measures.
  let sample: RangeTestSample

  private static var maximumImages: Int { RangeTestSample.maximumImages }
  private static var maximumMeasurements: Int { 100 }

  /// Creates the probe for a measure; nil for the training loss, which is there anyway.
  init?(_ measure: RangeTestMeasure, task: Task, sweep: RangeTestSweep) throws {
    switch measure {
    case .trainingLoss: return nil
    case .validationLoss: name = "loss"
    case .metric(let metric): name = metric
    }
    try task.check(measure)
    self.task = task
    self.measure = measure
    let every = (sweep.steps + Self.maximumMeasurements - 1) / Self.maximumMeasurements
    let images = try task.evaluationPart(ofAtMost: Self.maximumImages).images
    sample = RangeTestSample(images: images, every: every)
  }

  /// Whether it is time to measure after so many updates of the sweep.
  func isDue(after updates: Int) -> Bool { updates % sample.every == 0 }

  /// Measures, and returns the metric as a loss.
  func loss() throws -> Double {
    let part = try task.evaluationPart(ofAtMost: Self.maximumImages)
    let values = try evaluate(task, on: part.batches).values
    return measure.loss(ofMetric: values.first { $0.name == name }?.value ?? .nan)
  }
}
