import Metrics
import Runs

/// The metrics file as an observer: a row an update, one or two an evaluation.
extension MetricsWriter: TrainingObserver {
  /// Adds the update's row.
  public func didUpdate(_ record: UpdateRecord) throws -> TrainingDecision {
    var values: [Double?] = record.terms.map(\.value) + record.measures.map(\.value)
    while values.count < columns.count { values.append(nil) }
    try append(
      MetricsRow(
        update: record.update, epoch: record.epoch, split: .train,
        learningRate: record.learningRate, momentum: record.momentum,
        weightDecay: record.weightDecay, loss: record.loss, values: values,
        seconds: record.seconds))
    return .proceed
  }

  /// Adds a row of the model's metrics, one of those on training images, and one of the average's.
  public func didEvaluate(_ record: EvaluationRecord) throws -> TrainingDecision {
    try append(record.model, as: record.split, of: record)
    if let training = record.training { try append(training, as: .trainingImages, of: record) }
    if let average = record.average { try append(average, as: .average, of: record) }
    return .proceed
  }

  private func append(
    _ values: EvaluationRecord.Metrics, as split: MetricsRow.Split, of record: EvaluationRecord
  ) throws {
    let byName = values.byName
    try append(
      MetricsRow(
        update: record.update, epoch: record.epoch, split: split, learningRate: nil, momentum: nil,
        weightDecay: nil, loss: byName["loss"], values: columns.map { byName[$0] },
        seconds: values.seconds))
  }

  /// Writes out what has gathered.
  public func willCheckpoint(after update: Int) throws { try flush() }
  /// Writes out what has gathered.
  public func willEnd() throws { try flush() }
}
