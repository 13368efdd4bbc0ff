import ArgumentParser
import Exporting
import Foundation
import Planning
import Reporting
import Runs
import Schedules
import Settings

/// `rondo schedule`: draws and prints a schedule; needs no data, no model, no LibTorch.
struct ScheduleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedule", abstract: "Draws a schedule, or exports it.",
    discussion: """
      rondo schedule triangular2 --base-lr 0.001 --max-lr 0.006 --step-size-up 2000
      rondo schedule one-cycle --max-lr 1 --total-steps 1000 --format csv
      rondo schedule --file plan.yaml --steps 35190 --format svg > rate.svg
      rondo schedule cosine-restarts --max-lr 0.1 --t-0 10 --t-mult 2 --steps 70 --export pytorch
      rondo schedule cosine --max-lr 0.1 --total-steps 1000 --warmup 50
      rondo schedule one-cycle --dialect exact --max-lr 0.4 --total-steps 1000

      one-cycle and exp-range are drawn as PyTorch has them, unless --dialect names another version: --dialect exact \
      is one-cycle as 'rondo train' uses it. All others are those of 'rondo train'.

      The schedules, which 'rondo train --schedule' takes too:
      \(ScheduleEntry.catalog.entries.map { "\($0.name): \($0.summary)" }.joined(separator: "\n"))
      \(ScheduleEntry.reduceOnPlateauNote)
      """)

  enum Format: String, NamedArgument {
    case text, csv, svg
  }

  @Argument(help: "A schedule's name; listed above.")
  var schedule: String?
  @Option(help: "A plan in YAML or JSON, instead of a name and numbers.")
  var file: String?

  @OptionGroup var settings: DeclaredFlags<DrawnSettings>
  @Option(
    name: .customLong("min-lr"),
    help: "The lower bound of what falls from the upper one; 0 by default.")
  var minLR: Double?
  @Option(help: "Updates of the rising half.")
  var stepSizeUp: Int?
  @Option(help: "Updates of the falling half; by default as many.")
  var stepSizeDown: Int?
  @Option(
    help: """
      Whose version is drawn, with its defaults. one-cycle: pytorch (the default; as OneCycleLR: cos, ends at its \
      start / 1e4), fastai (as fit_one_cycle: cos, ends at its peak / 1e5), exact (as 'rondo train': linear, ends at \
      its start / 100). exp-range: pytorch (the default, and 'rondo train'; as CyclicLR), paper (as Smith 2017).
      """)
  var dialect: String?
  @Option(help: "The length of the run in updates, for what depends on it.")
  var totalSteps: Int?
  @Option(help: "one-cycle: the rising share; 0.3 by default, 0.25 as fastai and 'rondo train' have it.")
  var pctStart: Double?
  @Option(help: "one-cycle: the peak divided by the start; 25 by default (or --base-lr, with --dialect exact).")
  var divFactor: Double?
  @Flag(help: "one-cycle: back to the start first, and then to the end.")
  var threePhase = false
  @Option(help: "Updates of a rise from 0 before the schedule.")
  var warmup: Int?
  @Option(name: .customLong("t-0"), help: "cosine-restarts: updates in the first cycle.")
  var t0: Int?

  @Option(help: "Updates to show; by default those of the schedule, or four cycles.")
  var steps: Int?
  @Option(help: "Updates in an epoch, for the plan's check.")
  var stepsPerEpoch: Int?
  @Option(help: "text (a drawing and the plan's findings), csv or svg. (default: text)")
  var format: Format?
  @Option(help: "Export for another program: pytorch, keras, optax, json or csv.")
  var export: ExportFormat?

  func run() throws {
    let (plan, steps, title, note) = try drawn()
    if let export {
      if let format {
        throw ValidationError(
          "--format \(format.rawValue) is for what is shown, and --export writes \(export.rawValue): keep one of them.")
      }
      if export == .csv { return csv(plan, steps) }
      guard self.steps != nil || plan.learningRate.length != nil || totalSteps != nil || !export.isTable(plan) else {
        throw ValidationError(
          "\(title ?? "This plan") has no formula and is written as a table, update by update: give --steps, the number of "
            + "updates of your run.")
      }
      return Console.output(try export.text(plan, steps: steps))
    }
    switch format ?? .text {
    case .text:
      let lines = ScheduleDrawing.lines(
        plan, title: title, steps: steps, stepsPerEpoch: stepsPerEpoch)
      for line in lines + (note.map { ["note: " + $0] } ?? []) { Console.output(line) }
    case .csv: csv(plan, steps)
    case .svg:
      let chart = ScheduleDrawing.chart(plan, title: title ?? "plan", steps: steps)
      Console.output(chart.svg(standalone: true))
    }
  }

  /// What is drawn: the plan, the updates to show, and of a schedule by name whose version it is.
  private func drawn() throws -> (plan: Plan, steps: Int, title: String?, note: String?) {
    if let steps, !(1...100_000_000).contains(steps) {
      throw SettingsError.notAllowed(
        key: "steps", value: "\(steps)", allowed: "from 1 to 100000000")
    }
    if let stepsPerEpoch, stepsPerEpoch < 1 {
      throw SettingsError.notAllowed(
        key: "steps-per-epoch", value: "\(stepsPerEpoch)", allowed: "at least 1")
    }
    if let file {
      guard schedule == nil else {
        throw ValidationError("Name a schedule or a --file, not both.")
      }
      if let misplaced = try given.first {
        throw ValidationError("\(misplaced) is for a schedule by name, and --file has a plan of its own; leave it out.")
      }
      let plan = try PlanFile.read(file)
      return (plan, steps ?? ScheduleRequest(kind: "").defaultSteps(of: plan), nil, nil)
    }
    guard let schedule else {
      throw ValidationError("Name a schedule, such as triangular2, or a --file with a plan.")
    }
    let request = try request(schedule)
    let plan = try request.plan()
    let (title, note) = try request.title()
    return (plan, steps ?? request.defaultSteps(of: plan), title, note)
  }

  /// The flags of a schedule's numbers that were typed.
  private var given: [String] {
    get throws {
      try settings.typed().flags.filter { $0.hasPrefix("--") }
        + [
          ("min-lr", minLR != nil), ("step-size-up", stepSizeUp != nil), ("step-size-down", stepSizeDown != nil),
          ("dialect", dialect != nil), ("total-steps", totalSteps != nil), ("pct-start", pctStart != nil),
          ("div-factor", divFactor != nil), ("three-phase", threePhase), ("warmup", warmup != nil), ("t-0", t0 != nil),
        ].filter(\.1).map { "--" + $0.0 }
    }
  }

  private func request(_ kind: String) throws -> ScheduleRequest {
    var request = ScheduleRequest(kind: kind)
    let own = try settings.typed().schedule
    request.baseLR = own.baseLR
    request.maxLR = own.maxLR
    request.minLR = minLR
    request.stepSizeUp = stepSizeUp
    request.stepSizeDown = stepSizeDown
    request.gamma = own.gamma
    request.dialect = dialect
    request.totalSteps = totalSteps
    request.pctStart = pctStart
    request.divFactor = divFactor
    request.finalDivFactor = own.finalDivFactor
    request.anneal = own.anneal
    request.threePhase = threePhase
    request.warmup = warmup
    request.t0 = t0
    request.tMult = own.tMult
    request.baseMomentum = own.baseMomentum
    request.maxMomentum = own.maxMomentum
    return request
  }

  private func csv(_ plan: Plan, _ steps: Int) {
    ScheduleTable.csv(plan, steps: steps) { Console.output(Data($0)) }
  }
}

/// The settings of a run's schedule that a drawing has too.
enum DrawnSettings: FlagSource {
  private static let keys = [
    "max-lr", "base-lr", "anneal", "final-div-factor", "gamma", "t-mult", "base-momentum",
    "max-momentum",
  ]
  static let declarations = ScheduleSettings.declarations.filter { keys.contains($0.key) }

  /// Nothing is found here, and each version of a schedule has defaults of its own.
  static func argument(_ declaration: Declaration) -> any Sendable {
    let help =
      switch declaration.key {
      case "max-lr", "base-lr": declaration.help
      case "anneal", "final-div-factor": declaration.help + " (default: that of --dialect)"
      case "base-momentum", "max-momentum":
        declaration.help + " (default: no momentum; with one of the two given, the other is that of 'rondo train')"
      default: declaration.flagHelp
      }
    return declaration.argument(help: help)
  }
}

extension ExportFormat: NamedArgument {}
