import Foundation
import Planning
import Runs
import Settings
import TestSupport
import Testing
import Torch
import Training
import Tuning
import Vision

/// The network of `SceneTask` has a convolution 0, a batch norm 1 and a convolution 3.
@Suite struct `Groups of parameters` {
  private let directory = TemporaryDirectory()

  private func grouped(_ texts: String..., steps: Int = 24) throws -> RunSettings {
    let groups = try texts.map { try #require(GroupRule($0)) }
    return settings {
      $0.optimizer.groups = groups
      $0.budget.steps = steps
    }
  }

  @Test func `hold the parameters that their prefixes name, and the rest`() throws {
    let optimizer = try makeOptimizer(
      grouped("head=3:10", "norm=1:0.5").resolved, for: SceneTask().model)
    #expect(optimizer.groups.map(\.name) == ["head", "norm", "rest"])
    #expect(
      optimizer.groups.map { $0.parameters.map(\.0) }
        == [["3.weight", "3.bias"], ["1.weight", "1.bias"], ["0.weight"]])
    let all = try makeOptimizer(grouped("all=0,1,3:2").resolved, for: SceneTask().model)
    #expect(all.groups.map(\.name) == ["all"])
  }

  @Test(arguments: [
    (["head=3.wieght:10"], "no parameter's name begins with '3.wieght'; did you mean '3.weight'?"),
    (["head=fully.connected:1"], "The model consists of: 0, 1, 3."),
    (["a=3:1", "b=3.bias:2"], "3.bias is in the groups a and b"),
    (["a=0,1:0", "b=3:0"], "or nothing is trained"),
  ])
  func `that do not fit the model are refused`(texts: [String], words: String) throws {
    let groups = try texts.map { try #require(GroupRule($0)) }
    let settings = settings { $0.optimizer.groups = groups }
    let error = #expect(throws: SettingsError.self) {
      try makeOptimizer(settings.resolved, for: SceneTask().model)
    }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(words), "\(sentence)")
  }

  @Test func `learn by their factors, and not at all by 0`() throws {
    let folder = try directory.folder()
    let task = SceneTask()
    let before = state(task.model)
    try run(task, grouped("head=3:0", "norm=1:2"), in: folder)
    let after = state(task.model)
    for name in ["p.3.weight", "p.3.bias"] { #expect(after[name] == before[name]) }
    for name in ["p.0.weight", "p.1.weight"] { #expect(after[name] != before[name]) }
    let plan = try #require(try RunPlan.read(from: folder))
    #expect(
      plan.plan.learningRate(ofGroup: "norm", at: 5) == 2 * plan.plan.learningRate.value(at: 5))
  }

  @Test(arguments: [3, 8, 17]) func `continue as if they had not been stopped`(moment: Int) throws {
    let settings = try grouped("head=3:10", "first=0:0")
    try expectSameAfterStop(at: moment, settings, in: directory)
  }

  /// The rates of the groups at each update of a sweep.
  private func rates(
    _ sweeping: SweepGroups, _ settings: RunSettings
  ) throws -> (rates: [[Double]], sweep: RangeTestSweep) {
    let task = SceneTask()
    let optimizer = try makeOptimizer(settings.resolved, for: task.model)
    var rates: [[Double]] = []
    // Every other batch is the fixed one, from which nothing is trained.
    task.disturbance = { call, loss in
      if call % 2 == 0 { rates.append(optimizer.groups.map(\.learningRate)) }
      return loss
    }
    let sweep = RangeTestSweep(lowest: 1e-3, highest: 0.1, steps: 12)
    let before = state(task.model, optimizer)
    _ = try RangeTester(task: task, optimizer: optimizer).curve(
      sweep: sweep, seed: 1, batchSize: 8, sweeping: sweeping)
    #expect(state(task.model, optimizer) == before)
    #expect(optimizer.groups.map(\.learningRate) == [0, 0])
    return (rates, sweep)
  }

  @Test func `are swept in the ratio of their factors`() throws {
    let settings = try grouped("head=3:10")
    let (rates, sweep) = try rates(.inRatio(settings.resolved.groupFactors), settings)
    #expect(rates.count == 12)
    for (step, rates) in rates.enumerated() {
      let swept = sweep.learningRate(at: step)
      #expect(rates == [swept * 10, swept])
    }
  }

  @Test(arguments: [0, 0.02]) func `are swept alone, while the others keep a rate`(
    others: Double
  ) throws {
    let (rates, sweep) = try rates(
      .only(["head"], others: others == 0 ? [:] : ["rest": others]), grouped("head=3:10"))
    for (step, rates) in rates.enumerated() {
      #expect(rates == [sweep.learningRate(at: step), others])
    }
  }

  @Test func `of which only the head is swept leave the others where they are`() throws {
    let task = SceneTask()
    let optimizer = try makeOptimizer(grouped("head=3:1").resolved, for: task.model)
    let first = bytes(task.model.namedParameters[0].1.value)
    task.disturbance = { _, loss in
      #expect(bytes(task.model.namedParameters[0].1.value) == first)
      return loss
    }
    let curve = try RangeTester(task: task, optimizer: optimizer).curve(
      sweep: RangeTestSweep(lowest: 1e-3, highest: 1, steps: 20), seed: 1, batchSize: 8,
      sweeping: .only(["head"]))
    #expect(curve.points.count > 10)
  }

  @Test(arguments: [("heda", "did you mean 'head'?"), ("first", "this one is frozen")])
  func `that cannot be swept are refused`(name: String, words: String) throws {
    let task = SceneTask()
    let optimizer = try makeOptimizer(grouped("head=3:1", "first=0:0").resolved, for: task.model)
    let error = #expect(throws: SettingsError.self) {
      try RangeTester(task: task, optimizer: optimizer).curve(
        sweep: RangeTestSweep(steps: 20), seed: 1, batchSize: 8, sweeping: .only([name]))
    }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(words), "\(sentence)")
  }
}

/// The network of `SceneTask` has no blocks, so that each of its layers is one; it has no linear layer for a head, so
/// that its last convolution is the deepest.
@Suite struct `Rates by depth` {
  private let directory = TemporaryDirectory()

  private func deep(_ change: (inout RunSettings) throws -> Void = { _ in }) rethrows -> RunSettings {
    var settings = settings {
      ($0.optimizer.layerDecay, $0.optimizer.headFactor) = (0.5, 10)
      $0.budget.steps = 24
    }
    try change(&settings)
    return settings
  }

  @Test func `divide each group into parts that have one rate`() throws {
    let model = ResNetCIFAR(depth: 8, channels: 3, classes: 4)
    let optimizer = try makeOptimizer(
      deep { try $0.set("groups", to: "norm=bn1:2") }.resolved, for: model)
    // Of the stem, three blocks and the head, the first norm has a group of its own.
    #expect(optimizer.groups.map(\.name) == ["norm", "rest", "rest", "rest", "rest", "rest"])
    #expect(optimizer.groups.map(\.scale) == [0.0625, 0.0625, 0.125, 0.25, 0.5, 10])
    #expect(optimizer.groups[1].parameters.map(\.0) == ["conv1.weight"])
    #expect(optimizer.groups[5].parameters.map(\.0) == ["fc.weight", "fc.bias"])
    let names = optimizer.groups.flatMap { $0.parameters.map(\.0) }
    #expect(names.sorted() == model.namedParameters.map(\.0).sorted())
  }

  @Test func `are one group where all have the same rate`() throws {
    let model = ResNetCIFAR(depth: 8, channels: 3, classes: 4)
    let optimizer = try makeOptimizer(settings().resolved, for: model)
    #expect(optimizer.groups.map(\.scale) == [1])
  }

  /// One update of SGD without momentum, of the same gradients: each layer's step is its scale's share.
  @Test func `scale the first step of each layer`() throws {
    func change(_ change: (inout RunSettings) -> Void) throws -> [String: [Float]] {
      let task = SceneTask()
      let before = task.model.namedParameters.map { ($0.0, $0.1.value.floats()) }
      let settings = settings {
        ($0.schedule.baseMomentum, $0.schedule.maxMomentum) = (0, 0)
        ($0.optimizer.weightDecay, $0.budget.steps) = (0, 1)
        change(&$0)
      }
      try run(task, settings, in: directory.folder())
      return Dictionary(
        uniqueKeysWithValues: zip(before, task.model.namedParameters).map { before, after in
          (before.0, zip(before.1, after.1.value.floats()).map { $1 - $0 })
        })
    }
    let plain = try change { _ in }
    let deep = try change { ($0.optimizer.layerDecay, $0.optimizer.headFactor) = (0.5, 10) }
    for (name, scale) in [("0.weight", 0.25), ("1.weight", 0.5), ("1.bias", 0.5), ("3.weight", 10)]
      as [(String, Float)]
    {
      let (one, other) = (try #require(plain[name]), try #require(deep[name]))
      #expect(one.contains { abs($0) > 1e-5 })
      #expect(
        zip(one, other).allSatisfy { abs($1 - scale * $0) < 1e-5 * max(1, scale) }, "\(name)")
    }
  }

  @Test func `are swept in their ratio`() throws {
    let task = SceneTask()
    let optimizer = try makeOptimizer(deep().resolved, for: task.model)
    var rates: [[Double]] = []
    task.disturbance = { call, loss in
      if call % 2 == 0 { rates.append(optimizer.groups.map(\.learningRate)) }
      return loss
    }
    let sweep = RangeTestSweep(lowest: 1e-4, highest: 0.01, steps: 12)
    _ = try RangeTester(task: task, optimizer: optimizer).curve(
      sweep: sweep, seed: 1, batchSize: 8)
    #expect(rates.count == 12)
    for (step, rates) in rates.enumerated() {
      let swept = sweep.learningRate(at: step)
      #expect(rates == [0.25 * swept, 0.5 * swept, 10 * swept])
    }
  }

  @Test(arguments: [3, 17], ["sgd", "adamw"]) func `continue as if they had not been stopped`(
    moment: Int, optimizer: String
  ) throws {
    let settings = try deep {
      try $0.set("groups", to: "first=0:2")
      try $0.set("optimizer", to: optimizer)
      $0.schedule.maxLR = 0.02
    }
    try expectSameAfterStop(at: moment, settings, in: directory)
  }
}
