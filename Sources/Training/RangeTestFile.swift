import Foundation
import Runs
import Tuning

/// `range-test.csv`: columns `learning_rate,loss`, and one for each of several terms.
enum RangeTestFile {
  static func write(_ curve: RangeTestCurve, to file: URL) throws {
    let header = ["learning_rate", "loss"] + curve.terms.map(\.name)
    let rows = curve.points.enumerated().map { index, point in
      [point.learningRate, point.loss] + curve.terms.map { $0.values[index] }
    }
    let lines = [header] + rows.map { $0.map(\.description) }
    let text = lines.map { $0.joined(separator: ",") + "\n" }.joined()
    try AtomicFile.write(Data(text.utf8), to: file)
  }
}
