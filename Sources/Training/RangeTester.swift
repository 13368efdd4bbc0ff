import Schedules
import Torch
import Tuning

/// Runs a learning-rate range test on a task, and leaves no trace of it.
///
/// The rate rises from update to update. The loss is measured after each update: by
/// default the loss of one batch of training images, the same each time, so that the curve shows what
/// the updates did and not by how much batches differ, which is five to ten times as much. Parameters,
/// buffers and optimizer are put back bit for bit, and the batches come from streams of their own.
public struct RangeTester<Task: TrainingTask> {
  let task: Task
  private let optimizer: any Optimizer
  private let options: UpdateOptions

  /// Creates a tester of this task with this optimizer, whose updates have these options.
  public init(task: Task, optimizer: any Optimizer, options: UpdateOptions = UpdateOptions()) {
    self.task = task
    self.optimizer = optimizer
    self.options = options
  }

  /// Sweeps the rate of the groups and returns the curve of what was measured.
  ///
  /// - Parameters:
  ///   - batchSize: images in a batch; an update has `options.accumulate` of them.
  ///   - sweeping: which groups are swept, and at which rates the others stay.
  ///   - measure: what the curve is made of.
  ///   - onPoint: is called with every point, for progress.
  /// - Throws: what the task's data or the tensor engine throws; the state is put back then too.
  public func curve(
    sweep: RangeTestSweep, seed: UInt64, batchSize: Int, sweeping: SweepGroups = .inRatio(),
    measuring measure: RangeTestMeasure = .trainingLoss,
    onPoint: (RangeTestPoint) throws -> Void = { _ in }
  ) throws -> RangeTestCurve {
    try timedCurve(
      sweep: sweep, seed: seed, batchSize: batchSize, sweeping: sweeping, measuring: measure,
      onPoint: onPoint
    ).curve
  }

  /// Sweeps the rate, and returns the curve with the mean time of an update in seconds; nil if there was no
  /// update.
  public func timedCurve(
    sweep: RangeTestSweep, seed: UInt64, batchSize: Int, sweeping: SweepGroups = .inRatio(),
    measuring measure: RangeTestMeasure = .trainingLoss,
    onPoint: (RangeTestPoint) throws -> Void = { _ in }
  ) throws -> (curve: RangeTestCurve, secondsPerUpdate: Double?) {
    try sweeping.check(optimizer.groups)
    let group = ProcessGroup.current
    let probe = try EvaluationProbe(measure, task: task, sweep: sweep)
    let stopwatch = UpdateTimer()
    var curve = try SavedState.withoutTrace(task.model, optimizer) {
      let updater = try Updater(
        task: task, optimizer: optimizer, options: options,
        from: BatchPosition(purpose: .measurement, seed: seed, batchSize: batchSize))
      /// The total and the terms of the update after so many.
      func update(_ step: Int) throws -> [Double]? {
        let swept = sweep.learningRate(at: step)
        for index in optimizer.groups.indices {
          let group = optimizer.groups[index]
          optimizer.groups[index].learningRate =
            group.scale * sweeping.rate(of: group.name, at: swept)
        }
        // An update that was left out has not had its rate yet.
        do {
          while true {
            let losses = try stopwatch.time { try updater.update(number: step + 1).map(read) }
            if let losses { return losses }
          }
        } catch TrainingError.gradientsOverflow { return nil }
      }
      guard let probe else {
        let updateSize = batchSize * options.accumulate
        let fixed = try fixedBatch(seed: seed, updateSize: updateSize)
        return try withExtendedLifetime(fixed.stream) {
          let baseline = try ProcessGroup.broadcastFromFirstIfAny {
            try task.finiteBaselineLoss(
              of: group == nil
                ? fixed.batch : fixedBatch(seed: seed, updateSize: updateSize).batch)
          }
          var curve = try sweepTrainingLoss(
            over: sweep, baselineLoss: baseline, update,
            { try read(updater.output(to: fixed.batch, of: fixed.images)) }, onPoint)
          curve.updateSize = updateSize
          return curve
        }
      }
      var curve = try sweepMetric(over: sweep, by: probe, update, onPoint)
      (curve.measure, curve.sample) = (measure, probe.sample)
      return curve
    }
    if optimizer is SGD { curve.momentum = optimizer.groups.first?.momentum }
    // The clock of one process counts, so that all decide alike.
    return (curve, try ProcessGroup.broadcastFromFirstIfAny { stopwatch.mean })
  }

  /// Images on which the loss is measured.
  private func fixedBatch(
    seed: UInt64, updateSize: Int
  ) throws -> (batch: Task.Batch, images: Int, stream: any BatchStream<Task.Batch>) {
    // Each of many processes needs one.
    let most = max(
      RangeTestSample.maximumFixedImages(updateSize: updateSize), ProcessGroup.current?.size ?? 1)
    let images = min(most, max(1, task.trainingCount))
    let stream = try task.trainingBatches(
      from: BatchPosition(purpose: .measurement, seed: seed &+ (1 << 32), batchSize: images))
    guard let batch = try stream.next() else { throw TrainingError.ranOutOfBatches(update: 1) }
    return (batch, images, stream)
  }

  /// The losses that `output` measures after updates, each with the rate of the last one.
  ///
  /// An update that cannot be made counts as a NaN loss.
  private func sweepTrainingLoss(
    over sweep: RangeTestSweep, baselineLoss: Double?,
    _ update: (Int) throws -> [Double]?, _ output: () throws -> [Double],
    _ onPoint: (RangeTestPoint) throws -> Void
  ) throws -> RangeTestCurve {
    var watch = DivergenceWatch()
    var points: [RangeTestPoint] = []
    var terms = task.lossTerms.map { RangeTestCurve.Term(name: $0, values: []) }
    var spread = BatchLossDeviation()
    for step in 0..<sweep.steps {
      let trained = try update(step)
      spread.add(batch: trained?[0] ?? .nan, fixed: points.last?.loss)
      let lost = Array(repeating: Double.nan, count: 1 + terms.count)
      let losses = trained == nil ? lost : try output()
      let point = RangeTestPoint(learningRate: sweep.learningRate(at: step), loss: losses[0])
      points.append(point)
      for index in terms.indices { terms[index].values.append(losses[index + 1]) }
      try onPoint(point)
      let tolerated = max(20 * spread.value, 0.3 * (baselineLoss ?? 0))
      if watch.shouldStop(after: point.loss, tolerating: tolerated) != nil { break }
    }
    var curve = RangeTestCurve(points: points, terms: terms)
    curve.batchSpread = spread.value
    curve.baselineLoss = baselineLoss
    curve.updatesPerDecade = sweep.updatesPerDecade
    return curve
  }

  private func read(_ output: StepOutput) throws -> [Double] {
    try checked {
      try withoutGradient {
        try Tensor.stacked(([output.total] + output.terms).map { $0.detached().to(.float32) })
          .readDoubles()
      }
    }
  }

  /// The metrics that the probe takes after updates, each with the rate of the last one.
  private func sweepMetric(
    over sweep: RangeTestSweep, by probe: EvaluationProbe<Task>,
    _ update: (Int) throws -> [Double]?,
    _ onPoint: (RangeTestPoint) throws -> Void
  ) throws -> RangeTestCurve {
    var watch = DivergenceWatch()
    var points: [RangeTestPoint] = []
    for step in 0..<sweep.steps {
      let trained = try update(step)?.first ?? .nan
      // A bounded metric does not show that the model is lost, but the batch does.
      guard probe.isDue(after: step + 1) || !trained.isFinite else { continue }
      let point = RangeTestPoint(
        learningRate: sweep.learningRate(at: step),
        loss: trained.isFinite ? try probe.loss() : trained)
      points.append(point)
      try onPoint(point)
      if watch.shouldStop(after: point.loss) != nil { break }
    }
    return RangeTestCurve(points: points)
  }
}
