import Planning
import Schedules
import Settings
import Testing
import Tuning

@Suite struct `What is worth knowing of a run's plan` {
  private func findings(_ texts: [String: String], steps: Int = 2808, base: Double? = 0.01) throws -> [String] {
    let typed = try RunSettings { settings in
      (settings.schedule.baseLR, settings.schedule.maxLR) = (base, 0.1)
      settings.budget.steps = steps
      for (key, text) in texts { try settings.set(key, to: text) }
    }
    let length = Budget(totalSteps: steps, stepsPerEpoch: 468, batchSize: 128)
    return try RunPlan(settings: typed.resolved, range: nil, budget: length).findings.map { "\($0)" }
  }

  /// 2,808 updates are 6 epochs, so that three cycles have half-cycles of one.
  @Test func `is not Smith's epochs where Rondo chose the cycles`() throws {
    #expect(try findings(["average": "swa"]) == [])
    #expect(
      try findings(["schedule": "triangular", "step-size": "468"])
        == ["Half a cycle takes 1 epoch; Smith found 2 to 10 to work."])
  }

  @Test func `is a patience that stops the run at none of its cycles`() throws {
    let why = "since the first has nothing to be compared with, and the last is the end."
    #expect(
      try findings(["patience": "2"]) == ["The run has 3 cycles: --patience 2 stops it at none of them, \(why)"])
    #expect(try findings(["patience": "1"]) == [])
    #expect(
      try findings(["patience": "1"], steps: 5).last
        == "The run has 1 cycle: --patience 1 stops it at none of them, \(why)")
  }

  /// A tenth of 8 updates is 0.8, and half of 20 is 10, of which 8 are left behind a warm-up of 12.
  @Test func `is a cool-down of another length than was typed`() throws {
    func wsd(_ cooldown: String, _ warmup: String, steps: Int) throws -> [String] {
      try findings(["schedule": "wsd", "cooldown": cooldown, "warmup": warmup], steps: steps, base: nil)
    }
    #expect(
      try wsd("0.1", "1", steps: 8) == [
        "The cool-down was to take 0.8 of the run's 8 updates (--cooldown): it takes 2, since the first of them still has "
          + "the peak."
      ])
    #expect(
      try wsd("0.5", "12", steps: 20) == [
        "The cool-down was to take 10 of the run's 20 updates (--cooldown): it takes 8, since the warm-up takes the others."
      ])
    #expect(try wsd("0.5", "10", steps: 20) == [])
    #expect(try wsd("0.25", "1", steps: 8) == [])
  }
}
