import Planning
import Schedules
import Settings
import Testing

@Suite struct `A budget` {
  private func settings(_ texts: [String: String]) throws -> RunSettings {
    try RunSettings { for (key, text) in texts { try $0.set(key, to: text) } }
  }

  @Test(arguments: [
    (["epochs": "1", "steps": "4"], "--steps is 4, but must be left out with --epochs 1.0, which also says"),
    (["epochs": "1", "minutes": "2"], "--minutes is 2.0, but must be left out with --epochs 1.0"),
    (["steps": "4", "minutes": "2"], "--minutes is 2.0, but must be left out with --steps 4"),
    (["steps": "4", "max-minutes": "2"], "--max-minutes is 2.0, but must be left out with --steps 4: it limits"),
    (["minutes": "4", "max-minutes": "2"], "--max-minutes is 2.0, but must be left out with --minutes 4.0"),
  ])
  func `that is given twice is refused by both names`(texts: [String: String], words: String) throws {
    let error = #expect(throws: SettingsError.self) { try settings(texts).check() }
    #expect("\(try #require(error))".hasPrefix(words), "\(error.map { "\($0)" } ?? "")")
  }

  @Test(arguments: [
    ["epochs": "1", "max-minutes": "2"], ["max-minutes": "2"], ["open-ended": "true", "minutes": "2"], [:],
  ])
  func `with its limit, or an end to an open run, is one`(texts: [String: String]) throws {
    try settings(texts).check()
  }

  @Test func `that is typed takes the place of the file's`() throws {
    let file = try settings(["epochs": "7", "max-minutes": "5"])
    let typed = try settings(["steps": "4"]).filled(from: file)
    try typed.check()
    #expect(typed.flags == ["--steps", "4"])
    let open = try settings(["open-ended": "true"])
    #expect(try settings(["steps": "4"]).filled(from: open).flags == ["--steps", "4"])
    #expect(try settings(["minutes": "4"]).filled(from: open).flags == ["--minutes", "4.0", "--open-ended"])
  }

  /// An epoch has 100 updates, at a second each: five minutes hold fewer than seven epochs.
  @Test(arguments: [["epochs": "7", "max-minutes": "5"], ["minutes": "5"], ["epochs": "7", "schedule": "triangular"]])
  func `is one in the settings of a plan`(texts: [String: String]) throws {
    var typed = try settings(texts)
    typed.budget.batchSize = .images(10)
    (typed.schedule.baseLR, typed.schedule.maxLR) = (0.01, 0.1)
    let pace = MeasuredSpeed(secondsPerUpdate: 1, secondsPerEvaluation: 5, secondsSpent: 20)
    let budget = try typed.resolved.makeBudget(trainingCount: 1000, pace: pace)
    let plan = try RunPlan(settings: typed.resolved, range: nil, budget: budget)
    try plan.settings.open.check()
    #expect(plan.settings.budget.steps == plan.budget.totalSteps)
    let again = try plan.settings.makeBudget(trainingCount: 1000)
    #expect(again.totalSteps == plan.budget.totalSteps)
  }

  /// A probe's recipe is 600 updates, and at least ten epochs.
  ///
  /// An update takes 9.9 ms, and a twentieth of the minutes is kept in hand.
  @Test(arguments: [(160, 10.0, 600), (1600, 10.0, 1000), (160, 0.05, 287), (160, 0, 600)])
  func `in minutes is no longer than a linear probe learns`(images: Int, minutes: Double, updates: Int) throws {
    var typed = try settings(["batch-size": "16", "cached-features": "true"])
    typed.budget.minutes = minutes > 0 ? minutes : nil
    typed.budget.steps = minutes > 0 ? nil : 600
    (typed.schedule.baseLR, typed.schedule.maxLR) = (0.01, 0.1)
    let pace = MeasuredSpeed(secondsPerUpdate: 0.0099, secondsPerEvaluation: 0, secondsSpent: 0)
    let budget = try typed.resolved.makeBudget(trainingCount: images, pace: pace)
    #expect(budget.totalSteps == updates)
    let lines = try RunPlan(settings: typed.resolved, range: nil, budget: budget).lines
    let saysSo = lines.contains { $0.contains("in less than its minutes") }
    #expect(saysSo == (minutes == 10), "\(lines)")
    typed.model.cachedFeatures = false
    guard minutes > 1 else { return }
    #expect(try typed.resolved.makeBudget(trainingCount: images, pace: pace).totalSteps > 50_000)
  }

  @Test func `of an older run's file is the one that counted`() throws {
    var older = try settings(["epochs": "7", "steps": "248"])
    older.fillOlderDefaults(isNew: false)
    #expect(older.flags == ["--validation", "none", "--steps", "248"])
    older = try settings(["open-ended": "true", "minutes": "3"])
    older.keepOneLength()
    #expect(older.budget.minutes == 3)
  }
}
