import Foundation
import Planning
import Runs
import Schedules
import Settings
import Testing
import Tuning

@Suite struct `A group of parameters` {
  @Test(arguments: [
    ("head=fc:10", ["fc"], 10), ("stem=conv1,bn1:0", ["conv1", "bn1"], 0),
    ("late=layer4.1:0.25", ["layer4.1"], 0.25),
  ])
  func `reads back from its text`(text: String, prefixes: [String], factor: Double) throws {
    let rule = try #require(GroupRule(text))
    #expect(rule.prefixes == prefixes)
    #expect(rule.factor == factor)
    #expect(rule.description == text)
  }

  @Test(arguments: [
    "", "head", "head=fc", "=fc:1", "head=:1", "head=fc,:1", "head=fc:-1", "head=fc:much",
    "head=fc:nan", "head:1=fc", "rest=fc:1",
  ])
  func `that cannot be read is refused, with the form`(text: String) {
    #expect(GroupRule(text) == nil)
    let error = #expect(throws: SettingsError.self) {
      try RunSettings { try $0.set("groups", to: text) }
    }
    #expect(error.map { "\($0)".contains("such as head=fc:10") } == true)
  }

  @Test func `claims names by whole words`() throws {
    let rule = try #require(GroupRule("g=layer1,fc.bias:1"))
    for name in ["layer1.0.bn1.weight", "layer1.weight", "fc.bias"] { #expect(rule.claims(name)) }
    for name in ["layer10.weight", "fc.weight", "xlayer1.weight", "layer"] {
      #expect(!rule.claims(name))
    }
  }

  @Test func `is in the plan, its words, its flags and its file`() throws {
    var settings = RunSettings()
    settings.budget.steps = 100
    settings.budget.batchSize = 8
    settings.schedule.kind = ScheduleEntry.catalog["constant"]
    settings.schedule.maxLR = 0.1
    try settings.set("groups", to: "head=fc:10", "stem=conv1,bn1:0")
    let plan = try RunPlan(
      settings: settings.resolved, range: nil,
      budget: Budget(totalSteps: 100, stepsPerEpoch: 10, batchSize: 8))
    #expect(plan.plan.learningRate(ofGroup: "head", at: 3) == 1)
    #expect(plan.plan.learningRate(ofGroup: "stem", at: 3) == 0)
    #expect(plan.plan.learningRate(ofGroup: "rest", at: 3) == 0.1)
    #expect(
      plan.lines.suffix(2) == [
        "group head (fc): 10 times the rate", "group stem (conv1, bn1): frozen",
      ])
    #expect(plan.flags.hasSuffix("--group head=fc:10 --group stem=conv1,bn1:0"))

    let parent = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: parent) }
    let folder = try RunFolder.create(under: parent, name: "net")
    try plan.write(to: folder)
    #expect(try RunPlan.read(from: folder) == plan)
    #expect(try RunSettings.read(from: folder.configuration.path) == plan.settings.open)
    let yaml = parent.appendingPathComponent("mine.yaml")
    try Data("groups:\n  - head=fc:10\n  - stem=conv1,bn1:0\n".utf8).write(to: yaml)
    #expect(try RunSettings.read(from: yaml.path).optimizer.groups == settings.optimizer.groups)
    try Data("groups:\n  - head\n".utf8).write(to: yaml)
    let error = #expect(throws: RunError.self) { try RunSettings.read(from: yaml.path) }
    #expect(
      error.map { "\($0)".contains("line 1: groups is head, but must be NAME=PREFIX") } == true,
      "\(error.map { "\($0)" } ?? "")"
    )
  }

  @Test func `named twice is refused`() throws {
    var settings = RunSettings()
    try settings.set("groups", to: "head=fc:10", "head=bn1:2")
    let error = #expect(throws: SettingsError.self) { try settings.check() }
    #expect(error.map { "\($0)".contains("--group is head, but must be given once") } == true)
  }
}
