import ArgumentParser
import Planning
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
      rondo find-lr --curve losses.csv --format json     columns lr and loss; needs no LibTorch
      """)

  @Option(help: "Judge the curve in this CSV file; nothing is trained.")
  var curve: String?
  @OptionGroup(title: "Settings (flags, or keys of the --config file)")
  var settings: SettingsOptions
  @Option(help: "text or json.")
  var format = OutputFormat.text

  func run() throws {
    let answer = RangeAnswer(try measured())
    switch format {
    case .json: Console.give(try JSON.line(answer))
    case .text: Console.give(answer.words)
    }
  }

  private func measured() throws -> RangeTestCurve {
    if let curve { return try RangeTestCurve.read(csv: curve) }
    #if LIBTORCH
      return try ClassificationRun(try settings.typed()).rangeTest()
    #else
      throw ValidationError(
        "This rondo was built without LibTorch and can judge a --curve only; 'make setup' gets it.")
    #endif
  }
}

/// The range test's answer as programs read it.
private struct RangeAnswer: Encodable {
  let verdict: String
  let reason: String?
  let baseLR: Double?
  let maxLR: Double?

  enum CodingKeys: String, CodingKey {
    case verdict, reason
    case baseLR = "base_lr"
    case maxLR = "max_lr"
  }

  init(_ curve: RangeTestCurve) {
    switch curve.judged() {
    case .found(let range):
      verdict = "found"
      reason = nil
      baseLR = roundedRate(range.base)
      maxLR = roundedRate(range.max)
    case .none(let why):
      verdict = "none"
      reason = why.description
      baseLR = nil
      maxLR = nil
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    // Absent numbers are null rather than missing: a reader finds every key.
    try container.encode(verdict, forKey: .verdict)
    try container.encode(reason, forKey: .reason)
    try container.encode(baseLR, forKey: .baseLR)
    try container.encode(maxLR, forKey: .maxLR)
  }

  var words: String {
    if let baseLR, let maxLR { return "--base-lr \(baseLR) --max-lr \(maxLR)" }
    return "no reliable range: \(reason ?? "")"
  }
}
