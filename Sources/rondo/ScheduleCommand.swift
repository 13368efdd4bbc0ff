import ArgumentParser
import Foundation
import Planning
import Reporting
import Runs
import Schedules

/// `rondo schedule`: draws and prints a schedule; needs no data, no model, no LibTorch.
struct ScheduleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedule", abstract: "Prints or draws a schedule, update by update.",
    discussion: """
      rondo schedule triangular --base-lr 0.001 --max-lr 0.006 --step-size-up 2000 --steps 8000 \
      --format csv
      rondo schedule one-cycle --base-lr 0.04 --max-lr 1 --total-steps 1000 --format svg
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case csv, svg
  }

  @Argument(help: "triangular, triangular2, exp-range, one-cycle or constant.")
  var schedule: String
  @Option(name: .customLong("base-lr"), help: "The lower bound.")
  var baseLR: Double?
  @Option(name: .customLong("max-lr"), help: "The upper bound.")
  var maxLR: Double
  @Option(help: "Updates up.")
  var stepSizeUp: Int?
  @Option(help: "Updates down, if not as many.")
  var stepSizeDown: Int?
  @Option(help: "The decay of exp-range, an update.")
  var gamma = 1.0
  @Option(help: "one-cycle's length in updates.")
  var totalSteps: Int?
  @Option(help: "The part of one-cycle that rises.")
  var pctStart = 0.25
  @Option(help: "By how much one-cycle ends below its start.")
  var finalDivFactor = 100.0
  @Option(help: "one-cycle's shape: linear or cos.")
  var anneal = Anneal.linear
  @Option(help: "Momentum at the peak.")
  var baseMomentum: Double?
  @Option(help: "Momentum at the trough.")
  var maxMomentum: Double?
  @Option(help: "Updates to print; by default those of the schedule.")
  var steps: Int?
  @Option(help: "csv or svg.")
  var format = Format.csv

  func run() throws {
    let settings = try settings()
    let total = steps ?? totalSteps ?? 4 * (stepSizeUp ?? 250)
    let budget = Budget(totalSteps: totalSteps ?? total, stepsPerEpoch: 1, batchSize: 1)
    let plan = try settings.plan(in: budget, stepSizeDown: stepSizeDown)
    switch format {
    case .csv: Console.give(csv(plan, total))
    case .svg: Console.give(svg(plan, total))
    }
  }

  private func settings() throws -> RunSettings {
    var settings = RunSettings()
    settings.schedule = schedule
    settings.baseLR = baseLR ?? maxLR / 25
    settings.maxLR = maxLR
    settings.gamma = gamma
    settings.anneal = anneal.rawValue
    settings.finalDivFactor = finalDivFactor
    settings.baseMomentum = baseMomentum
    settings.maxMomentum = maxMomentum
    settings.steps = steps
    let total = totalSteps ?? steps
    let isOneCycle = schedule == ScheduleName.oneCycle.rawValue
    if isOneCycle, total == nil {
      throw SettingsError.missing(key: "total-steps", because: "one-cycle is as long as its run")
    }
    let up = isOneCycle ? Int((pctStart * Double(total ?? 0)).rounded()) : stepSizeUp ?? 2000
    settings.stepSize = String(up)
    try settings.check()
    return settings
  }

  private func csv(_ plan: Plan, _ total: Int) -> String {
    var text = "step,learning_rate,momentum\n"
    text.reserveCapacity(total * 48)
    for step in 0..<max(0, total) {
      let values = plan.values(at: step)
      text += "\(step),\(values.learningRate),\(values.momentum.map { "\($0)" } ?? "")\n"
    }
    text.removeLast()
    return text
  }

  private func svg(_ plan: Plan, _ total: Int) -> String {
    let steps = (0..<max(1, total)).map(Double.init)
    let rates = steps.map { plan.learningRate.value(at: Int($0)) }
    var chart = Chart(
      title: schedule, xLabel: "update",
      series: [.init(name: "learning rate", x: steps, y: rates)])
    chart.marks = plan.troughs(upTo: total).map(Double.init)
    return chart.svg(standalone: true)
  }
}

extension Anneal: ExpressibleByArgument {}
