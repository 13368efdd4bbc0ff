import Formatting
import Foundation
import Planning
import Runs
import Schedules
import Settings
import Testing
import Tuning

let budget = Budget(totalSteps: 2808, stepsPerEpoch: 468, batchSize: 128)
let range = LearningRateRange(base: 0.0123456, max: 0.234567)

func settings(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
  var settings = RunSettings()
  settings.budget.epochs = 6
  settings.budget.batchSize = 128
  settings.schedule.baseMomentum = 0.85
  settings.schedule.maxMomentum = 0.95
  change(&settings)
  return settings
}

@Suite struct `A run's plan` {
  @Test func `with nothing typed is one cycle over the range that was found`() throws {
    let plan = try RunPlan(settings: settings().resolved, range: range, budget: budget)
    #expect(plan.lines.last?.hasPrefix("one-cycle, since several cycles to the same step") == true)
    #expect(plan.settings.schedule.kind == ScheduleEntry.catalog["one-cycle"])
    #expect(plan.settings.schedule.maxLR == 0.235)
    #expect(plan.settings.schedule.baseLR == 0.0123)
    #expect(plan.plan.learningRate.value(at: 0) == 0.0123)
    #expect(plan.plan.learningRate.value(at: 702) == 0.235)
    #expect(plan.plan.momentum?.value(at: 0) == 0.95)
    #expect(plan.plan.momentum?.value(at: 702) == 0.85)
    #expect(plan.findings == [])
    // A quarter of 2,808 updates, and the rest.
    #expect(plan.lines.contains("rise of 702 updates (1.5 epochs), fall of 2106 (4.5), 1 cycle"), "\(plan.lines)")
  }

  @Test func `with cycles that rise as long as they fall has one number for both`() throws {
    let typed = settings {
      $0.schedule.kind = ScheduleEntry.catalog["triangular"]
      $0.schedule.stepSize = .epochs(1)
    }
    let plan = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    #expect(plan.lines.contains("half-cycle 468 updates (1 epoch), 3 cycles"), "\(plan.lines)")
  }

  /// One update stands at the peak, since there is none to rise in; two rise and fall.
  @Test(arguments: [
    (1, ["learning rate from 0.5", "over 1 update of 128 images (0.00214 epochs)"]),
    (
      2,
      [
        "learning rate from 0.1 to 0.5", "rise of 1 update (0.00214 epochs), fall of 1 (0.00214), 1 cycle",
        "over 2 updates of 128 images (0.00427 epochs)",
      ]
    ),
  ])
  func `of hardly any updates says what there is`(steps: Int, lines: [String]) throws {
    let typed = settings {
      ($0.budget.steps, $0.schedule.kind) = (steps, ScheduleEntry.catalog["one-cycle"])
      ($0.schedule.baseLR, $0.schedule.maxLR) = (0.1, 0.5)
    }
    let budget = Budget(totalSteps: steps, stepsPerEpoch: 468, batchSize: 128)
    let plan = try RunPlan(settings: typed.resolved, range: nil, budget: budget)
    #expect(Array(plan.lines.prefix(lines.count)) == lines, "\(plan.lines)")
  }

  @Test(arguments: [
    ("label-smoothing", settings { $0.optimizer.labelSmoothing = 0.1 }, [TaskDescription.classify]),
    ("mixup", settings { $0.augmentation.mixup = 0.2 }, [.classify]),
    ("rotate-90", settings { $0.augmentation.rotate90 = true }, [.segment, .detect]),
    (
      "scale-jitter", settings { $0.augmentation.scaleJitter = NumberRange(0.75...1.5) },
      [.segment, .detect]
    ),
    ("rotation", settings { $0.augmentation.rotation = 15 }, [.segment]),
    ("elastic", settings { $0.augmentation.elastic = 4 }, [.segment]),
    ("mosaic", settings { $0.augmentation.mosaic = 0.5 }, [.detect]),
  ])
  func `has no setting of another task's`(
    key: String, typed: RunSettings, owners: [TaskDescription]
  ) throws {
    for task in TaskDescription.allCases {
      if owners.contains(task) {
        try typed.check(for: task)
      } else {
        #expect(
          throws: SettingsError.otherTask(
            key: key, task: task.rawValue, tasks: owners.map(\.rawValue))
        ) { try typed.check(for: task) }
      }
    }
  }

  /// The issue's rule: what Rondo chose is printed as flags that give the same run.
  @Test(arguments: [
    ["--epochs", "6"], ["--epochs", "6", "--schedule", "triangular"],
    ["--epochs", "6", "--step-size", "2ep"], ["--epochs", "6", "--schedule", "exp-range"],
    ["--epochs", "60"], ["--epochs", "6", "--schedule", "constant"],
    ["--epochs", "6", "--schedule", "step-decay"], ["--epochs", "6", "--schedule", "cosine"],
    ["--epochs", "6", "--schedule", "cosine-restarts"],
    ["--epochs", "6", "--schedule", "cosine-restarts", "--t-mult", "1.5"],
    ["--epochs", "6", "--schedule", "cosine-restarts", "--step-size", "1ep", "--base-lr", "0.001"],
    ["--epochs", "6", "--schedule", "cosine-restarts", "--warmup", "5%"],
    ["--epochs", "6", "--schedule", "cosine", "--warmup", "1ep", "--base-lr", "0.001"],
    ["--epochs", "6", "--schedule", "inverse-sqrt"],
    ["--epochs", "6", "--schedule", "piecewise-linear"],
    ["--epochs", "6", "--schedule", "wsd"], ["--epochs", "6", "--schedule", "wsd-linear"],
    ["--epochs", "6", "--schedule", "warmup-cosine", "--warmup", "2ep"],
    ["--epochs", "6", "--schedule", "rex", "--base-lr", "0.001"],
    ["--epochs", "6", "--schedule", "cyclical-hann"],
    ["--epochs", "6", "--schedule", "exponential"],
  ])
  func `given again as flags is the same plan`(typed: [String]) throws {
    let first = try RunSettings { try apply(typed, to: &$0) }.filled(from: settings())
    let epochs = try #require(first.budget.epochs)
    let budget = Budget(totalSteps: Int(epochs) * 468, stepsPerEpoch: 468, batchSize: 128)
    let plan = try RunPlan(settings: first.resolved, range: range, budget: budget)
    var pasted = RunSettings()
    try apply(plan.flags.split(separator: " ").map(String.init), to: &pasted)
    #expect(!pasted.resolved.needsRange)
    let again = try RunPlan(
      settings: pasted.resolved, range: nil,
      budget: try pasted.resolved.makeBudget(trainingCount: 468 * 128))
    #expect(again.plan == plan.plan)
    #expect(again.budget == plan.budget)
  }

  private func apply(_ flags: [String], to settings: inout RunSettings) throws {
    for index in stride(from: 0, to: flags.count - 1, by: 2) {
      try settings.set(String(flags[index].dropFirst(2)), to: flags[index + 1])
    }
  }

  @Test func `keeps what was typed`() throws {
    let typed = settings {
      $0.schedule.kind = ScheduleEntry.catalog["triangular"]
      $0.schedule.maxLR = 0.5
      $0.schedule.stepSize = .epochs(1)
    }
    let plan = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    #expect(plan.settings.schedule.maxLR == 0.5)
    #expect(plan.cycle?.stepsUp == 468)
    #expect(plan.cycle?.peak == 0.5)
  }

  @Test func `warns of a half-cycle longer than the run`() throws {
    let typed = settings {
      $0.schedule.kind = ScheduleEntry.catalog["triangular"]
      $0.schedule.stepSize = .steps(5000)
      $0.budget.steps = 2808
    }
    let plan = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    guard case .halfCycleLongerThanRun(stepsUp: 5000, totalSteps: 2808, _)? = plan.findings.first
    else {
      Issue.record("\(plan.findings)")
      return
    }
    #expect("\(plan.findings[0])".contains("never reaches the peak"))
  }
}
