import ArgumentParser
import Planning
import Reporting
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
      rondo find-lr --curve losses.csv --format svg > range.svg    needs no LibTorch
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, svg
  }

  @Option(help: "Judge the curve in this CSV file (lr and loss, or lr and accuracy).")
  var curve: String?
  @Option(help: "Tests, each in another order of the data; more than one give an interval.")
  var repeats = 1
  @OptionGroup(title: "Settings (flags, or keys of the --config file)")
  var settings: SettingsOptions
  @Option(help: "text, json, or svg for a picture with what other finders would suggest.")
  var format = Format.text

  func run() throws {
    guard (1...100).contains(repeats) else {
      throw SettingsError.outOfRange(key: "repeats", value: "\(repeats)", allowed: "from 1 to 100")
    }
    let (curves, stepSize) = try measured()
    let answer = RangeAnswer(RepeatedRangeTest(curves), stepSize: stepSize)
    switch format {
    case .json: Console.give(try JSON.line(answer))
    case .text: Console.give(answer.words)
    case .svg:
      Console.give(
        RangeTestPicture.chart(curves, range: answer.range, showsSuggestions: true)
          .svg(standalone: true))
    }
  }

  private func measured() throws -> (curves: [RangeTestCurve], stepSize: Int?) {
    if let curve { return ([try RangeTestCurve.read(csv: curve)], nil) }
    #if LIBTORCH
      let run = try ClassificationRun(try settings.typed())
      return (try run.rangeTests(repeats: repeats), try run.plannedStepSize())
    #else
      throw ValidationError(
        "This rondo was built without LibTorch and can judge a --curve only; 'make setup' gets it.")
    #endif
  }
}
