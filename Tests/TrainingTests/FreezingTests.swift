import Foundation
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Torch
import Training
import Vision

/// The network of `SceneTask` has a convolution 0, a batch norm 1 and a convolution 3.
@Suite struct `Frozen parameters` {
  private let directory = TemporaryDirectory()

  private func frozen(_ parts: String, until time: String? = nil) -> RunSettings {
    settings {
      $0.model.freeze = FreezeRule(parts)
      $0.model.unfreezeAt = time.flatMap { Time($0) }
      $0.budget.steps = 24
    }
  }

  @Test func `stay as they began, and the others learn`() throws {
    let task = SceneTask()
    let before = state(task.model)
    try run(task, frozen("0,1.weight"), in: directory.folder())
    let after = state(task.model)
    for name in ["p.0.weight", "p.1.weight"] { #expect(after[name] == before[name]) }
    for name in ["p.1.bias", "p.3.weight", "b.1.running_mean"] {
      #expect(after[name] != before[name], "\(name)")
    }
  }

  @Test(arguments: [("14", 14), ("50%", 12), ("3ep", 18)])
  func `train on their time on`(time: String, update: Int) throws {
    let task = SceneTask()
    let before = state(task.model)["p.0.weight"]
    let folder = try directory.folder()
    var settings = frozen("0", until: time)
    settings.machine.checkpointEvery = 1
    var steps: [Int] = []
    try run(task, settings, in: folder) { event in
      guard case .saved(let file) = event else { return }
      let step = folder.listCheckpoints().first { $0.file == file }?.update ?? 0
      steps.append(step)
      let isFrozen = state(task.model)["p.0.weight"] == before
      #expect(isFrozen == (step <= update), "\(step)")
    }
    #expect(steps == Array(1...24))
    let plan = try #require(try RunPlan.read(from: folder))
    #expect(plan.settings.model.unfreezeAt == .steps(update))
    #expect(plan.lines.contains("frozen: 0, until update \(update); without --weights it keeps its random values"))
  }

  @Test(arguments: [3, 12, 17]) func `continue as if they had not been stopped`(moment: Int) throws {
    let settings = frozen("0,1", until: "50%")
    try expectSameAfterStop(at: moment, settings, in: directory)
  }

  @Test func `of a backbone are all but the head's`() throws {
    let model = ResNetCIFAR(depth: 8, channels: 3, classes: 4)
    let optimizer = try makeOptimizer(frozen("backbone").resolved, for: model)
    let open = optimizer.groups.flatMap(\.parameters).filter { !$0.1.isFrozen }.map(\.0)
    #expect(open == ["fc.weight", "fc.bias"])
  }

  @Test func `and a group's factor do not stand in each other's way`() throws {
    var settings = frozen("0", until: "12")
    try settings.set("groups", to: "first=0:0.5", "norm=1:0")
    let task = SceneTask()
    let before = state(task.model)
    try run(task, settings, in: directory.folder())
    let after = state(task.model)
    #expect(after["p.0.weight"] != before["p.0.weight"])
    #expect(after["p.1.weight"] == before["p.1.weight"], "a factor of 0 freezes for good")
  }

  @Test func `leave no group without a trained parameter, unless it is trained later`() throws {
    let model = ResNetCIFAR(depth: 8, channels: 3, classes: 4)
    var settings = frozen("backbone")
    try settings.set("groups", to: "first=conv1:0.5")
    let error = #expect(throws: SettingsError.self) {
      try makeOptimizer(settings.resolved, for: model)
    }
    #expect(
      "\(try #require(error))"
        == "--group is first=conv1:0.5, but must be of parameters that are trained: --freeze backbone freezes all of first."
    )
    try settings.set("groups", to: "head=fc:0.5")
    _ = try makeOptimizer(settings.resolved, for: model)
    var later = frozen("backbone", until: "12")
    try later.set("groups", to: "first=conv1:0.5")
    _ = try makeOptimizer(later.resolved, for: model)
  }

  @Test func `of frozen batch norms stay so when the others are trained too`() throws {
    let task = SceneTask()
    task.model.freezeBatchNorms()
    let before = state(task.model)
    try run(task, frozen("0,1", until: "12"), in: directory.folder())
    let after = state(task.model)
    #expect(after["p.0.weight"] != before["p.0.weight"])
    for name in ["p.1.weight", "p.1.bias", "b.1.running_mean"] {
      #expect(after[name] == before[name], "\(name)")
    }
  }

  @Test(arguments: [
    (
      "0.wieght", nil,
      "--freeze: no parameter's name begins with '0.wieght'; did you mean '0.weight'?"
    ),
    ("0,1,3", nil, "or nothing is trained"),
    ("0", "24", "--unfreeze-at is 24, but must be before the run's end after 24 updates"),
  ])
  func `that cannot be meant are refused`(parts: String, time: String?, words: String) throws {
    let settings = frozen(parts, until: time)
    let error = #expect(throws: SettingsError.self) {
      try settings.check()
      try run(SceneTask(), settings, in: directory.folder())
    }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(words), "\(sentence)")
  }

  @Test func `are refused by the flag that was typed`() throws {
    var settings = frozen("0")
    settings.model.freeze = nil
    settings.model.headFirst = .epochs(10)
    let budget = Budget(totalSteps: 24, stepsPerEpoch: 6, batchSize: 8)
    let late = #expect(throws: SettingsError.self) {
      try RunPlan(settings: settings.resolved, range: nil, budget: budget)
    }
    #expect(
      "\(try #require(late))".hasPrefix("--head-first is 10ep, but must be before the run's end after 24"),
      "\(String(describing: late))")
  }

  @Test func `have a time only where they are named`() throws {
    var settings = RunSettings()
    settings.model.unfreezeAt = .epochs(3)
    let error = #expect(throws: SettingsError.self) { try settings.check() }
    #expect("\(try #require(error))".hasPrefix("--freeze is missing"))
  }
}
