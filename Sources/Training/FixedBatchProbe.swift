import Formatting
import Planning
import Settings
import Torch
import Tuning

/// Takes a metric of the model on a part of the evaluation data, during a range test.
///
/// The cost is bounded: at most a hundred measurements of at most 512 images, the same each time. The
/// model is in evaluation mode for it, in which no buffer changes, and in training mode afterwards.
struct FixedBatchProbe<Task: TrainingTask> {
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

extension TrainingTask {
  /// Checks that the task's score has what a range test is to measure.
  ///
  /// - Throws: `SettingsError` naming what can be measured.
  public func check(_ measure: RangeTestMeasure) throws {
    guard case .metric(let name) = measure else { return }
    let metrics = makeScore().values.map(\.name).filter { $0 != "loss" }
    guard !metrics.contains(name) else { return }
    let known = RangeTestMeasure.names + metrics
    throw SettingsError.unknown(
      key: "range-test-on", value: name, known: known, nearest: nearest(to: name, among: known))
  }

  /// Checks that an evaluation of the task reports the metric that patience waits for.
  ///
  /// - Throws: `SettingsError` naming what it reports.
  func check(patienceOn name: String?) throws {
    let known = makeScore().values.map(\.name)
    guard let name, !known.contains(name) else { return }
    throw SettingsError.unknown(
      key: "patience-on", value: name, known: known, nearest: nearest(to: name, among: known))
  }

  /// Checks that the loss has a term of this name.
  ///
  /// - Throws: `SettingsError` naming the terms that there are.
  public func check(term: String?) throws {
    guard let term, !lossTerms.contains(term) else { return }
    guard !lossTerms.isEmpty else {
      throw SettingsError.outOfRange(
        key: "curve-of", value: term, allowed: "left out: this task's loss has no terms")
    }
    throw SettingsError.unknown(
      key: "curve-of", value: term, known: lossTerms, nearest: nearest(to: term, among: lossTerms))
  }
}
