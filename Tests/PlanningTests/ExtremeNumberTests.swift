import Foundation
import Planning
import Runs
import Schedules
import Settings
import Testing

/// Numbers that are typed by mistake, or to see what happens.
private let extremes = [
  Double.nan, .infinity, -.infinity, -0.0, 0, -1, 1, 0.5, 1e308, -1e308, .leastNonzeroMagnitude,
  1e30, 0x1p63,
]
private let fullImages = [Int.max, .min, -1, 0, 1, 2, 1 << 62, 1 << 31, 100_000_000]

@Suite struct `A schedule that is asked for with extreme numbers` {
  private static let kinds = ScheduleEntry.catalog.names

  private func request(_ kind: String) -> ScheduleRequest {
    var request = ScheduleRequest(kind: kind)
    (request.baseLR, request.maxLR) = (0.001, 0.006)
    (request.stepSizeUp, request.totalSteps, request.t0) = (20, 100, 10)
    if ScheduleEntry.catalog[kind]?.rises == false { request.baseLR = nil }
    return request
  }

  @Test(arguments: kinds) func `is refused in words, or can be drawn`(kind: String) throws {
    let reals: [WritableKeyPath<ScheduleRequest, Double?>] = [
      \.baseLR, \.maxLR, \.minLR, \.gamma, \.pctStart, \.divFactor, \.finalDivFactor, \.tMult,
      \.baseMomentum, \.maxMomentum,
    ]
    let integers: [WritableKeyPath<ScheduleRequest, Int?>] = [
      \.stepSizeUp, \.stepSizeDown, \.totalSteps, \.t0, \.warmup,
    ]
    for dialect in [nil, "pytorch", "fastai", "exact", "paper"] {
      func check(_ change: (inout ScheduleRequest) -> Void) {
        var request = request(kind)
        request.dialect = dialect
        change(&request)
        do {
          let plan = try request.plan()
          let steps = request.defaultSteps(of: plan)
          #expect((1...Budget.maximumSteps).contains(steps))
          for step in [0, 1, 10, 99, steps - 1, steps, .max] {
            let rate = plan.learningRate.value(at: step)
            #expect(rate.isFinite && rate >= 0, "\(request) at \(step): \(rate)")
          }
          // Their number is what takes time.
          let fewer = min(steps, 1_000_000)
          _ = plan.findings(in: Budget(totalSteps: fewer, stepsPerEpoch: 7, batchSize: 1))
        } catch {
          #expect(error is SettingsError)
        }
      }
      for path in reals {
        for value in extremes { check { $0[keyPath: path] = value } }
      }
      for path in integers {
        for value in fullImages { check { $0[keyPath: path] = value } }
      }
    }
  }
}

@Suite struct `Settings with extreme numbers` {
  private static let keys = RunSettings.declarations.map(\.key)

  @Test(arguments: keys) func `are refused in words, or make a plan`(key: String) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("rondo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("config.yaml")
    let values = [
      ".nan", ".inf", "-.inf", "-0", "0", "-1", "1", "1e308", "-1e308", "5e-324", "1e30",
      "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e400",
    ]
    for schedule in ["triangular2", "cosine-restarts", "one-cycle", "exp-range"] {
      for value in values + values.map({ "\($0),\($0)" }) + values.map({ "\($0)ep" }) {
        var keys = ["schedule": schedule, "max-lr": "0.1", "steps": "100", "batch-size": "8"]
        if ["epochs", "minutes"].contains(key) { keys["steps"] = nil }
        if schedule != "cosine-restarts" { keys["base-lr"] = "0.01" }
        keys[key] = "\(value)"
        let text = keys.map { "\($0): \($1)\n" }.joined()
        try Data(text.utf8).write(to: file)
        do {
          let settings = try RunSettings.read(from: file.path)
          try settings.check()
          let pace = MeasuredSpeed(secondsPerUpdate: 0.1, secondsPerEvaluation: 1, secondsSpent: 1)
          let budget = try settings.resolved.makeBudget(trainingCount: 1000, pace: pace)
          #expect((1...Budget.maximumSteps).contains(budget.totalSteps))
          // A plan of a hundred million updates lists all its cycles, which takes its time.
          guard budget.totalSteps <= 100_000 else { continue }
          let plan = try RunPlan(
            settings: settings.resolved, range: nil, budget: budget, baselineLoss: nil)
          #expect(!plan.lines.isEmpty)
          _ = plan.findings
          _ = plan.plan.troughs(upTo: min(10_000, budget.totalSteps))
          for step in [0, 1, budget.totalSteps, .max] {
            #expect(plan.plan.values(at: step).learningRate.isFinite)
          }
        } catch {
          #expect(error is SettingsError || error is RunError, "\(key): \(value): \(error)")
        }
      }
    }
  }

  @Test func `have no more updates than can be planned`() throws {
    var settings = RunSettings()
    settings.budget.steps = .max
    #expect { try settings.check() } throws: {
      "\($0)".contains("--steps is 9223372036854775807, but must be from 1 to 100000000")
    }
    settings.budget.steps = nil
    settings.budget.epochs = 1e8
    settings.budget.batchSize = 1
    try settings.check()
    #expect { try settings.resolved.makeBudget(trainingCount: 50_000) } throws: {
      "\($0)".contains("at most 2000")
    }
  }
}
