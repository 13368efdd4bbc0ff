import Foundation
import Planning
import Runs
import Settings
import TestSupport
import Testing
import Torch
import Training
import Tuning

@Suite struct `The range test` {
  private let directory = TemporaryDirectory()

  private func optimizer(_ name: OptimizerName, _ task: SceneTask) throws -> any Optimizer {
    let optimizer = try makeOptimizer(
      settings { $0.optimizer.name = name }.resolved, for: task.model)
    // A few updates first, so that there is a state that could be lost.
    let stream = try task.trainingBatches(from: BatchPosition(seed: 9, batchSize: 4))
    for index in optimizer.groups.indices { optimizer.groups[index].learningRate = 0.01 }
    for _ in 0..<3 {
      let batch = try #require(try stream.next())
      optimizer.clearGradients()
      task.trainingLoss(of: batch).total.backward()
      optimizer.step()
    }
    return optimizer
  }

  @Test(arguments: OptimizerName.allCases)
  func `leaves parameters, buffers and optimizer as they were, to the last bit`(
    name: OptimizerName
  ) throws {
    let task = SceneTask()
    let optimizer = try optimizer(name, task)
    let before = state(task.model, optimizer)
    let curve = try RangeTester(task: task, optimizer: optimizer).curve(
      sweep: RangeTestSweep(lowest: 1e-3, highest: 10, steps: 30), seed: 1, batchSize: 8)
    #expect(curve.points.count > 10)
    #expect(state(task.model, optimizer) == before)
    #expect(optimizer.groups.map(\.learningRate) == [0.01])
    #expect(task.model.namedParameters.allSatisfy { $0.1.value.gradient == nil })
  }

  @Test func `that fails amid its sweep leaves no trace either`() throws {
    let task = SceneTask()
    let optimizer = try optimizer(.sgd, task)
    let before = state(task.model, optimizer)
    task.breaksAt = 5
    #expect(throws: Killed.self) {
      try RangeTester(task: task, optimizer: optimizer).curve(
        sweep: RangeTestSweep(steps: 30), seed: 1, batchSize: 8)
    }
    #expect(state(task.model, optimizer) == before)
  }

  @Test func `pairs each rate with the loss that it led to`() throws {
    let task = SceneTask()
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    var totals: [Double] = []
    task.disturbance = { _, loss in
      totals.append(loss.item())
      return loss
    }
    let sweep = RangeTestSweep(lowest: 1e-3, highest: 0.1, steps: 20)
    let curve = try RangeTester(task: task, optimizer: optimizer).curve(
      sweep: sweep, seed: 1, batchSize: 8)
    #expect(curve.points.count == 20)
    // Each update reads a new batch, and then the fixed one is looked at.
    #expect(totals.count == 40)
    for (index, point) in curve.points.enumerated() {
      #expect(point.learningRate == sweep.learningRate(at: index))
      #expect(point.loss == totals[2 * index + 1])
    }
  }

  @Test func `measures on the same batch each time, and by how much others differ`() throws {
    let task = SceneTask()
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    // At such a rate nothing changes but the batch norms' running statistics.
    let curve = try RangeTester(task: task, optimizer: optimizer).curve(
      sweep: RangeTestSweep(lowest: 1e-12, highest: 1e-12, steps: 20), seed: 1, batchSize: 4)
    let losses = curve.points.map(\.loss)
    #expect(losses.allSatisfy { abs($0 - losses[0]) < 1e-6 })
    #expect(try #require(curve.batchSpread) > 1e-3)
  }

  @Test func `keeps each term of the loss at the same rates`() throws {
    let task = SceneTask()
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    let curve = try RangeTester(
      task: task, optimizer: optimizer, options: UpdateOptions(accumulate: 2)
    ).curve(sweep: RangeTestSweep(lowest: 1e-3, highest: 0.3, steps: 20), seed: 1, batchSize: 4)
    #expect(curve.terms.map(\.name) == ["cross_entropy", "dice"])
    let entropy = try #require(curve.curve(ofTerm: "cross_entropy"))
    let dice = try #require(curve.curve(ofTerm: "dice"))
    #expect(curve.curve(ofTerm: "boxes") == nil)
    #expect(dice.points.allSatisfy { (0...1).contains($0.loss) }, "one term is bounded")
    for (index, point) in curve.points.enumerated() {
      #expect(entropy.points[index].learningRate == point.learningRate)
      #expect(dice.points[index].learningRate == point.learningRate)
      let sum = entropy.points[index].loss + dice.points[index].loss
      #expect(abs(sum - point.loss) < 1e-5, "the terms make up the loss")
    }
  }

  @Test func `writes a column for each term, which reads back`() throws {
    let folder = try directory.folder()
    let open = settings {
      $0.schedule.maxLR = nil
      $0.rangeTest.minLR = 1e-3
    }
    try run(SceneTask(), open, in: folder)
    let header = try String(contentsOf: folder.rangeTest, encoding: .utf8).prefix { $0 != "\n" }
    #expect(header == "learning_rate,loss,cross_entropy,dice,momentum,step")
    let total = try RangeTestCurve.read(csv: folder.rangeTest.path)
    let terms = try ["cross_entropy", "dice"].map {
      try RangeTestCurve.read(csv: folder.rangeTest.path, column: $0)
    }
    for (index, point) in total.points.enumerated() where point.loss.isFinite {
      #expect(abs(terms[0].points[index].loss + terms[1].points[index].loss - point.loss) < 1e-5)
    }
    guard case .found = terms[0].findRange() else {
      Issue.record("the cross-entropy falls as its sum with Dice does: \(terms[0].findRange())")
      return
    }
  }

  @Test(arguments: [
    ("dcie", "did you mean 'dice'?"), ("boxes", "Known names: cross_entropy, dice"),
  ])
  func `refuses a term that the loss has not`(term: String, words: String) throws {
    let error = #expect(throws: SettingsError.self) { try SceneTask().check(term: term) }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(words), "\(sentence)")
  }

  @Test func `stops at the first loss that is NaN`() throws {
    let task = SceneTask()
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    // The fifth update's batch: the update makes the model NaN, and so the loss after it.
    task.disturbance = { $0 == 8 ? $1 * Double.nan : $1 }
    let curve = try RangeTester(task: task, optimizer: optimizer).curve(
      sweep: RangeTestSweep(lowest: 1e-4, highest: 1e-2, steps: 40), seed: 1, batchSize: 8)
    #expect(curve.points.count == 5)
    #expect(curve.points.last?.loss.isNaN == true)
  }

  /// Bit for bit: finding the range changes nothing in the run that uses it.
  @Test func `makes a run that is the same as one given its result by hand`() throws {
    let (found, given) = (try directory.folder(), try directory.folder())
    var range: LearningRateRange?
    let open = settings {
      $0.schedule.baseLR = nil
      $0.schedule.maxLR = nil
      $0.rangeTest.advice = .rangeTest
    }
    try run(SceneTask(), open, in: found) { event in
      if case .rangeTested(.found(let found), _, _) = event { range = found }
    }
    let plan = try #require(try RunPlan.read(from: found))
    #expect(plan.range == range && range != nil)
    let typed = settings {
      $0.schedule.baseLR = plan.settings.schedule.baseLR
      $0.schedule.maxLR = plan.settings.schedule.maxLR
    }
    try run(SceneTask(), typed, in: given)
    #expect(try newestTensors(given) == newestTensors(found))
    #expect(try timelessRows(given) == timelessRows(found))
  }

  @Test func `without a range stops the run, with the reason and the way out`() throws {
    let folder = try directory.folder()
    let task = SceneTask()
    // A loss that no rate can change.
    task.disturbance = { $1 * 0 + 1 }
    let open = settings { $0.schedule.maxLR = nil }
    let error = #expect(throws: TrainingError.self) { try run(task, open, in: folder) }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains("no reliable range"), "\(sentence)")
    #expect(sentence.contains("--base-lr and --max-lr"), "\(sentence)")
    #expect(sentence.contains("--range-test-max-lr"), "\(sentence)")
  }

  @Test func `sweeps the rates that the settings name`() throws {
    let folder = try directory.folder()
    var rates: [Double] = []
    let open = settings {
      $0.schedule.maxLR = nil
      $0.rangeTest.minLR = 0.01
      $0.rangeTest.maxLR = 0.6
      $0.rangeTest.steps = 60
      $0.rangeTest.shape = .linear
    }
    // Whether these rates tell a range is another matter.
    _ = try? run(SceneTask(), open, in: folder) { event in
      if case .rangeTestPoint(let point, _, _) = event { rates.append(point.learningRate) }
    }
    #expect(rates.count > 20)
    for (index, rate) in rates.enumerated() {
      #expect(abs(rate - 0.01 * Double(index + 1)) < 1e-12)
    }
  }

  @Test func `is not made where the budget is too small, and the run says so`() throws {
    let folder = try directory.folder()
    var planned: RunPlan?
    var length: RangeTestLength?
    let open = settings {
      $0.schedule.maxLR = nil
      $0.schedule.baseLR = nil
      $0.rangeTest.steps = nil
    }
    try run(SceneTask(), open, in: folder) { event in
      switch event {
      case .planned(let plan): planned = plan
      case .rangeTestPlanned(let told): length = told
      case .rangeTested, .rangeTestPoint: Issue.record("no test was to be made")
      default: break
      }
    }
    #expect(length?.steps == 0)
    let plan = try #require(planned)
    #expect(plan.range?.curveWeight == 0 && plan.range?.momentum == 0.85)
    #expect(plan.lines.contains { $0.hasPrefix("no range test: it may cost a twentieth of the run's 60 updates") })
    #expect(!FileManager.default.fileExists(atPath: folder.rangeTest.path))
  }

  @Test func `of a run that is long enough takes a twentieth of it`() throws {
    let folder = try directory.folder()
    var told: RangeTestLength?
    var made = 0
    let open = settings {
      $0.schedule.maxLR = nil
      ($0.budget.steps, $0.budget.batchSize) = (1400, 8)
      $0.rangeTest.steps = nil
    }
    let task = SceneTask()
    task.breaksAt = 60
    #expect(throws: Killed.self) {
      try run(task, open, in: folder) { event in
        switch event {
        case .rangeTestPlanned(let length): told = length
        case .rangeTested(_, let updates, _): made = updates
        default: break
        }
      }
    }
    // 0.05 * 1400 / (5/3) = 42.
    #expect(told?.steps == 42)
    #expect(made > 0 && made <= 42)
  }
}
