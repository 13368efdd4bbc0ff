import Foundation
import Planning
import Schedules
import Settings
import Testing
import Tuning

private func length(
  _ runSteps: Int, batch: Int = 128, secondsPerUpdate: Double? = nil,
  _ change: (inout RunSettings) -> Void = { _ in }
) -> RangeTestLength {
  var settings = RunSettings()
  change(&settings)
  settings = settings.filled(from: TaskDescription.classify.recipe)
  return RangeTestLength(
    settings.resolved, runSteps: runSteps, updateSize: batch, secondsPerUpdate: secondsPerUpdate)
}

@Suite struct `The length of a range test` {
  /// A batch of 128 is measured on 128 images, a third of an update: 4/3 updates each.
  ///
  /// A twentieth of 2,000
  /// updates is 100, which are 75 of the test.
  @Test(arguments: [
    (3276, 128, 100), (2667, 128, 100), (2000, 128, 75), (1067, 128, 40), (1066, 128, 0),
    // One of 8 is measured on 16, two thirds of an update.
    (3334, 8, 100), (1334, 8, 40), (1333, 8, 0), (1, 8, 0),
  ])
  func `follows the budget, and none is made where it would be too short`(
    runSteps: Int, batch: Int, steps: Int
  ) {
    #expect(length(runSteps, batch: batch).steps == steps)
  }

  @Test func `never takes more than a twentieth of the run`() {
    for runSteps in stride(from: 1, to: 20_000, by: 97) {
      for batch in [1, 8, 64, 100, 128, 1000] {
        for measure in [RangeTestMeasure.trainingLoss, .validationLoss] {
          for seconds in [nil, 0.1] {
            let length = length(runSteps, batch: batch, secondsPerUpdate: seconds) {
              $0.rangeTest.measure = measure
            }
            #expect(length.steps == 0 || length.share <= 0.05)
            #expect(length.steps == 0 || (40...100).contains(length.steps))
          }
        }
      }
    }
  }

  @Test func `is what was typed, whatever it costs`() {
    #expect(length(60) { $0.rangeTest.steps = 100 }.steps == 100)
    #expect(length(100_000) { $0.rangeTest.steps = 20 }.steps == 20)
    #expect(length(100_000) { $0.data.task = .segment }.steps == 60)
  }

  /// Eight updates have been timed: (0.05 * 3000 - 8) / (4/3) = 106.5; a hundred take 4/3 * 100 * 0.1 s.
  @Test func `counts what timing took, and is reported in seconds before it is made`() {
    let told = length(3000, secondsPerUpdate: 0.1)
    #expect(told.steps == 100)
    #expect(
      told.description.contains("100 updates, which take 4.7 % of the run's 3000, about 14 s"))
    // (0.05 * 1200 - 8) / (4/3) = 39.
    #expect(length(1200).steps == 45 && length(1200, secondsPerUpdate: 0.1).steps == 0)
    // A twentieth of 600 is 30, of which 4/3 each are 22; of 1000 it is 50, of which 37.
    let none = length(600).description
    #expect(
      none.hasPrefix(
        "no range test: it may cost a twentieth of the run's 600 updates, its measurements included, which holds "
          + "22 updates of a test, and it needs 40. The peak follows from the prior for such runs;"))
    #expect(none.contains("--range-test-steps 100"))
    #expect(length(1000).description.contains("which holds 37 updates of a test"))
    let given = length(1200, secondsPerUpdate: 0.1) { $0.schedule.maxLR = 0.2 }.description
    #expect(
      given.contains(
        "its measurements and the timing of the run included, which holds 39 updates of a test, and it needs 40"))
    #expect(given.contains("The peak is the given one (--max-lr);"))
  }

  /// At 0.6 s an update five minutes hold 500.
  @Test func `takes minutes for the updates that they hold`() throws {
    var settings = TaskDescription.classify.recipe
    settings.budget.minutes = 5
    let budget = Budget(totalSteps: 26, stepsPerEpoch: 13, batchSize: 128)
    #expect(settings.resolved.updates(of: budget, at: 0.6) == 500)
    settings.budget.minutes = nil
    settings.budget.maxMinutes = 5
    #expect(settings.resolved.updates(of: budget, at: 0.6) == 26)
    let long = Budget(totalSteps: 3000, stepsPerEpoch: 13, batchSize: 128)
    #expect(settings.resolved.updates(of: long, at: 0.6) == 500)
  }

  @Test(arguments: [nil, 0.2]) func `of none leaves the prior's peak`(typed: Double?) throws {
    var settings = TaskDescription.classify.recipe
    settings.budget.steps = 600
    settings.rangeTest.advice = .rangeTest
    settings.schedule.maxLR = typed
    let resolved = settings.resolved
    func range(isNormalized: Bool, batchSize: Int) -> LearningRateRange {
      let budget = Budget(totalSteps: 600, stepsPerEpoch: 600, batchSize: batchSize)
      let situation = resolved.situation(
        isNormalized: isNormalized, images: 600 * batchSize, classes: 10, budget: budget)
      return AdviceRecord(
        resolved, situation, curve: nil, range: nil, secondsPerUpdate: nil, testSeconds: 0
      ).advisedRange
    }
    // A step of 3 at 128 images, which grows with their number to the power 0.7; of 0.6 without normalization.
    #expect(abs(range(isNormalized: true, batchSize: 128).max - 3 * 0.15) < 1e-9)
    #expect(abs(range(isNormalized: true, batchSize: 32).max - 3 * pow(0.25, 0.7) * 0.15) < 1e-9)
    #expect(abs(range(isNormalized: false, batchSize: 128).max - 0.6 * 0.15) < 1e-9)
  }

  @Test func `of none is reported, and repeated by the configuration`() throws {
    var settings = TaskDescription.classify.recipe
    settings.budget.steps = 600
    let budget = Budget(totalSteps: 600, stepsPerEpoch: 60, batchSize: 128)
    let range = LearningRateRange(base: 0.03, max: 0.3, curveWeight: 0, momentum: 0.85)
    let plan = try RunPlan(
      settings: settings.resolved, range: range, budget: budget, rangeTest: length(600))
    #expect(plan.settings.schedule.maxLR == 0.3)
    #expect(plan.lines.contains { $0.hasPrefix("no range test: it may cost") }, "\(plan.lines)")
    #expect(plan.settings.rangeTest.steps == nil)
    let tested = try RunPlan(
      settings: settings.resolved, range: range, budget: budget, rangeTest: length(2000))
    #expect(tested.settings.rangeTest.steps == 75, "so that the configuration repeats it")
  }

  @Test(arguments: [(3000, "run's about 3000"), (500, "a twentieth of the run's about 500 updates")])
  func `says where the run's updates are an estimate`(runSteps: Int, words: String) {
    let settings = RunSettings().filled(from: TaskDescription.classify.recipe).resolved
    let told = RangeTestLength(
      settings, runSteps: runSteps, updateSize: 128, secondsPerUpdate: 0.1, isEstimate: true)
    #expect("\(told)".contains(words), "\(told)")
    #expect(!"\(length(runSteps, secondsPerUpdate: 0.1))".contains("about \(runSteps)"))
  }
}
