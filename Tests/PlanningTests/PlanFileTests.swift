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
}
