import Planning
import Schedules
import Torch
import Tuning
import Words

/// Runs a learning-rate range test on a task, and leaves no trace of it.
///
/// The rate rises from update to update. The loss that an update is answerable for is the one
/// measured after it, so each rate is paired with the loss of the next batch. Parameters, buffers
/// and optimizer are put back bit for bit, and the batches come from streams of their own.
public struct RangeTester<Task: TrainingTask> {
  private let task: Task
  private let optimizer: any Optimizer
  private let form: UpdateForm

  /// Creates a tester of this task with this optimizer, whose updates have this form.
  public init(task: Task, optimizer: any Optimizer, form: UpdateForm = UpdateForm()) {
    self.task = task
    self.optimizer = optimizer
    self.form = form
  }

  /// Sweeps the rate of the groups and returns the curve of losses.
  ///
  /// - Parameters:
  ///   - batchSize: images in a batch, of which an update has as many as its form says.
  ///   - sweeping: which groups are swept, and at which rates the others stay.
  ///   - onPoint: is told of every point, for progress.
  /// - Throws: what the task's data or the tensor engine throws; the state is put back then too.
  public func curve(
    sweep: RangeTestSweep, seed: UInt64, batchSize: Int, sweeping: Sweeping = .inRatio(),
    onPoint: (RangeTestPoint) -> Void = { _ in }
  ) throws -> RangeTestCurve {
    try sweeping.check(optimizer.groups)
    let snapshot = try Snapshot(of: task.model, optimizer)
    let groups = optimizer.groups
    defer { optimizer.groups = groups }
    let swept = Result {
      try sweepLosses(
        sweep: sweep, seed: seed, batchSize: batchSize, sweeping: sweeping, onPoint: onPoint)
    }
    try snapshot.restore(task.model, optimizer)
    return try swept.get()
  }

  private func sweepLosses(
    sweep: RangeTestSweep, seed: UInt64, batchSize: Int, sweeping: Sweeping,
    onPoint: (RangeTestPoint) -> Void
  ) throws -> RangeTestCurve {
    let position = BatchPosition(purpose: .rangeTest, seed: seed, batchSize: batchSize)
    let updater = try Updater(task: task, optimizer: optimizer, form: form, from: position)
    task.model.setTraining(true)
    var watch = DivergenceWatch()
    var points: [RangeTestPoint] = []
    points.reserveCapacity(sweep.steps)
    var terms = task.lossTerms.map { RangeTestCurve.Term(name: $0, values: []) }
    var rate: Double?
    for step in 0...sweep.steps {
      let next = sweep.learningRate(at: min(step, sweep.steps - 1))
      for index in optimizer.groups.indices {
        optimizer.groups[index].learningRate = sweeping.rate(
          of: optimizer.groups[index].name, at: next)
      }
      let output = try updater.update(number: step + 1)
      let losses = try checked {
        withoutGradient {
          Tensor.stacked([output.total.detached()] + output.terms.map { $0.detached() }).doubles()
        }
      }
      if let rate {
        let point = RangeTestPoint(learningRate: rate, loss: losses[0])
        points.append(point)
        for index in terms.indices { terms[index].values.append(losses[index + 1]) }
        onPoint(point)
        if watch.shouldStop(after: point.loss) != nil { break }
      }
      rate = next
    }
    return RangeTestCurve(points: points, terms: terms)
  }
}

extension TrainingTask {
  /// Checks that the loss has a term of this name.
  ///
  /// - Throws: `SettingsError` naming the terms that there are.
  public func check(term: String?) throws {
    guard let term, !lossTerms.contains(term) else { return }
    guard !lossTerms.isEmpty else {
      throw SettingsError.outOfRange(
        key: "curve-of", value: term, allowed: "left out: this task's loss is not made of terms")
    }
    throw SettingsError.unknown(
      key: "curve-of", value: term, known: lossTerms, nearest: nearest(to: term, among: lossTerms))
  }
}
