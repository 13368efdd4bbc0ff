import ArgumentParser
import Formatting
import Metrics
import Numbers
import Planning
import Reporting
import Settings
import Tuning

#if LIBTORCH
  import Tasks
  import Torch
#endif

/// `rondo find-lr`: the range test alone, on a model and data or on a curve that the user measured.
struct FindLearningRateCommand: SharedCommand {
  static let configuration = CommandConfiguration(
    commandName: "find-lr", abstract: "Finds the range of learning rates in which a model trains.",
    discussion: """
      rondo find-lr --data shapes
      rondo find-lr --data shapes --repeats 3 --format json
      rondo find-lr --group head=fc:10 --sweep-group head
      rondo find-lr --range-test-on accuracy
      rondo find-lr --data photos --epochs 20 --explain            the peak, and why
      rondo find-lr --curve losses.csv --format svg > range.svg    needs no LibTorch

      Prints what the range test alone says. 'rondo train' joins it with what is known of such runs (the prior); \
      --explain shows the result. Exit status: 0 a range was found, 1 there is none, 2 wrong usage or bad input.
      """)

  enum Format: String, NamedArgument {
    case text, json, svg
  }

  @Option(help: "Analyze the curve in this CSV file (lr and loss, or lr and accuracy).")
  var curve: String?
  @Option(
    help: "Analyze this term of the loss, or this column of the CSV file, instead of the total.")
  var curveOf: String?
  @Option(
    help: "Number of tests, each with another order of the data; more than one give an interval.")
  var repeats = 1
  @Option(help: "Sweep this parameter group alone (see --group; 'rest' is what no group has).")
  var sweepGroup: [String] = []
  @Option(
    name: .customLong("others-lr"), help: "The other groups' rate during the sweep; 0 by default.")
  var othersLR: Double?
  @Flag(help: "Find the peak as 'rondo train' would, and say what it follows from.")
  var explain = false
  @OptionGroup
  var settings: SettingFlags
  @Option(help: "text, json, or svg for a picture with the suggestions of other finders.")
  var format = Format.text
  #if LIBTORCH
    @OptionGroup(title: ProcessOptions.title) var processes: ProcessOptions

    func run() throws {
      if curve != nil, processes.areGiven {
        throw ValidationError("--processes and --timeout are for a test on data, and --curve analyzes a file.")
      }
      curve == nil ? try processes.join { try find() } : try OneProcess.run { try find() }
    }
  #else
    func run() throws { try find() }
  #endif

  private func find() throws {
    guard (1...100).contains(repeats) else {
      throw SettingsError.notAllowed(key: "repeats", value: "\(repeats)", allowed: "from 1 to 100")
    }
    if let othersLR {
      guard !sweepGroup.isEmpty else {
        throw ValidationError("--others-lr needs --sweep-group, which names the swept group.")
      }
      guard othersLR >= 0, othersLR.isFinite else {
        throw SettingsError.notAllowed(
          key: "others-lr", value: "\(othersLR)", allowed: "a finite number, not below 0")
      }
    }
    if explain { return try explainPeak() }
    try checkIsOpen()
    let (curves, stepSize, settings, record) = try measured()
    // The default holds for the whole model and its whole loss.
    let isWhole = sweepGroup.isEmpty && curveOf == nil
    let output = RangeTestOutput(
      RepeatedRangeTest(curves, defaultPeak: isWhole ? settings?.defaultPeak : nil),
      stepSize: stepSize, steadyMomentum: settings?.schedule.maxMomentum, settings: isWhole ? settings : nil)
    try output.check()
    if let caution = output.range?.caution { Console.info("note: " + caution) }
    switch format {
    case .json: Console.output(try JSONText.line(output))
    case .text: if let text = output.text { Console.output(text: text) }
    case .svg:
      Console.output(
        RangeTestPicture.chart(curves, range: output.range, showsSuggestions: true)
          .svg(standalone: true))
    }
    if let reason = output.reason { throw NoRange(reason: reason) }
    if let peak = output.range?.oneCycleMax, let record,
      let note = record.difference(from: peak, bound: output.scheduleBound, shownBy: try explaining())
    {
      Console.info("note: " + note)
    }
  }

  /// Checks that nothing is typed that only a run's own rates depend on.
  private func checkIsOpen() throws {
    let typed = try settings.flags()
    for (key, why) in [
      ("max-lr", "find-lr finds it"), ("base-lr", "find-lr finds it"),
      ("advice", "without --explain the range test alone is made"),
    ] {
      guard let value = typed.text(key) else { continue }
      throw SettingsError.notAllowed(key: key, value: value, allowed: "left out: \(why)")
    }
  }

  /// The command that shows how a run of these settings finds its peak.
  private func explaining() throws -> String {
    let typed = try settings.typed()
    let flags = typed.flags(RunSettings.declarations.map(\.key))
    return (["rondo find-lr"] + flags.map(shellQuoted) + ["--explain"]).joined(separator: " ")
  }

  /// Prints the account of the peak that 'rondo train' would have.
  private func explainPeak() throws {
    guard curve == nil, curveOf == nil, repeats == 1, sweepGroup.isEmpty, format == .text else {
      throw ValidationError(
        "--explain is for one peak of the whole model, in text; leave out --curve, --curve-of, "
          + "--repeats, --sweep-group and --format.")
    }
    #if LIBTORCH
      let typed = try settings.typed()
      guard typed.schedule.maxLR == nil else {
        throw SettingsError.notAllowed(
          key: "max-lr", value: typed.text("max-lr") ?? "",
          allowed: "left out with --explain, which says how it is found")
      }
      let run = try prepared(typed)
      let record = try run.advise { event in
        switch event {
        case .rehearsing(let record): if let line = record.costLine { Console.info(line) }
        case .rehearsed(let record): Console.info(record.progressLine)
        default: break
        }
      }
      if !run.settings.needsPace {
        try run.settings.open.rated(from: record.advisedRange).checkBase(below: record.peak)
      }
      record.explanation.forEach { Console.output($0) }
    #else
      throw ValidationError("This rondo was built without LibTorch; 'make setup' gets it.")
    #endif
  }

  #if LIBTORCH
    /// Prepares the run that settings ask for, in all processes.
    private func prepared(_ typed: RunSettings) throws -> any TaskRun {
      try settings.checkUse(in: typed, isRangeTest: !explain)
      let run = try ProcessGroup.together {
        try WeightsFetching.fetch(for: typed)
        return try makeRun(typed) { Console.info($0) }
      }
      try settings.checkUse(in: run.settings.open, isRangeTest: !explain)
      try run.joinProcesses().map(Console.info)
      run.choosingLines.forEach(Console.info)
      run.modelLines.forEach(Console.info)
      return run
    }
  #endif

  private func measured() throws
    -> (curves: [RangeTestCurve], stepSize: Int?, settings: ResolvedSettings?, record: AdviceRecord?)
  {
    if let curve {
      let typed = try settings.typed()
      let misplaced = typed.flags.first ?? (repeats > 1 ? "--repeats" : sweepGroup.isEmpty ? nil : "--sweep-group")
      if let misplaced {
        throw ValidationError("\(misplaced) is for a test on data, and --curve analyzes a file; leave one of them out.")
      }
      return (
        [try RangeTestCurve.read(csv: curve, column: curveOf, isMetric: MetricDescription.isLargerBetter)], nil, nil,
        nil
      )
    }
    #if LIBTORCH
      let run = try prepared(settings.typed())
      let (curves, stepSize, record) = try run.rangeTests(
        repeats: repeats, sweeping: sweepGroup, othersRate: othersLR ?? 0, term: curveOf)
      if let curve = curves.first, let sample = curve.sample {
        Console.info("range test: \(curve.measure.name) \(sample)")
      }
      return (curves, stepSize, run.settings, record)
    #else
      throw ValidationError(
        "This rondo was built without LibTorch and can only analyze a --curve; 'make setup' installs it."
      )
    #endif
  }
}

/// A curve without a range: nothing was found, though it was rightly asked for.
struct NoRange: DescribedError {
  /// Why, and what to try.
  let reason: String

  /// One sentence.
  var description: String { "There is no reliable range: \(reason)." }
}
