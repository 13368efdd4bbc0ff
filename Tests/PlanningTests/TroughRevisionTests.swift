import Foundation
import Numbers
import Planning
import Runs
import Schedules
import Settings
import Testing
import Tuning

/// Three cycles of 200 updates, ten epochs, which rise to 0.1.
private func plan(
  _ schedule: String = "triangular", edge: Double? = 10, steps: Int = 600,
  _ change: (inout RunSettings) -> Void = { _ in }
) throws -> RunPlan {
  var settings = RunSettings()
  settings.schedule.kind = ScheduleEntry.catalog[schedule]
  settings.schedule.stepSize = .steps(100)
  (settings.schedule.baseLR, settings.schedule.maxLR) = (0.01, 0.1)
  settings.budget.steps = steps
  change(&settings)
  settings = settings.filled(fromRecipeOf: .classify)
  return try RunPlan(
    settings: settings.resolved,
    range: LearningRateRange(base: 0.01, max: 0.1, momentum: 0.85, edge: edge),
    budget: Budget(totalSteps: steps, stepsPerEpoch: 60, batchSize: 128))
}

/// A loss that falls smoothly up to an update, with these scores at the troughs.
private func curve(
  of plan: RunPlan, to update: Int = 200, training: Double? = 0.995, scores: [Double] = [0.7]
) -> LossCurve {
  var curve = LossCurve()
  for step in 0..<update {
    let chance = 0.02 * sin(Double(step) * 12.9898)
    curve.append(
      loss: 2 * exp(-Double(step) / 150) + 0.1 + chance,
      learningRate: plan.plan.learningRate.value(at: step))
  }
  for (score, end) in zip(scores, stride(from: 200, through: update, by: 200)) {
    curve.append(.init(update: end, loss: 1.4, score: score))
    if let training { curve.append(.init(loss: 0.02, score: training), at: end) }
  }
  return curve
}

private func peaks(_ plan: RunPlan) -> [Double] { plan.cycles.map(\.peakRate) }

private func isNear(_ rates: [Double], _ expected: [Double]) -> Bool {
  rates.count == expected.count && zip(rates, expected).allSatisfy { abs($0 / $1 - 1) < 1e-9 }
}

@Suite struct `Patience that is read from a table` {
  /// Three cycles after which the model is better on training images each time, and worse on the others.
  @Test func `counts by the images that the run is evaluated on, and not by training images`()
    throws
  {
    let plan = try plan { $0.evaluation.patience = 2 }
    func row(_ update: Int, _ split: MetricsRow.Split, _ accuracy: Double) -> MetricsRow {
      MetricsRow(
        update: update, epoch: 0, split: split, learningRate: nil, momentum: nil, weightDecay: nil,
        loss: nil, values: [accuracy], seconds: 1)
    }
    let scores = [(200, 0.6, 0.7), (400, 0.5, 0.8), (600, 0.4, 0.9)]
    let rows = scores.flatMap { update, test, training in
      [row(update, .test, test), row(update, .trainingImages, training)]
    }
    let patience = Patience(plan.settings, plan: plan, rows: rows, columns: ["accuracy"])
    #expect(patience?.isOver == true && patience?.best == 0.6 && patience?.bestUpdate == 200)
  }
}

@Suite struct `A trough at which the training images are separated` {
  @Test(arguments: [
    ("triangular", [0.1, 0.3, 0.3]), ("cosine-restarts", [0.1, 0.3, 0.3]),
    ("cyclical-hann", [0.1, 0.3, 0.3]),
    // The second was to be (0.1 - 0.01) / 2 + 0.01, and the third halves again.
    ("triangular2", [0.1, 0.165, 0.0875]),
  ])
  func `raises the next peaks to three times what they were`(
    schedule: String, expected: [Double]
  ) throws {
    let plan = try plan(schedule)
    let next = try #require(plan.revised(after: curve(of: plan), at: 200, evaluationCount: 2500))
    #expect(isNear(peaks(next), expected), "\(peaks(next))")
    let change = try #require(next.plan.changes.last)
    #expect(change.step == 200)
    #expect(change.reason.contains("99.5 % of its training images and on 70.0 %"), "\(change)")
    for step in 0..<200 {
      #expect(next.plan.learningRate.value(at: step) == plan.plan.learningRate.value(at: step))
    }
    #expect(try JSONText.read(RunPlan.self, from: JSONText.data(next, isPretty: true)) == next)
    // What it decided it does not decide again.
    #expect(next.revised(after: curve(of: next), at: 200, evaluationCount: 2500) == nil)
  }

  /// Of 250 cycles every third is read, so that reading costs no more than 100 looks at the curve.
  @Test(arguments: [(200, false), (600, true)])
  func `is read at every third of very many`(update: Int, isRead: Bool) throws {
    let plan = try plan(steps: 50_000)
    let curve = curve(of: plan, to: update, scores: [0.7, 0.7, 0.7])
    #expect((plan.revised(after: curve, at: update, evaluationCount: 2500) != nil) == isRead)
  }

  /// The loss breaks away at 0.6: peaks may be raised to a third of that.
  @Test func `goes no higher than a third of the range test's edge`() throws {
    let plan = try plan(edge: 0.6)
    #expect(try abs(#require(plan.highestRate) - 0.2) < 1e-12)
    let next = try #require(plan.revised(after: curve(of: plan), at: 200, evaluationCount: nil))
    #expect(isNear(peaks(next), [0.1, 0.2, 0.2]))
    #expect(
      next.revised(
        after: curve(of: next, to: 400, scores: [0.7, 0.7]), at: 400, evaluationCount: nil) == nil)
    let near = try Self.unchanged(edge: 0.31)
    #expect(near == nil, "a third of that is hardly more than there is")
    // 0.6 at a momentum of 0.85 is 0.2 at 0.95, whose third is 0.067: below what it has.
    #expect(try #require(try PlanAt95.plan.highestRate) < 0.1)
  }

  /// A third of 0.36 is 0.12 at a momentum of 0.85; triangular2's second peak has 0.9, at which that is 0.08.
  @Test func `goes no higher at the momentum of the next peak`() throws {
    let plan = try plan("triangular2", edge: 0.36)
    let momentum = try #require(plan.plan.values(at: plan.cycles[1].peak).momentum)
    #expect(abs(momentum - 0.9) < 1e-9)
    let next = try #require(plan.revised(after: curve(of: plan), at: 200, evaluationCount: 2500))
    #expect(abs(peaks(next)[1] - 0.08) < 1e-9, "\(peaks(next))")
  }

  private static func unchanged(edge: Double) throws -> RunPlan? {
    let plan = try plan(edge: edge)
    return plan.revised(after: curve(of: plan), at: 200, evaluationCount: nil)
  }

  private enum PlanAt95 {
    static var plan: RunPlan {
      get throws { try PlanningTests.plan("cosine-restarts", edge: 0.6) }
    }
  }

  /// 450 updates are two cycles of 200 and a quarter of one.
  @Test func `raises no peak of a cycle that the run's end cuts short`() throws {
    let plan = try plan { $0.budget.steps = 450 }
    #expect(plan.cycles.map(\.isWhole) == [true, true, false])
    #expect(plan.revised(after: curve(of: plan), at: 200, evaluationCount: 2500) != nil)
    let late = curve(of: plan, to: 400, scores: [0.7, 0.7])
    #expect(plan.revised(after: late, at: 400, evaluationCount: 2500) == nil)
  }

  @Test func `raises no peak where no range test was made`() throws {
    let plan = try plan(edge: nil)
    #expect(plan.highestRate == nil)
    #expect(plan.revised(after: curve(of: plan), at: 200, evaluationCount: nil) == nil)
  }

  @Test func `goes no higher than ten times below the edge with trained weights`() throws {
    let tuned = try plan(edge: 2) { $0.model.weights = "some.safetensors" }
    #expect(try abs(#require(tuned.highestRate) - 0.2) < 1e-12)
  }

  @Test func `raises AdamW's weight decay to three times what it was, and not its rate`() throws {
    let plan = try plan {
      ($0.optimizer.name, $0.optimizer.weightDecay) = (.adamw, 0.01)
    }
    let next = try #require(plan.revised(after: curve(of: plan), at: 200, evaluationCount: nil))
    #expect(peaks(next) == peaks(plan))
    #expect(next.plan.values(at: 199).weightDecay == 0.01)
    #expect(next.plan.values(at: 200).weightDecay == 0.03)
    // Worse by far more than chance: back to what it was, and not up again.
    let worse = curve(of: next, to: 400, scores: [0.7, 0.5])
    let back = try #require(next.revised(after: worse, at: 400, evaluationCount: 2500))
    #expect(back.plan.values(at: 400).weightDecay == 0.01 && peaks(back) == peaks(plan))
    #expect(back.loweredAt == [400])
    // By the mean rate of 0.055 over 600 updates a decay of 0.12 forgets all but exp(-4).
    let strong = try Self.strong()
    #expect(strong == nil)
  }

  private static func strong() throws -> RunPlan? {
    let plan = try plan { ($0.optimizer.name, $0.optimizer.weightDecay) = (.adamw, 0.12) }
    return plan.revised(after: curve(of: plan), at: 200, evaluationCount: nil)
  }

  @Test func `is no reason where the model still learns, and none at the end`() throws {
    let plan = try plan()
    for training in [0.9, nil] {
      let curve = curve(of: plan, training: training)
      #expect(plan.revised(after: curve, at: 200, evaluationCount: 2500) == nil)
    }
    let whole = curve(of: plan, to: 600, scores: [0.7, 0.7, 0.7])
    #expect(plan.revised(after: whole, at: 600, evaluationCount: 2500) == nil)
    let amid = curve(of: plan, to: 250)
    #expect(plan.revised(after: amid, at: 250, evaluationCount: 2500) == nil)
  }
}

@Suite struct `A trough that is worse than the one before` {
  /// Of 2,500 images two standard errors are 2.6 points.
  @Test(arguments: [("triangular", 0.66), ("cosine-restarts", 0.66), ("triangular", 0.69)])
  func `halves the next peaks where that is more than chance`(
    schedule: String, score: Double
  ) throws {
    let plan = try plan(schedule)
    let curve = curve(of: plan, to: 400, training: 0.8, scores: [0.7, score])
    let next = plan.revised(after: curve, at: 400, evaluationCount: 2500)
    guard score < 0.67 else {
      #expect(next == nil)
      return
    }
    let lowered = try #require(next)
    #expect(isNear(peaks(lowered), [0.1, 0.1, 0.05]), "\(peaks(lowered))")
    #expect(lowered.loweredAt == [400])
    #expect(
      lowered.plan.changes.last?.reason == "the score at the trough fell from 70 % to 66 %")
    // How many images there are is not known: then a score's chance is not either.
    #expect(plan.revised(after: curve, at: 400, evaluationCount: nil)?.loweredAt == nil)
  }

  @Test func `is not raised again`() throws {
    let plan = try plan { $0.budget.steps = 600 }
    let worse = curve(of: plan, to: 200)
    let raised = try #require(plan.revised(after: worse, at: 200, evaluationCount: 2500))
    let lost = curve(of: raised, to: 400, scores: [0.7, 0.5])
    let lowered = try #require(raised.revised(after: lost, at: 400, evaluationCount: 2500))
    #expect(isNear(peaks(lowered), [0.1, 0.3, 0.15]))
  }

  @Test func `leaves what is added to the run at the peaks that it has`() throws {
    let plan = try plan("cosine-restarts")
    let next = try #require(plan.revised(after: curve(of: plan), at: 200, evaluationCount: nil))
    let longer = try #require(next.plan.extended(byCycles: 2, totalSteps: 600, reason: "more"))
    let cycles = RunCycle.cycles(of: longer.plan, upTo: longer.totalSteps)
    #expect(isNear(cycles.map(\.peakRate), [0.1, 0.3, 0.3, 0.3, 0.3]))
  }
}
