import Datasets
import Formatting
import Foundation
import Metrics
import Numbers
import Torch

/// What a model says of an image file.
public struct Prediction: Sendable, Hashable, Codable {
  /// A class and its probability.
  public struct ClassProbability: Sendable, Hashable, Codable {
    /// What the class is called.
    public let name: String
    /// How likely it is, as the model sees it, from 0 to 1.
    public let probability: Double

    enum CodingKeys: String, CodingKey {
      case name = "class"
      case probability
    }
  }

  /// The image file, as it was named.
  public let file: String
  /// The most likely classes, the likeliest first; at least one.
  public let guesses: [ClassProbability]
}

extension Prediction {
  /// Names the most likely classes of a prediction.
  init(file: String, _ prediction: ClassPrediction, top: Int, classNames: [String]) {
    self.file = DataSource.shown(file)
    guesses = prediction.top(top).map {
      ClassProbability(name: classNames[$0], probability: prediction.probabilities[$0])
    }
  }
}

extension TrainedClassifier {
  /// Checks that there are as many classes as are wanted of an image.
  ///
  /// - Throws: `EvaluationError.topOutOfRange`.
  public func check(top: Int) throws {
    guard (1...run.classNames.count).contains(top) else {
      throw EvaluationError.topOutOfRange(asked: top, classes: run.classNames.count)
    }
  }

  /// Says of each image file which class it shows, in the files' order.
  ///
  /// Files are read on other threads, a few batches ahead, and of a list a few thousand paths, so that
  /// the memory does not grow with their number.
  ///
  /// - Parameters:
  ///   - top: how many classes are wanted of each.
  ///   - onBroken: is called with files that cannot be read; they have no prediction.
  ///   - onBatch: takes the predictions of a batch.
  /// - Throws: `EvaluationError`; `TorchError`; what `onBatch` throws.
  public func predict(
    _ paths: some Sequence<String>, top: Int = 1, onBroken: (BrokenImage) -> Void,
    onBatch: ([Prediction]) throws -> Void
  ) throws -> PredictionCount {
    try check(top: top)
    return try PredictionCount.counting(paths, batchSize: batchSize, onBroken: onBroken) { some in
      let files = ImageFiles(some, as: preprocessing)
      return (
        files.batches(ofAtMost: batchSize, share: ProcessGroup.share, workers: workers),
        { files.broken }
      )
    } predict: { batch, some, _ in
      guard batch.count > 0 else { return [] }
      return try predictions(batch).enumerated().map { position, prediction in
        Prediction(
          file: some[Int(batch.samples[position])], prediction, top: top,
          classNames: run.classNames)
      }
    } onPredictions: {
      try onBatch($0)
    }
  }
}

/// How predictions are written: a line a file.
public enum PredictionFormat: String, Sendable, CaseIterable {
  /// `file,class,probability`, and for each further class two columns more, `class_2,probability_2`.
  case csv
  /// An array with an object a line: `file`, `class`, `probability`, and `top` with all wanted classes.
  case json

  /// What comes before the first line.
  public func opening(top: Int) -> String {
    switch self {
    case .csv:
      (["file", "class", "probability"]
        + (1..<top).flatMap { ["class_\($0 + 1)", "probability_\($0 + 1)"] })
        .joined(separator: ",") + "\n"
    case .json: "["
    }
  }

  /// What comes behind the last line.
  public var ending: String { self == .csv ? "" : "\n]\n" }

  /// One prediction's line.
  ///
  /// - Parameter isFirst: whether no line is before it.
  public func line(_ prediction: Prediction, isFirst: Bool) throws -> String {
    switch self {
    case .csv:
      let guesses = prediction.guesses.flatMap {
        [quotedCell($0.name), Self.text($0.probability)]
      }
      return ([quotedCell(prediction.file)] + guesses).joined(separator: ",") + "\n"
    case .json:
      return (isFirst ? "\n" : ",\n") + (try Self.json(prediction))
    }
  }

  /// One prediction as an object of JSON.
  static func json(_ prediction: Prediction) throws -> String {
    try JSONText.line(Row(prediction))
  }

  private struct Row: Encodable {
    let file: String
    let name: String
    let probability: Double
    let top: [Prediction.ClassProbability]?

    enum CodingKeys: String, CodingKey {
      case file, probability, top
      case name = "class"
    }

    init(_ prediction: Prediction) {
      file = prediction.file
      name = prediction.guesses[0].name
      probability = prediction.guesses[0].probability
      top = prediction.guesses.count > 1 ? prediction.guesses : nil
    }
  }

  private static func text(_ probability: Double) -> String {
    formatted(probability, digits: 6, dash: "")
  }
}
