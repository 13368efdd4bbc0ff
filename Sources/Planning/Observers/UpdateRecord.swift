import Metrics
import Runs

/// The values of one applied update.
public struct UpdateRecord: Sendable, Hashable {
  /// The number of applied updates, this one included.
  public var update: Int
  /// The number of updates in the whole run.
  public var total: Int
  /// The epoch that the update belongs to, from 0.
  public var epoch: Int
  /// The learning rate with which it was applied.
  public var learningRate: Double
  /// The momentum with which it was applied, if it is planned.
  public var momentum: Double?
  /// The weight decay with which it was applied, if it is planned.
  public var weightDecay: Double?
  /// The loss before the update, on its images; NaN or infinite where the run is about to fail.
  public var loss: Double
  /// The terms that the loss is made of, by the task's names.
  public var terms: [MetricValue]
  /// What else was measured on the update's images, by the task's names.
  public var measures: [MetricValue]
  /// Seconds since training began, evaluation and earlier sessions of the run included.
  public var seconds: Double
  /// Training images a second since the losses were read back last; nil after an evaluation or a checkpoint.
  public var imagesPerSecond: Double?

  /// Creates a record.
  public init(
    update: Int, total: Int, epoch: Int, learningRate: Double, momentum: Double? = nil,
    weightDecay: Double? = nil, loss: Double, terms: [MetricValue] = [],
    measures: [MetricValue] = [], seconds: Double, imagesPerSecond: Double? = nil
  ) {
    self.update = update
    self.total = total
    self.epoch = epoch
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.loss = loss
    self.terms = terms
    self.measures = measures
    self.seconds = seconds
    self.imagesPerSecond = imagesPerSecond
  }
}

/// The values of one evaluation.
public struct EvaluationRecord: Sendable, Hashable {
  /// Metrics, and when they were there.
  public struct Metrics: Sendable, Hashable {
    /// The metrics, by name; `loss` is the mean loss over samples.
    public var values: [MetricValue]
    /// Seconds since training began.
    public var seconds: Double

    /// Creates metrics.
    public init(values: [MetricValue], seconds: Double) {
      self.values = values
      self.seconds = seconds
    }

    /// The metrics by name.
    public var byName: [String: Double] {
      Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
  }

  /// The number of applied updates.
  public var update: Int
  /// The epoch of the last of them, from 0.
  public var epoch: Int
  /// The images that it was evaluated on: `.validation` or `.test`.
  public var split: MetricsRow.Split
  /// The model's metrics.
  public var model: Metrics
  /// The metrics of what the run averages, if it averages anything yet.
  public var average: Metrics?
  /// The model's metrics on training images, as they are without augmentation, at the ends of cycles and of
  /// the run, where the task can tell them.
  public var training: Metrics?
  /// Whether a cycle ends here.
  public var endsCycle: Bool
  /// Whether the run ends here.
  public var endsRun: Bool

  /// Creates a record.
  public init(
    update: Int, epoch: Int, split: MetricsRow.Split, model: Metrics, average: Metrics? = nil,
    endsCycle: Bool, endsRun: Bool
  ) {
    self.update = update
    self.epoch = epoch
    self.split = split
    self.model = model
    self.average = average
    self.endsCycle = endsCycle
    self.endsRun = endsRun
  }

  /// What the run is ranked by: the average's metrics, if there are such, or else the model's.
  public var ranked: Metrics { average ?? model }

  /// A metric that the run is ranked by, by its name.
  public subscript(name: String) -> Double? { ranked.byName[name] }
}
