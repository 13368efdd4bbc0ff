import ArgumentParser
import Numbers
import Planning
import Reporting
import Settings
import Tuning

#if LIBTORCH
  import Tasks
#endif

/// `rondo find-lr`: the range test alone, on a model and data or on somebody else's curve.
struct FindLearningRateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find-lr", abstract: "Finds the learning rates between which a model learns.",
    discussion: """
      rondo find-lr --data shapes
      rondo find-lr --data shapes --repeats 3 --format json
      rondo find-lr --group head=fc:10 --sweep-group head
      rondo find-lr --range-test-on accuracy
      rondo find-lr --curve losses.csv --format svg > range.svg    needs no LibTorch
      """)

  enum Format: String, NamedArgument {
    case text, json, svg
  }

  @Option(help: "Judge the curve in this CSV file (lr and loss, or lr and accuracy).")
  var curve: String?
  @Option(help: "Judge this term of the loss, or this column of the CSV file, and not the total.")
  var curveOf: String?
  @Option(help: "Tests, each in another order of the data; more than one give an interval.")
  var repeats = 1
  @Option(help: "Sweep this parameter group alone (see --group; 'rest' is what no group has).")
  var sweepGroup: [String] = []
  @Option(name: .customLong("others-lr"), help: "The other groups' rate meanwhile; 0 by default.")
  var othersLR: Double?
  @OptionGroup
  var settings: SettingFlags
  @Option(help: "text, json, or svg for a picture with what other finders would suggest.")
  var format = Format.text

  func run() throws {
    guard (1...100).contains(repeats) else {
      throw SettingsError.outOfRange(key: "repeats", value: "\(repeats)", allowed: "from 1 to 100")
    }
    if let othersLR {
      guard !sweepGroup.isEmpty else {
        throw ValidationError("--others-lr goes with --sweep-group, which names what is swept.")
      }
      guard othersLR >= 0, othersLR.isFinite else {
        throw SettingsError.outOfRange(
          key: "others-lr", value: "\(othersLR)", allowed: "a finite number, not below 0")
      }
    }
    let (curves, stepSize, defaultPeak) = try measured()
    let answer = RangeTestOutput(
      RepeatedRangeTest(curves, usual: defaultPeak), stepSize: stepSize)
    if let caution = answer.range?.caution { Console.say("note: " + caution) }
    switch format {
    case .json: Console.give(try JSONText.line(answer))
    case .text: Console.give(text: answer.words)
    case .svg:
      Console.give(
        RangeTestPicture.chart(curves, range: answer.range, showsSuggestions: true)
          .svg(standalone: true))
    }
  }

  private func measured() throws
    -> (curves: [RangeTestCurve], stepSize: Int?, defaultPeak: DefaultPeak?)
  {
    if let curve { return ([try RangeTestCurve.read(csv: curve, column: curveOf)], nil, nil) }
    #if LIBTORCH
      let run = try makeRun(try settings.typed())
      run.choosingLines.forEach(Console.say)
      if let weights = run.weights { Console.say("weights: \(weights)") }
      let (curves, stepSize) = try run.rangeTests(
        repeats: repeats, sweeping: sweepGroup, othersRate: othersLR ?? 0, term: curveOf)
      if let curve = curves.first, let sample = curve.sample {
        Console.say("range test: \(curve.measure.name) \(sample)")
      }
      // What is usual is so for the whole model and its whole loss.
      let isWhole = sweepGroup.isEmpty && curveOf == nil
      return (curves, stepSize, isWhole ? run.settings.defaultPeak : nil)
    #else
      throw ValidationError(
        "This rondo was built without LibTorch and can judge a --curve only; 'make setup' gets it.")
    #endif
  }
}
