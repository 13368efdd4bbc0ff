import Foundation
import Planning
import Runs
import Settings
import TestSupport
import Testing

@Suite struct `A run's plan.json` {
  @Test func `reads back equal from its folder`() throws {
    let directory = TemporaryDirectory()
    let parent = directory.url
    let folder = try RunFolder.create(under: parent, name: "net")
    #expect(try RunPlan.read(from: folder) == nil)
    let plan = try RunPlan(settings: settings().resolved, range: range, budget: budget)
    try plan.write(to: folder)
    #expect(try RunPlan.read(from: folder) == plan)
    #expect(try RunSettings.read(from: folder.configuration.path) == plan.settings.open)
  }

  /// What may change is as `config.yaml` has it, also where it has it no more.
  @Test func `puts back no setting that was taken out of config.yaml`() throws {
    let directory = TemporaryDirectory()
    let folder = try RunFolder.create(under: directory.url, name: "net")
    var typed = settings()
    (typed.evaluation.patience, typed.evaluation.watch) = (3, .act)
    let plan = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    try plan.write(to: folder)
    var changed = try RunSettings.read(from: folder.configuration.path)
    (changed.evaluation.patience, changed.evaluation.watch) = (nil, .say)
    try ConfigurationFile.write(changed.resolved, to: folder.configuration)
    try plan.write(to: folder)
    let read = try RunSettings.read(from: folder.configuration.path)
    #expect(read.evaluation.patience == nil && read.evaluation.watch == .say)
    #expect(read.schedule.maxLR == plan.settings.schedule.maxLR)
  }

  /// An older run's file has `constantLoss` for `baselineLoss`, and none of the keys that came later.
  @Test func `of an older version is read`() throws {
    let directory = TemporaryDirectory()
    let parent = directory.url
    let folder = try RunFolder.create(under: parent, name: "net")
    let plan = try RunPlan(
      settings: settings().resolved, range: range, budget: budget, baselineLoss: 2.25)
    try plan.write(to: folder)
    var fields = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: folder.plan)) as? [String: Any])
    fields = fields.filter { ["settings", "budget", "plan"].contains($0.key) }
    fields["constantLoss"] = 2.25
    try JSONSerialization.data(withJSONObject: fields).write(to: folder.plan)
    let read = try #require(try RunPlan.read(from: folder))
    #expect(read.baselineLoss == 2.25)
    #expect(read.plan == plan.plan && read.settings == plan.settings && read.budget == plan.budget)
    #expect(read.range == nil && read.peakStep == nil)
    #expect(read.reason == nil && read.loweredAt == nil)
    try read.write(to: folder)
    #expect(try !String(contentsOf: folder.plan, encoding: .utf8).contains("constantLoss"))
    #expect(try RunPlan.read(from: folder) == read)
  }

  /// Values that no run's plan has, each in the place of one that it has.
  @Test(arguments: [
    ("learning-rate", "peakAt", -1.0, "the learning rate's peakAt is -1.0"),
    ("learning-rate", "peakAt", 3.5, "the learning rate's peakAt is 3.5"),
    ("momentum", "peakAt", -1, "the momentum's peakAt is -1.0"),
    ("learning-rate", "to", 1e308, "the learning rate of update 2 is "),
    ("learning-rate", "ending", 1, "the learning rate of update 704 is "),
    ("momentum", "to", 1e308, "the momentum of update 2 is "),
    ("momentum", "from", 1, "the momentum of update 1 is 1.0, but must be from 0 to below 1"),
    ("learning-rate", "from", -1, "'from' is -1.0, which is not allowed"),
  ])
  func `of another value is refused by its file and the value`(
    schedule: String, field: String, value: Double, words: String
  ) throws {
    let directory = TemporaryDirectory()
    let folder = try RunFolder.create(under: directory.url, name: "net")
    try RunPlan(settings: settings().resolved, range: range, budget: budget).write(to: folder)
    var text = try String(contentsOf: folder.plan, encoding: .utf8)
    let start = try #require(text.range(of: "\"\(schedule)\" : {"))
    let key = try #require(text[start.upperBound...].range(of: "\"\(field)\" : "))
    let end = try #require(text[key.upperBound...].firstIndex { ",\n".contains($0) })
    let written = value == value.rounded() && abs(value) < 1e6 ? "\(Int(value))" : "\(value)"
    text.replaceSubrange(key.upperBound..<end, with: written)
    try Data(text.utf8).write(to: folder.plan)
    let error = #expect(throws: RunError.self) { try RunPlan.read(from: folder) }
    let sentence = "\(try #require(error))"
    #expect(sentence.hasPrefix(folder.plan.path + ": it is damaged ("), "\(sentence)")
    #expect(sentence.contains(words), "\(sentence)")
    #expect(sentence.contains("put back a copy of it"), "\(sentence)")
  }
}
