import Foundation
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Torch
import Tuning

@testable import Training

@Suite struct `Training in mixed precision` {
  private let directory = TemporaryDirectory()

  private func mean(_ rows: ArraySlice<MetricsRow>) -> Double {
    rows.reduce(0) { $0 + ($1.loss ?? .nan) } / Double(rows.count)
  }

  @Test(arguments: [Precision.bfloat16, .float16]) func `learns`(precision: Precision) throws {
    let folder = try directory.folder()
    try run(SceneTask(), settings { $0.machine.precision = precision }, in: folder)
    let rows = try MetricsTable.read(folder.metrics).rows.filter { $0.split == .train }
    #expect(mean(rows.suffix(6)) < 0.75 * mean(rows.prefix(6)))
    let whole = try directory.folder()
    try run(SceneTask(), in: whole)
    let float = try MetricsTable.read(whole.metrics).rows.filter { $0.split == .train }
    #expect(abs((rows[0].loss ?? 0) / (float[0].loss ?? 1) - 1) < 0.01)
    #expect(rows.map(\.loss) != float.map(\.loss), "it was in half precision")
    let tensors = try Safetensors.read(try #require(folder.newestCheckpoint)).tensors
    #expect(tensors.values.allSatisfy { $0.type == .float32 })
  }

  @Test(arguments: ["bfloat16", "float16"])
  func `is tested for its range in the same precision, without a trace`(word: String) throws {
    let task = SceneTask()
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    let before = state(task.model, optimizer)
    let precision = try #require(Precision(rawValue: word))
    func curve(_ form: UpdateOptions) throws -> RangeTestCurve {
      try RangeTester(task: task, optimizer: optimizer, options: form).curve(
        sweep: RangeTestSweep(lowest: 1e-3, highest: 0.3, steps: 20), seed: 1, batchSize: 8)
    }
    let half = try curve(UpdateOptions(precision: precision))
    #expect(state(task.model, optimizer) == before)
    let whole = try curve(UpdateOptions())
    #expect(half.points != whole.points)
    #expect(abs(half.points[0].loss / whole.points[0].loss - 1) < 0.02)
  }

  @Test(arguments: [0, 3, 20, 41]) func `stopped amid it continues as if it had not been`(
    moment: Int
  ) throws {
    let float16 = settings { $0.machine.precision = .float16 }
    // The third and the ninth batch overflow: twice each is one batch more.
    func overflowing(from first: Int) -> SceneTask {
      let task = SceneTask()
      task.disturbance = { [2, 8].contains($0 + first) ? $1 * 1e35 : $1 }
      return task
    }
    let (whole, broken) = (try directory.folder(), try directory.folder())
    var skipped: [Int] = []
    try run(overflowing(from: 0), float16, in: whole) { event in
      if case .skipped(let update, _) = event { skipped.append(update) }
    }
    #expect(skipped == [3, 8])
    let task = overflowing(from: 0)
    task.breaksAt = moment
    #expect(throws: Killed.self) { try run(task, float16, in: broken) }
    // Checkpoints are written after 7 updates and more; those have read one or two batches more.
    let read = broken.listCheckpoints().last.map { $0.update + ($0.update > 7 ? 2 : 1) } ?? 0
    try run(overflowing(from: read), float16, in: broken)
    #expect(try newestTensors(broken) == newestTensors(whole))
    #expect(try timelessRows(broken) == timelessRows(whole))
  }
}

@Suite struct `The loss's scale` {
  private let directory = TemporaryDirectory()

  @Test func `is halved by an overflow, and doubled after 2,000 updates without one`() {
    var scale = LossScale()
    #expect(scale.factor == 65536)
    for _ in 0..<1999 { _ = scale.take(overflowed: false) }
    #expect(scale.factor == 65536)
    _ = scale.take(overflowed: false)
    #expect(scale.factor == 131_072)
    for _ in 0..<1000 { _ = scale.take(overflowed: false) }
    let helps = scale.take(overflowed: true)
    #expect(helps)
    #expect(scale.factor == 65536)
    for _ in 0..<1999 { _ = scale.take(overflowed: false) }
    #expect(scale.factor == 65536, "the count begins anew with the overflow")
    #expect(LossScale(scale.description) == scale)
    for text in ["", "1", "x 2", "0 1", "1 -1", "inf 2"] { #expect(LossScale(text) == nil) }
  }

  private func train(
    _ task: SceneTask, in folder: RunFolder, onEvent: @escaping (RunEvent) -> Void
  ) throws {
    var form = UpdateOptions()
    form.scale = LossScale()
    let trainer = Trainer(
      task: task, optimizer: try makeOptimizer(settings().resolved, for: task.model),
      plan: Plan(learningRate: Triangular(from: 0.01, to: 0.1, stepSize: 6)),
      budget: Budget(totalSteps: 24, stepsPerEpoch: 6, batchSize: 8),
      in: folder, options: .init(seed: 1, checkpointEvery: 5, update: form),
      observers: [
        try MetricsWriter(file: folder.metrics, columns: task.columns, keepingUpTo: 0),
        Listener(onEvent: onEvent),
      ])
    _ = try trainer.train()
    #expect(trainer.step == 24)
  }

  @Test func `advances nothing when an update is left out`() throws {
    let folder = try directory.folder()
    let task = SceneTask()
    var scales: [Double] = []
    var before: [[String: [UInt8]]] = []
    task.disturbance = { call, loss in
      if (4...7).contains(call) { before.append(state(task.model)) }
      return (4...6).contains(call) ? loss * 1e35 : loss
    }
    try train(task, in: folder) { event in
      if case .skipped(let update, let scale) = event {
        #expect(update == 5)
        scales.append(scale)
      }
    }
    #expect(scales == [32768, 16384, 8192])
    let parameters = before.map { $0.filter { $0.key.hasPrefix("p.") } }
    #expect(Set(parameters).count == 1, "three updates were left out, and the fourth was not yet")
    let rows = try MetricsTable.read(folder.metrics).rows.filter { $0.split == .train }
    #expect(rows.map(\.update) == Array(1...24))
    let rate = Triangular(from: 0.01, to: 0.1, stepSize: 6)
    #expect(rows.map(\.learningRate) == (0..<24).map { rate.value(at: $0) })
    #expect(task.calls == 27)
    let file = try #require(folder.newestCheckpoint)
    let progress = try Checkpoint.resume(
      task.model, makeOptimizer(settings().resolved, for: task.model), from: file)
    #expect(progress.step == 24 && progress.skipped == 3)
    #expect(progress.scale?.factor == 8192 && progress.scale?.updates == 20)
  }

  /// A power of two changes no digit of a gradient that neither overflows nor vanishes.
  @Test func `changes nothing in float32`() throws {
    let (one, other) = (SceneTask(), SceneTask())
    var scaled = UpdateOptions()
    scaled.scale = LossScale()
    for (task, form) in [(one, UpdateOptions()), (other, scaled)] {
      let optimizer = try makeOptimizer(settings().resolved, for: task.model)
      for index in optimizer.groups.indices { optimizer.groups[index].learningRate = 0.05 }
      let updater = try Updater(
        task: task, optimizer: optimizer, options: form,
        from: BatchPosition(seed: 1, batchSize: 8))
      for number in 1...5 { #expect(try updater.update(number: number) != nil) }
    }
    #expect(state(one.model) == state(other.model))
  }

  @Test func `cannot help for ever`() throws {
    let task = SceneTask()
    // A root at 0 adds nothing to the loss, and NaN to its gradient.
    task.disturbance = { $1 + ($1 - $1.detached()).magnitude().squareRoot() }
    let folder = try directory.folder()
    let error = #expect(throws: TrainingError.self) { try train(task, in: folder) { _ in } }
    #expect(error == .gradientsOverflow(update: 1))
    let sentence = "\(try #require(error))"
    #expect(sentence.contains("bfloat16"), "\(sentence)")
    var form = UpdateOptions()
    form.scale = LossScale()
    let curve = try RangeTester(
      task: task, optimizer: makeOptimizer(settings().resolved, for: task.model), options: form
    ).curve(sweep: RangeTestSweep(steps: 20), seed: 1, batchSize: 8)
    #expect(curve.findRange() == .none(.tooFewPoints(0)))
  }
}
