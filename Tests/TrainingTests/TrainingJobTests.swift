import Foundation
import Planning
import Runs
import Schedules
import TestSupport
import Testing
import Torch
import Training

@Suite struct `A training job` {
  private let directory = TemporaryDirectory()

  @Test func `learns a task of which it knows nothing`() throws {
    let folder = try directory.folder()
    let summary = try run(in: folder)
    let table = try MetricsTable.read(folder.metrics)
    #expect(table.columns == ["cross_entropy", "dice", "pixel_accuracy"])
    let train = table.rows.filter { $0.split == .train }
    #expect(train.map(\.update) == Array(1...60))
    for row in train {
      let terms = try #require(row.values[0]) + #require(row.values[1])
      #expect(abs(terms - (try #require(row.loss))) < 1e-5, "the terms make up the loss")
    }
    func mean(_ rows: ArraySlice<MetricsRow>) -> Double {
      rows.reduce(0) { $0 + ($1.loss ?? .nan) } / Double(rows.count)
    }
    #expect(mean(train.suffix(6)) < 0.75 * mean(train.prefix(6)))
    #expect(summary.updates == 60)
    #expect(try #require(summary.final["pixel_accuracy"]) > 0.7)
  }

  /// What the issue asks of every update of every run: the table has the schedule's value.
  @Test func `applies the plan's rate and momentum at each update, to the last bit`() throws {
    let folder = try directory.folder()
    try run(in: folder)
    let rate = Triangular2(from: 0.01, to: 0.1, stepSize: 6)
    let momentum = Triangular2(from: 0.95, to: 0.85, stepSize: 6)
    let rows = try MetricsTable.read(folder.metrics).rows.filter { $0.split == .train }
    #expect(rows.count == 60)
    for row in rows {
      #expect(row.learningRate == rate.value(at: row.update - 1))
      #expect(row.momentum == momentum.value(at: row.update - 1))
    }
  }

  @Test func `lets a group learn by its own factor`() throws {
    let folder = try directory.folder()
    let task = SceneTask()
    let parameters = task.model.namedParameters
    let optimizer = SGD([
      ParameterGroup(name: "first", parameters: Array(parameters.prefix(1)), learningRate: 0),
      ParameterGroup(name: "rest", parameters: Array(parameters.dropFirst()), learningRate: 0),
    ])
    let plan = Plan(
      learningRate: Triangular(from: 0.01, to: 0.1, stepSize: 6),
      groups: ["first": AnySchedule(Constant(0))])
    let before = bytes(parameters[0].1.value)
    let trainer = Trainer(
      task: task, optimizer: optimizer, plan: plan,
      budget: Budget(totalSteps: 12, stepsPerEpoch: 6, batchSize: 8),
      in: folder, options: .init(seed: 1, checkpointEvery: 100))
    _ = try trainer.train()
    #expect(bytes(parameters[0].1.value) == before, "a rate of 0 leaves a filter as it is")
    #expect(optimizer.groups.map(\.learningRate) == [0, plan.learningRate.value(at: 11)])
  }

  @Test func `evaluates at epochs' ends and troughs, and keeps a checkpoint of each trough`() throws {
    let folder = try directory.folder()
    var evaluated: [Int] = []
    let listener = Listener(onEvaluation: {
      evaluated.append($0.update)
      return .proceed
    })
    try run(in: folder, observers: [listener])
    // 48 images in batches of 8: an epoch is 6 updates, a cycle 12.
    #expect(evaluated == Array(stride(from: 6, through: 60, by: 6)))
    #expect(folder.listCheckpoints().map(\.update) == [12, 24, 36, 48, 56, 60])
  }

  @Test(arguments: [0, 1, 7, 8, 20, 59])
  func `stopped at any moment continues as if it had not been`(moment: Int) throws {
    let (whole, broken) = (try directory.folder(), try directory.folder())
    try run(in: whole)
    let task = SceneTask()
    task.breaksAt = moment
    #expect(throws: Killed.self) { try run(task, in: broken) }
    // Everything that the first process knew is gone, but for the folder.
    try run(in: broken)
    #expect(try newestTensors(broken) == newestTensors(whole))
    #expect(try timelessRows(broken) == timelessRows(whole))
  }

  @Test func `that has ended has nothing left to do`() throws {
    let folder = try directory.folder()
    let first = try run(in: folder)
    let before = try newestTensors(folder)
    let second = try run(in: folder)
    #expect(try newestTensors(folder) == before)
    #expect(second.final == first.final)
  }

  @Test func `ends where an observer stops it, evaluated and saved`() throws {
    let folder = try directory.folder()
    var ends: [String] = []
    let listener = Listener(
      onEvent: {
        if case .stopped(let update, let reason) = $0 { ends.append("\(update) \(reason)") }
      },
      onUpdate: { $0.update == 10 ? .stop(reason: "enough") : .proceed })
    let summary = try run(in: folder, observers: [listener])
    #expect(summary.updates == 10)
    #expect(ends == ["10 enough"])
    // Neither an epoch nor a cycle ends there.
    #expect(folder.listCheckpoints().last?.update == 10)
    #expect(try MetricsTable.read(folder.metrics).rows.last?.split == .test)
    #expect(try MetricsTable.read(folder.metrics).rows.last?.update == 10)
  }

  @Test func `tells its observers what the table holds, in its order`() throws {
    let folder = try directory.folder()
    var told: [MetricsRow] = []
    let listener = Listener(
      onUpdate: { record in
        told.append(
          MetricsRow(
            update: record.update, epoch: record.epoch, split: .train,
            learningRate: record.learningRate, momentum: record.momentum,
            weightDecay: record.weightDecay, loss: record.loss,
            values: (record.terms + record.measures).map(\.value), seconds: 0))
        return .proceed
      },
      onEvaluation: { record in
        let values = record.model.byName
        told.append(
          MetricsRow(
            update: record.update, epoch: record.epoch, split: record.split, learningRate: nil,
            momentum: nil, weightDecay: nil, loss: values["loss"],
            values: SceneTask().columns.map { values[$0] }, seconds: 0))
        return .proceed
      })
    try run(in: folder, observers: [listener])
    #expect(try timelessRows(folder) == told)
  }

  /// Epochs have six updates, cycles twelve.
  @Test func `is evaluated after so many epochs, at troughs and at its end`() throws {
    let folder = try directory.folder()
    try run(
      SceneTask(), settings { ($0.evaluation.evaluateEvery, $0.budget.steps) = (5, 60) }, in: folder
    )
    let evaluated = try MetricsTable.read(folder.metrics).rows.filter { $0.split == .test }
    #expect(evaluated.map(\.update) == [12, 24, 30, 36, 48, 60])
    let plan = try #require(try RunPlan.read(from: folder))
    #expect(plan.flags.contains("--evaluate-every 5"))
    #expect(plan.lines.contains("evaluated every 5 epochs, after each cycle and at the end"))
  }

  @Test func `of another seed is another run`() throws {
    let (one, other) = (try directory.folder(), try directory.folder())
    try run(in: one)
    try run(SceneTask(), settings { $0.machine.seed = 4 }, in: other)
    #expect(try newestTensors(one) != newestTensors(other))
  }

  @Test(arguments: [1, 13, 40])
  func `stops at a loss that is NaN, and leaves the last good checkpoint`(
    update: Int
  ) throws {
    let folder = try directory.folder()
    let task = SceneTask()
    task.disturbance = { $0 == update - 1 ? $1 * Double.nan : $1 }
    let error = #expect(throws: TrainingError.self) { try run(task, in: folder) }
    guard case .nonFiniteLoss(update, let rate, let loss, let bound, let checkpoint)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(rate == Triangular2(from: 0.01, to: 0.1, stepSize: 6).value(at: max(0, update - 2)))
    #expect(loss.isNaN && bound > 0 && bound < rate)
    #expect(checkpoint == folder.newestCheckpoint?.path)
    // The newest checkpoint before the update: every 7, and the troughs every 12.
    let last = (0..<update).last { $0 > 0 && ($0 % 7 == 0 || $0 % 12 == 0) }
    #expect(folder.listCheckpoints().last?.update == last)
    if let file = folder.newestCheckpoint {
      for (name, tensor) in try Safetensors.read(file).tensors {
        #expect(tensor.to(.float64).sum().item().isFinite, "\(name)")
      }
    }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains("update \(update)") && sentence.contains("--max-lr"), "\(sentence)")
  }

  /// Two thousand updates: handles are all freed, and memory does not creep.
  @Test func `holds no more tensors and no more memory as it continues`() throws {
    let folder = try directory.folder()
    let task = SceneTask(images: 8, size: 8, width: 4)
    var handles: [Int: Int] = [:]
    var resident: [Int: Int] = [:]
    let long = settings {
      $0.budget.steps = 2000
      $0.budget.batchSize = 4
      $0.schedule.stepSize = .steps(500)
      $0.machine.checkpointEvery = 1000
    }
    let listener = Listener(onUpdate: { record in
      handles[record.update] = Library.liveTensors
      resident[record.update] = residentBytes()
      return .proceed
    })
    try run(task, long, in: folder, observers: [listener])
    #expect(handles[500] == handles[1999])
    #expect(handles[1100] == handles[1900])
    let growth = try #require(resident[1999]) - #require(resident[500])
    #expect(growth < 4 << 20, "\(growth) bytes in 1,500 updates")
  }
}

/// Bytes of this process in memory; 0 where the system does not tell.
private func residentBytes() -> Int {
  guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
    let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
  else { return 0 }
  return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
