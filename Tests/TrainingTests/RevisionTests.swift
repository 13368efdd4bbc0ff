import Foundation
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Torch

@testable import Training

@Suite struct `A run that is made longer` {
  private let directory = TemporaryDirectory()

  /// Rates so low that no weight changes: nothing becomes better after the first cycle of twelve updates.
  private let idle = settings {
    ($0.schedule.baseLR, $0.schedule.maxLR, $0.optimizer.weightDecay, $0.evaluation.patience) = (
      1e-20, 1e-19, 0, 2
    )
  }

  @discardableResult
  private func train(_ settings: RunSettings, in folder: RunFolder) throws -> RunSummary {
    try TrainingJob(task: PointsTask(), settings: settings.resolved, folder: folder).run()
  }

  @Test func `after its patience was over trains the cycles that were asked for`() throws {
    let folder = try directory.folder()
    #expect(try train(idle, in: folder).updates == 36, "of 60")
    for (cycles, end) in [(1, 48), (3, 84)] {
      let plans = try PlanRevision(.extend(cycles: cycles), reason: "").apply(to: folder)
      #expect(plans.after.budget.totalSteps == end)
      #expect(plans.stopped == (end == 48 ? 36 : nil))
      #expect(try RunSummary.ofEndedRun(in: folder) == nil, "it has something left to do")
      #expect(try train(idle, in: folder).updates == end)
    }
    let rows = try MetricsTable.read(folder.metrics).rows.filter { $0.split == .train }
    #expect(rows.map(\.update) == Array(1...84))
    #expect(try RunSummary.ofEndedRun(in: folder)?.updates == 84)
  }

  @Test func `and is killed continues to its new end`() throws {
    let (whole, killed) = (try directory.folder(), try directory.folder())
    let short = settings { $0.budget.steps = 24 }
    for folder in [whole, killed] {
      try run(SceneTask(), short, in: folder)
      _ = try PlanRevision(.extend(cycles: 2), reason: "more").apply(to: folder)
    }
    try run(SceneTask(), short, in: whole)
    let task = SceneTask()
    task.breaksAt = 9
    #expect(throws: Killed.self) { try run(task, short, in: killed) }
    try run(SceneTask(), short, in: killed)
    #expect(try newestTensors(killed) == newestTensors(whole))
    #expect(try timelessRows(killed) == timelessRows(whole))
    #expect(killed.newestCheckpoint == killed.checkpoint(at: 48))
  }

  @Test(arguments: [
    (PlanRevision.Change.extend(cycles: 0), "from 1 to 10000"),
    (.extend(cycles: 10_001), "from 1 to 10000"), (.floor(steps: 0), "from 1 to"),
    (.floor(steps: .max), "from 1 to"), (.floor(steps: 99_999_989), "from 1 to 99999988"),
    (.bounds(low: 0.5, high: 0.1), "--new-base-lr (0.5) must be below --new-max-lr (0.1)"),
    (.bounds(low: -1, high: 0.1), "--new-base-lr is -1.0, but must be at least 0"),
    (.bounds(low: .nan, high: 0.1), "--new-base-lr is nan, but must be a finite number"),
  ])
  func `by what cannot be meant is left as it was`(
    change: PlanRevision.Change, words: String
  ) throws {
    let folder = try directory.folder()
    try run(SceneTask(), settings { $0.budget.steps = 12 }, in: folder)
    let before = try RunPlan.read(from: folder)
    let error = #expect(throws: SettingsError.self) {
      try PlanRevision(change, reason: "").apply(to: folder)
    }
    #expect("\(try #require(error))".contains(words), "\(String(describing: error))")
    #expect(try RunPlan.read(from: folder) == before)
  }

  @Test
  func `in a cosine's zero, or with bounds that it has not, is refused with what can be done`()
    throws
  {
    let folder = try directory.folder()
    let cosine = settings {
      ($0.budget.steps, $0.schedule.kind, $0.schedule.stepSize, $0.schedule.baseLR) = (
        12, ScheduleEntry.catalog["cosine"], nil, nil
      )
    }
    try run(SceneTask(), cosine, in: folder)
    func refusal(_ change: PlanRevision.Change) throws -> String {
      let error = #expect(throws: SettingsError.self) {
        try PlanRevision(change, reason: "").apply(to: folder)
      }
      return "\(try #require(error))"
    }
    #expect(try refusal(.floor(steps: 5)).contains("the rate is 0"))
    #expect(try refusal(.bounds(low: 0.1, high: 1)).contains("this run's schedule is cosine"))
    let added = try refusal(.extend(cycles: 1))
    #expect(added.contains("has no cycles to add; start another run from"), "the rate is 0: \(added)")
  }
}

@Suite struct `A run that has ended` {
  private let directory = TemporaryDirectory()

  @Test func `is left as it is, file by file`() throws {
    let folder = try directory.folder()
    let first = try run(SceneTask(), settings { $0.budget.steps = 24 }, in: folder)
    func files() throws -> [String: Data] {
      try FileManager.default.subpathsOfDirectory(atPath: folder.url.path).reduce(into: [:]) {
        let file = folder.url.appendingPathComponent($1)
        $0[$1] = try? Data(contentsOf: file)
      }
    }
    let before = try files()
    let second = try run(SceneTask(), settings { $0.budget.steps = 24 }, in: folder)
    #expect(second == first)
    #expect(try files() == before)
  }

  @Test func `and was killed before its summary keeps its speed, by its table`() throws {
    let folder = try directory.folder()
    try run(SceneTask(), settings { $0.budget.steps = 24 }, in: folder)
    try FileManager.default.removeItem(at: folder.summary)
    #expect(try RunSummary.ofEndedRun(in: folder) == nil)
    let rows = try MetricsTable.read(folder.metrics).rows
    // Pairs of updates with nothing between them; times are kept to a thousandth.
    let pairs = zip(rows, rows.dropFirst()).filter {
      $0.split == .train && $1.split == .train && $1.seconds > $0.seconds
    }
    let seconds = pairs.reduce(0) { $0 + $1.1.seconds - $1.0.seconds }
    let summary = try run(SceneTask(), settings { $0.budget.steps = 24 }, in: folder)
    let wanted = seconds > 0 ? Double(8 * pairs.count) / seconds : 0
    #expect(abs(summary.imagesPerSecond - wanted) < 1e-6 * max(1, wanted))
  }
}

@Suite struct `A run that continues elsewhere` {
  private let directory = TemporaryDirectory()

  @Test func `says on which processor it was, where that does other arithmetic`() throws {
    let folder = try directory.folder()
    let task = SceneTask()
    task.breaksAt = 9
    #expect(throws: Killed.self) { try run(task, in: folder) }
    let checkpoint = try #require(folder.newestCheckpoint)
    var told: [[String]] = []
    func resume() throws {
      let task = SceneTask()
      task.breaksAt = 0
      #expect(throws: Killed.self) {
        try run(task, in: folder) { event in
          if case .otherProcessor(let was, let now) = event { told.append([was, now]) }
        }
      }
    }
    try resume()
    #expect(told == [], "on the same processor there is nothing to say")
    let (tensors, metadata) = try Safetensors.read(checkpoint)
    #expect(metadata["processor"] == Processor.arithmetic)
    try Safetensors.write(
      tensors.map { ($0.key, $0.value) },
      metadata: metadata.merging(["processor": "AVX2 (avx2 fma)"]) { $1 }, to: checkpoint)
    try resume()
    #expect(told == [["AVX2 (avx2 fma)", Processor.arithmetic]])
  }
}

@Suite struct `A loss that is NaN` {
  private let directory = TemporaryDirectory()

  /// Points of which one is NaN, or of whose batches nothing counts.
  private func error(
    _ change: (CountingTask) -> Void, _ settings: RunSettings = settings()
  ) throws -> TrainingError {
    let task = CountingTask()
    change(task)
    let folder = try directory.folder()
    return try #require(
      #expect(throws: TrainingError.self) {
        try TrainingJob(task: task, settings: settings.resolved, folder: folder).run()
      })
  }

  @Test func `is told apart by its cause`() throws {
    let inputs = try error { $0.brokenFrom = 12 }
    guard case .brokenLoss(_, _, .inputs, _) = inputs else {
      Issue.record("\(inputs)")
      return
    }
    #expect(!"\(inputs)".contains("--max-lr"))
    #expect("\(inputs)".contains("its images are NaN or infinite"))
    let beginning = try error { $0.factor = .infinity }
    #expect(
      beginning
        == .brokenLoss(update: 1, loss: .infinity, fault: .activationOverflow, lastCheckpoint: nil),
      "\(beginning)")
    let empty = try error {
      $0.factor = .infinity
      $0.isEmpty = { _ in true }
    }
    #expect(
      empty == .brokenLoss(update: 1, loss: .infinity, fault: .noTarget, lastCheckpoint: nil))
    let diverged = try error(
      { _ in }, settings { ($0.schedule.baseLR, $0.schedule.maxLR) = (1e30, 1e36) })
    switch diverged {
    case .nonFiniteLoss, .nonFiniteParameters: #expect("\(diverged)".contains("--max-lr"))
    default: Issue.record("\(diverged)")
    }
    let weights = try error { task in
      withoutGradient { task.model.namedParameters[0].1.value.copy(from: .full([16, 4], .nan)) }
    }
    #expect(weights == .weightsNotFinite(file: nil))
  }

  @Test func `of images is none that the run could be rolled back from`() throws {
    let fault = try error({ $0.brokenFrom = 12 }, settings { $0.evaluation.watch = .act })
    guard case .brokenLoss(_, _, .inputs, _) = fault else {
      Issue.record("\(fault)")
      return
    }
  }

  @Test func `is none where no image has a target, which is counted and said`() throws {
    var told: [[Int]] = []
    let (whole, killed) = (try directory.folder(), try directory.folder())
    let short = settings { $0.budget.steps = 16 }
    func train(_ folder: RunFolder, breaksAt: Int? = nil) throws {
      let task = CountingTask()
      // Of the 8 batches of an epoch the second has nothing to learn.
      task.isEmpty = { $0 % 8 == 1 }
      task.breaksAt = breaksAt
      let listener = Listener(onEvent: {
        if case .withoutTarget(let updates, let all) = $0 { told.append([updates, all]) }
      })
      _ = try TrainingJob(task: task, settings: short.resolved, folder: folder).run(observers: [
        listener
      ])
    }
    try train(whole)
    #expect(told == [[1, 2], [2, 16]], "the first, and all at the end")
    told = []
    #expect(throws: Killed.self) { try train(killed, breaksAt: 9) }
    try train(killed)
    #expect(told.last == [2, 16], "those before the kill are counted too")
  }
}

/// Points that may be NaN, and batches of which nothing may count.
private final class CountingTask: TrainingTask {
  private let points = PointsTask()
  /// The batch, from 0, from which on points are NaN.
  var brokenFrom = Int.max
  var factor = 1.0
  var isEmpty: (Int) -> Bool = { _ in false }
  var breaksAt: Int?

  struct Batch {
    let points: PointsTask.Batch
    let number: Int
  }

  var model: any Module { points.model }
  var trainingCount: Int { points.trainingCount }
  let lossTerms: [String] = []
  let measures: [String] = []

  final class Stream: BatchStream {
    let batches: any BatchStream<PointsTask.Batch>
    let brokenFrom: Int
    let breaksAt: Int?
    var number: Int
    private var given = 0

    init(
      _ batches: any BatchStream<PointsTask.Batch>, from number: Int, brokenFrom: Int,
      breaksAt: Int?
    ) {
      (self.batches, self.number, self.brokenFrom) = (batches, number, brokenFrom)
      self.breaksAt = breaksAt
    }

    func next() throws -> Batch? {
      guard given != breaksAt else { throw Killed() }
      guard let batch = try batches.next() else { return nil }
      defer { (number, given) = (number + 1, given + 1) }
      let points = number >= brokenFrom ? batch.points * Double.nan : batch.points
      return Batch(points: .init(points: points, clouds: batch.clouds), number: number)
    }
  }

  func trainingBatches(from position: BatchPosition) -> any BatchStream<Batch> {
    Stream(
      points.trainingBatches(from: position), from: position.epoch * 8 + position.batch,
      brokenFrom: brokenFrom, breaksAt: breaksAt)
  }

  func evaluationBatches() -> any BatchStream<Batch> {
    Stream(points.evaluationBatches(), from: 0, brokenFrom: .max, breaksAt: nil)
  }

  func trainingLoss(of batch: Batch) -> StepOutput {
    StepOutput(total: points.trainingLoss(of: batch.points).total * factor)
  }

  func hasTarget(_ batch: Batch) -> Bool { !isEmpty(batch.number) }
  func inputs(of batch: Batch) -> [Tensor] { [batch.points.points] }
  func evaluate(_ batch: Batch, into score: inout PointScore) {
    points.evaluate(batch.points, into: &score)
  }
  func makeScore() -> PointScore { PointScore() }
}
