import Files
import Foundation
import Runs
import Tuning

/// `range-test.csv`: columns `learning_rate,loss`, and one for each of several terms; or
/// `learning_rate` and what else was measured; with SGD also `momentum` and `step`.
enum RangeTestFile {
  static func write(_ curve: RangeTestCurve, to file: URL) throws {
    let momentum = curve.momentum
    let header =
      ["learning_rate", curve.measure.name] + curve.terms.map(\.name)
      + (momentum == nil ? [] : RangeTestCurve.momentumColumns)
    let rows = zip(curve.points, curve.values).enumerated().map { index, row in
      [row.0.learningRate, row.1] + curve.terms.map { $0.values[index] }
        + (momentum.map { [$0, Step(rate: row.0.learningRate, momentum: $0).size] } ?? [])
    }
    let lines = [header] + rows.map { $0.map(\.description) }
    let text = lines.map { $0.joined(separator: ",") + "\n" }.joined()
    try AtomicFile.write(Data(text.utf8), to: file)
  }
}
