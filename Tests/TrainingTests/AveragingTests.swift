import Files
import Foundation
import Planning
import Runs
import Settings
import TestSupport
import Testing
import Torch
import Tuning

@testable import Training

/// The tensors of a checkpoint with this prefix, without it.
private func tensors(_ prefix: String, in file: URL) throws -> [String: [Float]] {
  let tensors = try Safetensors.read(file).tensors.filter { $0.key.hasPrefix(prefix) }
  return Dictionary(
    tensors.map { (String($0.key.dropFirst(prefix.count)), $0.value.floats()) },
    uniquingKeysWith: { first, _ in first })
}

private func distance(_ one: [String: [Float]], _ other: [String: [Float]]) -> Float {
  guard one.keys == other.keys, !one.isEmpty,
    one.allSatisfy({ $0.value.count == other[$0.key]?.count && !$0.value.isEmpty })
  else { return .infinity }
  return one.flatMap { name, values in
    zip(values, other[name] ?? []).map { abs($0 - $1) }
  }.max() ?? .infinity
}

@Suite struct `A moving average of the weights` {
  private let position = TemporaryDirectory()

  /// The rule worked by hand, over the weights that a checkpoint after every update has.
  @Test func `moves towards the weights after every update, faster at the beginning`() throws {
    let folder = try position.folder()
    let task = SceneTask()
    var expected = Dictionary(
      (task.model.namedParameters.map { ($0.0, $0.1.value.floats()) }
        + task.model.namedBuffers.map { ($0.0, $0.1.value.floats()) }),
      uniquingKeysWith: { first, _ in first })
    var updates = 0
    let settings = settings {
      $0.evaluation.ema = 0.7
      $0.machine.checkpointEvery = 1
      $0.budget.steps = 24
    }
    try run(task, settings, in: folder) { event in
      guard case .saved(let file) = event else { return }
      updates += 1
      // (1 + t) / (10 + t) is above 0.7 from the twentieth update on.
      let decay = updates < 20 ? Float(1 + updates) / Float(10 + updates) : 0.7
      do {
        for (name, weights) in try tensors("model.", in: file) {
          expected[name] = zip(expected[name] ?? [], weights).map { decay * $0 + (1 - decay) * $1 }
        }
        #expect(distance(try tensors("average.", in: file), expected) < 1e-5)
      } catch { Issue.record(error) }
    }
    #expect(updates == 24)
  }

  @Test func `is evaluated in the model's place, and has rows of its own`() throws {
    let folder = try position.folder()
    let summary = try run(SceneTask(), settings { $0.evaluation.ema = 0.9 }, in: folder)
    let rows = try MetricsTable.read(folder.metrics).rows
    let (test, average) = (rows.filter { $0.split == .test }, rows.filter { $0.split == .average })
    #expect(test.map(\.update) == average.map(\.update) && test.count == 10)
    #expect(test.map(\.loss) != average.map(\.loss))
    #expect(summary.final["loss"] == average.last?.loss)
    let task = SceneTask(seed: 99)
    try Checkpoint.load(into: task.model, from: try #require(folder.newestCheckpoint))
    #expect(try evaluate(task).values.first?.value == average.last?.loss)
  }

  @Test func `changes nothing of the training itself`() throws {
    let (with, without) = (try position.folder(), try position.folder())
    try run(SceneTask(), settings { $0.evaluation.ema = 0.9 }, in: with)
    try run(in: without)
    let training = try newestTensors(with).filter { !$0.key.hasPrefix("average.") }
    #expect(try newestTensors(without) == training)
  }

  @Test func `has no trace of the range test`() throws {
    let (found, typed) = (try position.folder(), try position.folder())
    let open = settings {
      $0.evaluation.ema = 0.9
      ($0.schedule.baseLR, $0.schedule.maxLR) = (nil, nil)
    }
    try run(SceneTask(), open, in: found)
    try run(SceneTask(), try #require(try RunPlan.read(from: found)).settings.open, in: typed)
    #expect(try newestTensors(typed) == newestTensors(found))
  }

  @Test func `is asked for by a checkpoint that has it`() throws {
    let folder = try position.folder()
    let killed = SceneTask()
    killed.breaksAt = 50
    #expect(throws: Killed.self) { try run(killed, settings(), in: folder) }
    try #require(folder.newestCheckpoint != nil)
    let averaged = settings { $0.evaluation.ema = 0.9 }
    let error = #expect(throws: TrainingError.self) { try run(SceneTask(), averaged, in: folder) }
    #expect("\(try #require(error))".contains("lacks the averaged weights"))
  }
}

@Suite struct `Averages of the cycles' ends` {
  private let position = TemporaryDirectory()

  /// Of n cycles n / 2 + 1, rounded down, as the guide says.
  @Test(arguments: [(0, []), (1, []), (2, [10, 20]), (3, [20, 30]), (4, [20, 30, 40]), (5, [30, 40, 50])])
  func `take as many of the last ones as the guide says`(cycles: Int, members: [Int]) throws {
    let folder = RunFolder(URL(fileURLWithPath: "/run"))
    let average = TroughAverage(.swa, troughs: [10, 20, 30, 40, 50, 60], in: folder)
    #expect(average.files(after: 10 * cycles) == members.map { folder.checkpoint(at: $0) })
    #expect(average.files(after: 10 * cycles + 5) == [], "within a cycle")
  }

  @Test func `are the mean weights of the later half of them, with statistics of their own`()
    throws
  {
    let folder = try position.folder()
    let summary = try run(SceneTask(), settings { $0.evaluation.average = .swa }, in: folder)
    // Of five cycles the last three.
    let members = try [36, 48, 60].map { try tensors("model.", in: folder.checkpoint(at: $0)) }
    let average = try tensors("average.", in: folder.checkpoint(at: 60))
    let task = SceneTask()
    for (name, parameter) in task.model.namedParameters {
      let mean = (0..<parameter.value.count).map { position in
        members.reduce(0) { $0 + ($1[name]?[position] ?? .nan) } / 3
      }
      #expect(distance([name: average[name] ?? []], [name: mean]) < 1e-6)
    }
    try Checkpoint.load(into: task.model, from: folder.checkpoint(at: 60))
    #expect(
      try evaluate(task).values.map(\.value) == [
        summary.final["loss"], summary.final["pixel_accuracy"],
      ])

    // What the batch norm sees of the first six batches, which are an epoch.
    let stream = try task.trainingBatches(from: BatchPosition(seed: 3, batchSize: 8))
    var (means, variances) = (Tensor.zeros([8]), Tensor.zeros([8]))
    for _ in 0..<6 {
      let images = try #require(try stream.next()).images
      let seen = withoutGradient {
        convolve(images, task.model.namedParameters[0].1.value, padding: 1)
      }
      let mean = seen.mean(over: [0, 2, 3], keeping: true)
      let count = Double(seen.count / 8)
      means = means + mean.reshaped([8]) / 6
      variances =
        variances
        + (seen - mean).power(2).mean(over: [0, 2, 3]) * (count / (count - 1)) / 6
    }
    #expect(
      distance(
        ["mean": average["1.running_mean"] ?? [], "variance": average["1.running_var"] ?? []],
        ["mean": means.floats(), "variance": variances.floats()]) < 1e-4)
  }

  @Test(arguments: AverageName.allCases) func `are evaluated from the second on`(kind: AverageName)
    throws
  {
    let folder = try position.folder()
    try run(SceneTask(), settings { $0.evaluation.average = kind }, in: folder)
    let rows = try MetricsTable.read(folder.metrics).rows.filter { $0.split == .average }
    #expect(rows.map(\.update) == [24, 36, 48, 60])
  }

  @Test func `predict together by the mean of their predictions`() throws {
    let folder = try position.folder()
    let summary = try run(SceneTask(), settings { $0.evaluation.average = .snapshots }, in: folder)
    let files = [36, 48, 60].map(folder.checkpoint)
    let task = SceneTask()
    let before = state(task.model)
    let score = try evaluate(
      task, by: Ensemble(of: task.model, members: files), on: task.evaluationBatches())
    #expect(state(task.model) == before)
    #expect(score.values.map(\.value) == [summary.final["loss"], summary.final["pixel_accuracy"]])

    // One batch after another: each member's probabilities, and of their mean the most likely class.
    var right = 0
    let stream = try task.evaluationBatches()
    while let batch = try stream.next() {
      var sum: [Double] = []
      for file in files {
        try Checkpoint.load(into: task.model, from: file)
        task.model.setTraining(false)
        let predictions = withoutGradient {
          task.network(batch.images).softmax(dimension: 1).doubles()
        }
        sum = sum.isEmpty ? predictions : zip(sum, predictions).map { $0 + $1 }
      }
      let pixels = batch.masks.count / batch.boxes.count
      for (index, label) in batch.masks.int64s().enumerated() {
        let start = index / pixels * SceneTask.classes * pixels + index % pixels
        let likely = (0..<SceneTask.classes).max {
          sum[start + $0 * pixels] < sum[start + $1 * pixels]
        }
        if likely == Int(label) { right += 1 }
      }
    }
    #expect(abs(score.right - right) <= 2, "but for rounding")
  }

  @Test func `are refused where predictions cannot be averaged`() throws {
    let folder = try position.folder()
    let settings = settings { $0.evaluation.average = .snapshots }
    let error = #expect(throws: SettingsError.self) {
      try TrainingJob(task: PointsTask(), settings: settings.resolved, folder: folder).run()
    }
    #expect("\(try #require(error))".contains("swa"))
  }
}

@Suite struct `A checkpoint that ranks` {
  private let position = TemporaryDirectory()

  private static let kinds: [(String, RunSettings)] = [
    ("plain", settings()), ("ema", settings { $0.evaluation.ema = 0.95 }),
    ("swa", settings { $0.evaluation.average = .swa }),
    ("snapshots", settings { $0.evaluation.average = .snapshots }),
  ]

  /// Each checkpoint's metric is that of the weights that are loaded from it and exported, so that what is
  /// best is what is taken.
  @Test(arguments: kinds) func `has the metric of the weights that it is used by`(
    kind: String, settings: RunSettings
  ) throws {
    let folder = try position.folder()
    try run(SceneTask(), settings, in: folder)
    let task = SceneTask(seed: 99)
    var losses: [URL: Double] = [:]
    for (update, file) in folder.listCheckpoints() where update % 12 == 0 {
      let exported = position.url.appendingPathComponent("exported.safetensors")
      try AtomicFile.write(to: exported) { try Checkpoint.export(file, to: $0) }
      try task.model.copy(from: try Safetensors.read(exported).tensors)
      losses[file] = try evaluate(task).values.first?.value
    }
    let best = try folder.bestCheckpoint(by: "loss")
    #expect(losses.count == 5, "\(kind): one at each trough")
    #expect(best.value == losses.values.min(), "\(kind)")
    #expect(losses[best.file] == best.value, "\(kind)")
    #expect(best.isAverage == ["ema", "swa"].contains(kind), "\(kind)")
    let weights = try CheckpointWeights(of: best.file, in: settings.resolved)
    #expect((weights == .own) == !best.isAverage, "\(kind)")
  }

  @Test func `is asked for by a metric that was evaluated`() throws {
    let folder = try position.folder()
    try run(in: folder)
    let error = #expect(throws: TrainingError.self) {
      try folder.bestCheckpoint(by: "cross_entropy")
    }
    #expect("\(try #require(error))".contains("has an evaluation with 'cross_entropy'"))
  }
}

@Suite struct `A run with validation images` {
  private let position = TemporaryDirectory()

  /// While it trains it is evaluated on other images than at its end.
  @Test(arguments: [
    settings(), settings { $0.evaluation.ema = 0.9 }, settings { $0.evaluation.average = .swa },
  ])
  func `is evaluated by them on its way, and by the test images at its end`(settings: RunSettings)
    throws
  {
    let (divided, plain) = (try position.folder(), try position.folder())
    let task = SceneTask()
    task.validationCount = 20
    let summary = try run(task, settings, in: divided)
    let whole = try run(SceneTask(), settings, in: plain)
    #expect(summary.evaluationSplit == .test)
    #expect(summary.final == whole.final, "the same training, evaluated on the same images")
    let rows = try MetricsTable.read(divided.metrics).rows
    #expect(!rows.contains { $0.split == .test })
    let last = try #require(rows.last { $0.split != .train })
    #expect(summary.validation?["loss"] == last.loss)
    #expect(summary.validation != summary.final)
    #expect(try newestTensors(divided) == newestTensors(plain))
    #expect(whole.validation == nil)
    // What was killed before its summary comes to the same.
    try FileManager.default.removeItem(at: divided.summary)
    let again = SceneTask()
    again.validationCount = 20
    let second = try run(again, settings, in: divided)
    #expect(second.final == summary.final && second.validation == summary.validation)
  }
}

@Suite struct `An averaging run` {
  private let position = TemporaryDirectory()

  private static func short(_ change: (inout RunSettings) -> Void) -> RunSettings {
    settings {
      $0.budget.steps = 36
      change(&$0)
    }
  }

  private static let kinds: [(RunSettings, Int)] = [
    (short { $0.evaluation.ema = 0.9 }, 3), (short { $0.evaluation.ema = 0.9 }, 25),
    (short { $0.evaluation.average = .swa }, 26),
    (short { $0.evaluation.average = .snapshots }, 30),
  ]

  @Test(arguments: kinds) func `that was stopped continues as if it had not been`(
    settings: RunSettings, moment: Int
  ) throws {
    let (whole, broken) = (try position.folder(), try position.folder())
    let first = try run(SceneTask(), settings, in: whole)
    let task = SceneTask()
    task.breaksAt = moment
    #expect(throws: Killed.self) { try run(task, settings, in: broken) }
    let second = try run(SceneTask(), settings, in: broken)
    #expect(try newestTensors(broken) == newestTensors(whole))
    #expect(try timelessRows(broken) == timelessRows(whole))
    #expect(first.final == second.final)
    // What has ended is evaluated as before.
    #expect(try run(SceneTask(), settings, in: broken).final == first.final)
  }
}
