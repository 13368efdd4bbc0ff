import Foundation
import Schedules
import TestSupport
import Testing

/// `rondo schedule`, which needs no LibTorch.
@Suite struct `The schedule command` {
  private let directory = TemporaryDirectory()

  private func rows(_ arguments: [String]) throws -> [[Substring]] {
    let result = try Program.run(["schedule"] + arguments + ["--format", "csv"], in: directory.url)
    #expect(result.status == 0, "\(result.messages)")
    let rows = result.output.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(rows.first == ["step", "learning_rate", "momentum"])
    return Array(rows.dropFirst())
  }

  @Test func `takes names as others write them`() throws {
    let flags = ["--max-lr", "1", "--total-steps", "8"]
    let listed = try Program.run(
      ["schedule", "one-cycle", "--anneal", "cos", "--export", "pytorch"] + flags, in: directory.url
    )
    let typed = try Program.run(
      ["schedule", "OneCycle", "--anneal", "COS", "--export", "PyTorch"] + flags, in: directory.url)
    #expect(listed.status == 0 && typed.status == 0, "\(typed.messages)")
    #expect(typed.output == listed.output)
    #expect(typed.output.contains("RondoLR"))
  }

  /// Compares every cell with a plan's value, to the last bit.
  private func expect(
    _ arguments: String, _ rate: some Schedule, _ momentum: AnySchedule? = nil, steps: Int,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let rows = try rows(arguments.split(separator: " ").map(String.init))
    #expect(rows.count == steps, sourceLocation: sourceLocation)
    for (step, row) in rows.enumerated() {
      #expect(Int(row[0]) == step, sourceLocation: sourceLocation)
      #expect(Double(row[1]) == rate.value(at: step), sourceLocation: sourceLocation)
      #expect(
        row[2].isEmpty ? momentum == nil : Double(row[2]) == momentum?.value(at: step),
        sourceLocation: sourceLocation)
    }
  }

  @Test func `prints cycles`() throws {
    try expect(
      "triangular --base-lr 0.001 --max-lr 0.006 --step-size-up 20 --base-momentum 0.8 "
        + "--max-momentum 0.9 --steps 90",
      Triangular(from: 0.001, to: 0.006, stepSize: 20),
      AnySchedule(Triangular(from: 0.9, to: 0.8, stepSize: 20)), steps: 90)
    try expect(
      "triangular2 --base-lr 0.001 --max-lr 0.006 --step-size-up 20 --step-size-down 7 --steps 90",
      Triangular2(from: 0.001, to: 0.006, stepSize: 20, stepSizeDown: 7), steps: 90)
    for dialect in ExponentialRange.Dialect.allCases {
      try expect(
        "exp-range --base-lr 0.001 --max-lr 0.006 --step-size-up 20 --gamma 0.99 --steps 90 "
          + "--dialect \(dialect.rawValue)",
        ExponentialRange(
          from: 0.001, to: 0.006, stepSize: 20, gamma: 0.99, dialect: dialect), steps: 90)
    }
  }

  @Test func `prints one-cycle as each system has it, PyTorch's unless it is said`() throws {
    try expect(
      "one-cycle --max-lr 0.5 --total-steps 60 --steps 60",
      OneCycle.pytorch(maxLR: 0.5, totalSteps: 60), steps: 60)
    try expect(
      "one-cycle --max-lr 0.5 --total-steps 60 --pct-start 0.4 --div-factor 10 "
        + "--final-div-factor 100 --anneal linear --three-phase --base-momentum 0.85 "
        + "--max-momentum 0.95 --steps 70",
      OneCycle.pytorch(
        maxLR: 0.5, totalSteps: 60, pctStart: 0.4, anneal: .linear, divFactor: 10,
        finalDivFactor: 100, threePhase: true),
      AnySchedule(
        OneCycle.pytorchMomentum(
          totalSteps: 60, pctStart: 0.4, anneal: .linear, threePhase: true)), steps: 70)
    try expect(
      "one-cycle --max-lr 0.5 --total-steps 60 --dialect fastai --steps 60",
      OneCycle.fastai(lrMax: 0.5, totalSteps: 60), steps: 60)
    try expect(
      "one-cycle --max-lr 0.5 --total-steps 60 --dialect exact --steps 60",
      OneCycle(from: 0.02, to: 0.5, ending: 2e-4, stepsUp: 15, totalSteps: 60, anneal: .linear),
      steps: 60)
    // With the flags that a run prints, it is that run's.
    try expect(
      "one-cycle --base-lr 0.0172 --max-lr 0.339 --total-steps 3276 --dialect exact",
      OneCycle(
        from: 0.0172, to: 0.339, ending: 0.000172, stepsUp: 819, totalSteps: 3276, anneal: .linear),
      steps: 3276)
  }

  @Test func `prints restarts`() throws {
    try expect(
      "cosine-restarts --max-lr 0.1 --min-lr 0.001 --t-0 10 --t-mult 2 --steps 80",
      CosineRestarts(to: 0.1, floor: 0.001, firstCycle: 10, lengthMultiplier: 2), steps: 80)
  }

  @Test func `prints what depends on the length of the run, and a warm-up before it`() throws {
    try expect(
      "cosine --max-lr 0.1 --min-lr 0.01 --total-steps 100 --warmup 10",
      CosineDecay(from: 0.1, to: 0.01, steps: 90).warmedUp(over: 10), steps: 100)
    try expect(
      "linear --max-lr 0.1 --total-steps 50", LinearRamp(from: 0.1, to: 0, steps: 50), steps: 50)
    try expect(
      "cyclical_hann --base-lr 0.1 --max-lr 1 --step-size-up 5 --step-size-down 3 --steps 30",
      Cyclical(from: 0.1, to: 1, stepSize: 5, stepSizeDown: 3, window: .hann), steps: 30)
    try expect(
      "inverse-sqrt --max-lr 0.1 --warmup 10 --steps 60",
      InverseSquareRoot(peak: 0.1, timescale: 10).warmedUp(over: 10), steps: 60)
  }

  @Test func `prints a plan from a file, in YAML and in JSON`() throws {
    let plan = Plan(
      learningRate: Triangular2(from: 0.01, to: 0.2, stepSize: 5)
        .multiplied(by: StepDecay(initial: 1, factor: 0.5, every: 20)),
      momentum: AnySchedule(Triangular(from: 0.95, to: 0.85, stepSize: 5)))
    try JSONEncoder().encode(plan).write(to: directory.url("plan.json"))
    try expect(
      "--file plan.json --steps 50", plan.learningRate, plan.momentum, steps: 50)
    try directory.write(
      "learning-rate:\n  cosine: { from: 0.1, to: 0, steps: 30 }\n", "plan.yaml")
    try expect("--file plan.yaml --steps 40", CosineDecay(from: 0.1, steps: 30), steps: 40)
    try directory.write("cosine:\n  from: 0.1\n  to: 0\n  steps: 30\n", "rate.yaml")
    try expect("--file rate.yaml --steps 40", CosineDecay(from: 0.1, steps: 30), steps: 40)
  }

  /// A shell expands it as an argument of its own, but not behind an equals sign.
  @Test func `prints a plan from a file in the home folder`() throws {
    try directory.write("linear: { from: 0.1, to: 0, steps: 3 }\n", "rate.yaml")
    for arguments in [["--file=~/rate.yaml"], ["--file", "~/rate.yaml"]] {
      let result = try Program.run(
        ["schedule", "--format", "csv"] + arguments,
        environment: ["HOME": directory.url.path])
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.output.contains("0.1"), "\(result.output)")
    }
  }

  @Test func `draws in the terminal, with what the plan's check found under it`() throws {
    let result = try Program.run([
      "schedule", "triangular", "--base-lr", "0.1", "--max-lr", "1", "--step-size-up", "32",
      "--steps", "64", "--steps-per-epoch", "4",
    ])
    #expect(result.status == 0, "\(result.messages)")
    let lines = result.output.split(separator: "\n")
    // The title, twelve lines of curve, the axis, and the finding of a single cycle.
    #expect(lines.count == 15)
    #expect(lines[0] == "triangular as in 'rondo train'")
    #expect(lines[1].hasPrefix("1 ┤"))
    #expect(lines[1].contains("█"), "the peak fills the top line: \(lines[1])")
    #expect(lines[13].hasSuffix("63"))
    #expect(lines[14] == "note: The run has 1 cycle; Smith found 3 and more to work better.")
    let widths = Set(lines[1..<13].map(\.count))
    #expect(widths.count == 1, "\(widths)")
  }

  @Test(arguments: [
    ("one-cycle --max-lr 1 --total-steps 40", "one-cycle as PyTorch's OneCycleLR", "--dialect exact"),
    (
      "one-cycle --max-lr 1 --total-steps 40 --dialect fastai", "one-cycle as fastai's fit_one_cycle",
      "--dialect exact"
    ),
    ("one-cycle --max-lr 1 --total-steps 40 --dialect exact", "one-cycle as in 'rondo train'", nil),
    (
      "exp-range --base-lr 0.1 --max-lr 1 --step-size-up 3", "exp-range as PyTorch's CyclicLR and 'rondo train'",
      nil
    ),
    (
      "exp-range --base-lr 0.1 --max-lr 1 --step-size-up 3 --dialect paper",
      "exp-range as in the paper (Smith 2017)", "--dialect pytorch"
    ),
  ])
  func `says whose version it draws, and what draws that of a run`(
    line: String, title: String, other: String?
  ) throws {
    let arguments = ["schedule"] + line.split(separator: " ").map(String.init)
    let drawn = try Program.run(arguments)
    #expect(drawn.output.hasPrefix(title + "\n"), "\(drawn.output)")
    #expect(drawn.output.contains("draws that") == (other != nil))
    if let other { #expect(drawn.output.contains(other + " draws that")) }
    #expect(
      try Program.run(arguments + ["--format", "svg"]).output.contains(title.replacing("'", with: "&#39;"))
        || (try Program.run(arguments + ["--format", "svg"]).output.contains(title)))
  }

  @Test func `draws a picture`() throws {
    let result = try Program.run([
      "schedule", "one-cycle", "--max-lr", "1", "--total-steps", "100000", "--format", "svg",
    ])
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("<svg") && result.output.hasSuffix("</svg>\n"))
    #expect(result.output.utf8.count < 100_000)
  }

  private static let refused = [
    ("cosine --max-lr 1 --total-steps 9 --format csv --export pytorch", "--format csv is for what is shown"),
    ("", "Name a schedule"), ("OneCycleLR --max-lr 1", "did you mean 'one-cycle'?"),
    ("ReduceLROnPlateau --max-lr 1", "is for a loop of your own, in Swift"),
    ("triangluar --max-lr 1", "did you mean 'triangular'?"),
    ("triangular --max-lr 0", "--max-lr is 0.0, but must be"),
    ("triangular --max-lr nan", "--max-lr is nan"),
    ("triangular --max-lr 1", "--base-lr is missing"),
    ("triangular --base-lr 0.1 --max-lr 1", "--step-size-up is missing"),
    ("triangular --base-lr 1 --max-lr 1 --step-size-up 3", "--base-lr (1.0) must be below"),
    ("triangular --base-lr 0.1 --max-lr 1 --step-size-up 0", "--step-size-up is 0"),
    (
      "triangular --base-lr 0.1 --max-lr 1 --step-size-up 3 --max-momentum 0.8",
      "--max-momentum is 0.8, but must be at least --base-momentum (0.85)"
    ),
    ("exp-range --base-lr 0.1 --max-lr 1 --step-size-up 3 --gamma 1.5", "--gamma is 1.5"),
    (
      "exp-range --base-lr 0.1 --max-lr 1 --step-size-up 3 --dialect papre", "did you mean 'paper'?"
    ),
    ("one-cycle --max-lr 1", "--total-steps is missing"),
    ("cosine --max-lr 1", "--total-steps is missing"),
    ("cosine --max-lr 1 --total-steps 9 --warmup 9", "--warmup is 9, but must be below"),
    (
      "triangular --base-lr 0.1 --max-lr 1 --step-size-up 3 --warmup 2",
      "left out for triangular, which rises by itself"
    ),
    ("one-cycle --max-lr 1 --total-steps 9 --pct-start 30", "--pct-start is 30.0"),
    ("one-cycle --max-lr 1 --total-steps 9 --anneal cosine", "--anneal has no value 'cosine'"),
    ("one-cycle --max-lr 1 --total-steps 9 --dialect fastai --three-phase", "--dialect is fastai"),
    ("cosine-restarts --max-lr 1", "--t-0 is missing"),
    ("cosine-restarts --max-lr 1 --t-0 5 --t-mult 0", "--t-mult is 0.0"),
    ("constant --max-lr 1 --steps 0", "--steps is 0"),
    ("constant --max-lr 1 --steps -5", "--steps"),
    ("--file nowhere.yaml", "nowhere.yaml cannot be read"),
    ("constant --file plan.yaml", "not both"),
    ("--file broken.yaml", "broken.yaml, line 2: it is not YAML"),
    ("--file wrong.yaml", "no setting 'triangel'; did you mean 'triangular'?"),
    ("--file negative.yaml", "'steps' is -3, which is not allowed for a cosine schedule"),
  ]

  @Test(arguments: [
    ("one-cycle --max-lr 1 --total-steps 20 --base-lr 0.5", "--base-lr is 0.5"),
    ("one-cycle --max-lr 1 --total-steps 20 --gamma 0.5", "--gamma is 0.5"),
    ("triangular --max-lr 1 --base-lr 0.1 --step-size-up 5 --t-0 3", "--t-0 is 3"),
    ("cosine --max-lr 1 --total-steps 20 --pct-start 0.3", "--pct-start is 0.3"),
    ("cosine --max-lr 1 --total-steps 20 --t-mult 2", "--t-mult is 2.0"),
  ])
  func `refuses a number that the schedule does not use`(line: String, words: String) throws {
    let arguments = line.split(separator: " ").map(String.init)
    let result = try Program.run(["schedule"] + arguments, in: directory.url)
    #expect(result.status == 2)
    #expect(result.messages.contains(words + ", but must be left out for \(arguments[0])"), "\(result.messages)")
    let used = try Program.run(["schedule"] + arguments.dropLast(2), in: directory.url)
    #expect(used.status == 0, "\(used.messages)")
  }

  @Test func `refuses what cannot be meant`() async throws {
    try directory.write("cosine: [\n", "broken.yaml")
    try directory.write("triangel:\n  from: 1\n", "wrong.yaml")
    try directory.write("cosine: { from: 1, to: 0, steps: -3 }\n", "negative.yaml")
    try await concurrently(Self.refused) { arguments, messages in
      let result = try Program.run(
        ["schedule"] + arguments.split(separator: " ").map(String.init), in: directory.url)
      #expect(result.status == 2, "\(result.messages)")
      #expect(result.messages.contains(messages), "\(result.messages)")
      #expect(result.output == "", "\(arguments)")
    }
  }
}
