import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Torch
import Training

@Suite struct `A loss that becomes NaN` {
  private let directory = TemporaryDirectory()

  /// What a run of 24 updates between 0.02 and 0.26 ends with, without momentum or decay.
  private func error(
    stepSize: Int, watch: WatchMode = .off, _ change: (inout RunSettings) -> Void = { _ in }
  ) throws -> TrainingError? {
    let folder = try directory.folder()
    return #expect(throws: TrainingError.self) {
      try TrainingJob(
        task: DivergingTask(),
        settings: settings {
          $0.schedule.baseLR = 0.02
          $0.schedule.maxLR = 0.26
          $0.schedule.stepSize = .steps(stepSize)
          $0.schedule.baseMomentum = 0
          $0.schedule.maxMomentum = 0
          $0.optimizer.nesterov = false
          $0.optimizer.weightDecay = 0
          $0.budget.steps = 24
          $0.evaluation.watch = watch
          change(&$0)
        }
        .resolved, folder: folder
      )
      .run()
    }
  }

  /// The rate rises by 0.02 an update, so that neighbors' rates cannot be taken for one another.
  @Test(arguments: [WatchMode.off, .say])
  func `is reported with the rate of the update that made it so`(watch: WatchMode) throws {
    let rates = (0..<12).map { Triangular2(from: 0.02, to: 0.26, stepSize: 12).value(at: $0) }
    let last = try #require(DivergingTask.lastUpdate(at: rates))
    #expect(last == 8)
    let error = try error(stepSize: 12, watch: watch)
    guard case .nonFiniteLoss(let update, let rate, _, let bound, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(update == last + 1)
    #expect(rate == rates[last - 1])
    #expect(bound < rate)
    let words = "at update \(last + 1), after an update at learning rate "
    #expect("\(try #require(error))".contains(words + "\(rates[last - 1])."))
  }

  /// From 0.02 to 0.26 in three updates and back: the weight is above 1 after the fifth, on the way down, and the rates
  /// before that had their part in it.
  @Test func `is reported with a bound below the highest rate, also on the way down`() throws {
    let rates = (0..<12).map { Triangular2(from: 0.02, to: 0.26, stepSize: 3).value(at: $0) }
    #expect(DivergingTask.lastUpdate(at: rates) == 5)
    let error = try error(stepSize: 3) {
      $0.budget.steps = 12
      $0.machine.checkpointEvery = 100
    }
    guard case .nonFiniteLoss(6, rates[4], _, let bound, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(abs(bound - 0.26 / 3) < 1e-12)
  }

  /// A decay of 1,000 at a rate of 0.02 takes 20 times a weight from it.
  @Test(arguments: [1e3, 1e308])
  func `by a weight decay above the rate's reach is put down to the decay`(decay: Double) throws {
    let folder = try directory.folder()
    let error = #expect(throws: TrainingError.self) {
      try TrainingJob(
        task: DivergingTask(),
        settings: settings {
          $0.schedule.baseLR = 0.02
          $0.schedule.maxLR = 0.02
          $0.schedule.kind = ScheduleEntry.catalog["constant"]
          $0.optimizer.weightDecay = decay
          $0.budget.steps = 24
        }
        .resolved, folder: folder
      )
      .run()
    }
    guard case .brokenLoss(_, _, .weightDecay(decay, highestRate: 0.02), _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect("\(try #require(error))".contains("lower --weight-decay, to 5.0 or less"))
  }
}
