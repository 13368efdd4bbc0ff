import Foundation
import Runs
import Tuning

/// `range-test.csv`: columns `learning_rate,loss`.
enum RangeTestFile {
  static func write(_ curve: RangeTestCurve, to file: URL) throws {
    let rows = curve.points.map { "\($0.learningRate),\($0.loss)\n" }
    try AtomicFile.write(Data(("learning_rate,loss\n" + rows.joined()).utf8), to: file)
  }
}
