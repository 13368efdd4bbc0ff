import Foundation
import Schedules
import TestSupport
import Testing

@testable import Exporting

/// Schedules of every kind that has a formula, and two that have none.
private let made: [(String, AnySchedule)] = [
  ("constant", AnySchedule(Constant(0.1))),
  ("triangular", AnySchedule(Triangular(from: 0.001, to: 0.006, stepSize: 7, stepSizeDown: 5))),
  ("descent", AnySchedule(Triangular(from: 0.001, to: 0.006, stepSize: 0, stepSizeDown: 5))),
  ("ascent", AnySchedule(Triangular(from: 0.001, to: 0.006, stepSize: 5, stepSizeDown: 0))),
  ("triangular2", AnySchedule(Triangular2(from: 0.001, to: 0.006, stepSize: 7))),
  (
    "exp-range", AnySchedule(ExponentialRange(from: 0.001, to: 0.006, stepSize: 7, gamma: 0.97))
  ),
  (
    "exp-range, paper",
    AnySchedule(
      ExponentialRange(from: 0.001, to: 0.006, stepSize: 7, gamma: 0.97, dialect: .paper))
  ),
  ("one-cycle", AnySchedule(OneCycle.pytorch(maxLR: 0.3, totalSteps: 61))),
  (
    "one-cycle, three phases",
    AnySchedule(OneCycle.pytorch(maxLR: 0.3, totalSteps: 61, anneal: .linear, threePhase: true))
  ),
  ("one-cycle, fastai", AnySchedule(OneCycle.fastai(lrMax: 0.3, totalSteps: 61))),
  (
    "one-cycle at its peak",
    AnySchedule(OneCycle(from: 0.1, to: 1, ending: 0, stepsUp: 0, totalSteps: 1))
  ),
  ("restarts", AnySchedule(CosineRestarts(to: 0.1, floor: 0.01, firstCycle: 9, peakDecay: 0.8))),
  ("limited restarts", AnySchedule(CosineRestarts(to: 0.1, firstCycle: 9, cycleLimit: 3))),
  ("longer restarts", AnySchedule(CosineRestarts(to: 0.1, firstCycle: 9, lengthMultiplier: 2))),
  (
    "cyclical",
    AnySchedule(Cyclical(from: 0.1, to: 1, stepSize: 4, window: .hann, lengthMultiplier: 1.5))
  ),
  ("linear", AnySchedule(LinearRamp(from: 0.1, to: 0.01, steps: 33))),
  ("cosine", AnySchedule(CosineDecay(from: 0.1, to: 0.01, steps: 33))),
  ("step", AnySchedule(StepDecay(initial: 0.1, factor: 0.7, every: 11))),
  ("multi-step", AnySchedule(MultiStepDecay(initial: 0.1, factor: 0.3, milestones: [5, 5, 30]))),
  ("exponential", AnySchedule(ExponentialDecay(initial: 0.1, gamma: 0.98))),
  ("polynomial", AnySchedule(PolynomialDecay(from: 0.1, to: 0.01, exponent: 1.7, steps: 33))),
  ("inverse-sqrt", AnySchedule(InverseSquareRoot(peak: 0.1, timescale: 12))),
  ("piecewise", AnySchedule(PiecewiseLinear([(3, 0.2), (20, 1), (20, 0.5), (50, 0.07)]))),
  (
    "smith's",
    Triangular2(from: 0.001, to: 0.005, stepSize: 8)
      .followed(by: Triangular2(from: 1e-4, to: 5e-4, stepSize: 4), after: 32)
      .followed(by: Triangular2(from: 1e-5, to: 5e-5, stepSize: 2), after: 56)
  ),
  (
    "all compositions",
    Triangular(from: 0.1, to: 0.3, stepSize: 4)
      .multiplied(by: StepDecay(initial: 1, factor: 0.5, every: 10)).clamped(from: 0.05, to: 0.25)
      .repeated(every: 17, times: 3).reversed(over: 70).delayed(by: 5).scaled(by: 0.9)
      .warmedUp(over: 6)
  ),
]

/// Those that a run can name, planned for 80 updates.
private let named = ScheduleEntry.catalog.entries.map { entry in
  (
    "\(entry.name), planned",
    entry.schedule(
      ScheduleShape(low: 0.01, high: 0.3, total: 80, halfCycle: 9, warmUp: entry.rises ? 0 : 8))
  )
}

private let exported = made + named

private let steps = 90

@Suite struct `An exported schedule` {
  @Test func `has a formula, but for those whose cycles change their length`() {
    let tables = exported.filter { $0.1.pythonFormula() == nil }.map(\.0)
    #expect(
      tables == [
        "longer restarts", "cyclical", "cyclical-sine, planned", "cyclical-welch, planned",
        "cyclical-hann, planned",
      ])
  }

  @Test func `as JSON reads back equal`() throws {
    for (name, schedule) in exported {
      let plan = Plan(learningRate: schedule, momentum: AnySchedule(Constant(0.9)))
      let text = try ExportFormat.json.text(plan, steps: steps)
      #expect(try JSONDecoder().decode(Plan.self, from: Data(text.utf8)) == plan, "\(name)")
    }
  }

  @Test func `says what it does not carry over`() throws {
    let plan = Plan(
      learningRate: Constant(0.1), momentum: AnySchedule(Constant(0.9)),
      weightDecay: AnySchedule(Constant(1e-4)), groups: ["head": AnySchedule(Constant(10))])
    let rest = "weight decay; the factors of head."
    for format in [ExportFormat.pytorch, .optax] {
      #expect(try format.text(plan, steps: 9).contains("\n# Not exported: \(rest)\n"))
    }
    #expect(
      try ExportFormat.keras.text(plan, steps: 9)
        .contains("\n# Not exported: momentum; \(rest)\n"))
    let bare = Plan(learningRate: Constant(0.1))
    #expect(try !ExportFormat.keras.text(bare, steps: 9).contains("Not exported"))
  }

  /// Runs Python, if this machine has one with this module; says so where it has not.
  private func python(_ module: String, _ program: String) throws -> String? {
    let environment = ProcessInfo.processInfo.environment
    let beside = environment["LIBTORCH"].map { $0 + "/../../../../bin/python3" }
    let candidates = [beside, "/usr/bin/python3", "/usr/local/bin/python3"].compactMap { $0 }
    let lacking: Int32 = 77
    let directory = TemporaryDirectory()
    try directory.write(
      "try: import \(module)\nexcept ImportError: raise SystemExit(\(lacking))\n" + program,
      "program.py")
    for python in candidates where FileManager.default.isExecutableFile(atPath: python) {
      let (status, output) = try run(python, [directory.path("program.py")])
      if status == lacking { continue }
      #expect(status == 0, "\(output)")
      return output
    }
    print("skipped: no Python here has \(module)")
    return nil
  }

  private func run(_ program: String, _ arguments: [String]) throws -> (
    status: Int32, output: String
  ) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PYTHONWARNINGS": "ignore", "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"]
    ) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  /// One program for all: each exported text in a namespace of its own, a line of numbers for each.
  private func program(_ format: ExportFormat, _ use: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    var text = "import json\n"
    for (_, schedule) in exported {
      let plan = Plan(
        learningRate: schedule, momentum: AnySchedule(Triangular(from: 0.95, to: 0.85, stepSize: 7))
      )
      let exported = try format.text(plan, steps: steps)
      let literal = String(decoding: try encoder.encode(exported), as: UTF8.self)
      text += "space = {}\nexec(\(literal), space)\n\(use)\n"
    }
    return text
  }

  private func compare(_ lines: [Substring], tolerance: Double, momentum: Bool) throws {
    #expect(lines.count == exported.count)
    for ((name, schedule), line) in zip(exported, lines) {
      guard let rows = try? JSONDecoder().decode([[Double]].self, from: Data(line.utf8)) else {
        Issue.record("\(name): \(line)")
        continue
      }
      #expect(rows.count == steps)
      let highest = (0..<steps).map(schedule.value).max() ?? 1
      for (step, row) in rows.enumerated() {
        let apart = abs(row[0] - schedule.value(at: step))
        #expect(apart <= tolerance * highest, "\(name) at \(step): \(row[0])")
        if momentum {
          let known = Triangular(from: 0.95, to: 0.85, stepSize: 7).value(at: step)
          #expect(abs(row[1] - known) <= tolerance)
        }
      }
    }
  }

  @Test func `runs in PyTorch, with momentum or beta1`() throws {
    let use = """
      import torch
      parameter = torch.nn.Parameter(torch.zeros(1))
      for optimizer, momentum in [
          (torch.optim.SGD([parameter], lr=1, momentum=0.5), lambda group: group["momentum"]),
          (torch.optim.Adam([parameter]), lambda group: group["betas"][0])]:
          scheduler = space["RondoLR"](optimizer)
          rows = []
          for _ in range(\(steps)):
              group = optimizer.param_groups[0]
              rows.append([group["lr"], momentum(group)])
              optimizer.step()
              scheduler.step()
          print(json.dumps(rows))
      """
    guard let output = try python("torch", program(.pytorch, use)) else { return }
    let lines = output.split(separator: "\n")
    for optimizer in 0..<2 {
      let own = lines.indices.filter { $0 % 2 == optimizer }.map { lines[$0] }
      try compare(own, tolerance: 1e-14, momentum: true)
    }
  }

  @Test func `runs in optax, traced by jit`() throws {
    let use = """
      import jax
      rate, momentum = jax.jit(space["learning_rate"]), jax.jit(space["momentum"])
      rows = [[float(rate(t)), float(momentum(t))] for t in range(\(steps))]
      print(json.dumps(rows))
      """
    guard let output = try python("jax", program(.optax, use)) else { return }
    try compare(output.split(separator: "\n"), tolerance: 2e-6, momentum: true)
  }

  @Test func `runs in Keras`() throws {
    let use = """
      schedule = space["RondoSchedule"]()
      print(json.dumps([[float(schedule(t))] for t in range(\(steps))]))
      """
    guard let output = try python("keras", program(.keras, use)) else { return }
    try compare(output.split(separator: "\n"), tolerance: 2e-6, momentum: false)
  }
}
