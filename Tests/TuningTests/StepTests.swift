import Foundation
import TestSupport
import Testing
import Tuning

@Suite struct `A step` {
  /// 0.103 / 0.15 = 0.68667, and 0.68667 * 0.05 = 0.034333.
  @Test func `is the rate divided by one less the momentum`() {
    let step = Step(rate: 0.103, momentum: 0.85)
    #expect(abs(step.size - 0.686667) < 1e-6)
    #expect(abs(step.rate(at: 0.95) - 0.0343333) < 1e-6)
    #expect(step.rate(at: 0.85) == 0.103)
    #expect(step.rate(at: 0) == step.size)
    #expect("\(step)" == "step 0.687 = rate 0.103 / (1 - 0.85)")
  }

  @Test func `moves a whole range to another momentum`() {
    let range = LearningRateRange(base: 0.015, max: 0.15, oneCycleMax: 0.3, momentum: 0.85)
    let moved = range.rates(at: 0.9)
    for (rate, expected) in zip([moved.base, moved.max, moved.oneCycleMax], [0.01, 0.1, 0.2]) {
      #expect(abs(rate - expected) < 1e-12)
    }
    #expect(moved.momentum == 0.9)
    #expect(range.rates(at: nil) == range)
    #expect(range.step == Step(rate: 0.3, momentum: 0.85))
  }

  @Test func `is nothing to a range whose momentum is not known`() throws {
    let range = LearningRateRange(base: 0.01, max: 0.1)
    #expect(range.rates(at: 0.95) == range)
    #expect(range.step == nil)
    // As older runs' folders have it.
    let old = #"{"base":0.01,"curveWeight":1,"max":0.1,"oneCycleMax":0.1}"#
    #expect(try JSONDecoder().decode(LearningRateRange.self, from: Data(old.utf8)) == range)
  }

  @Test(
    arguments: [
      ("lr,loss,momentum,step\n0.1,2,0.85,0.6666667\n0.2,1,0.85,1.3333333\n", 0.85),
      ("lr,loss\n0.1,2\n0.2,1\n", nil),
      // Another program's count of its updates, and a momentum that does not belong to it.
      ("lr,loss,step\n0.1,2,1\n0.2,1,2\n", nil),
      ("lr,loss,momentum,step\n0.1,2,0.85,1\n0.2,1,0.85,2\n", nil),
    ] as [(String, Double?)])
  func `is read from a curve's file where it is one`(text: String, momentum: Double?) throws {
    let directory = TemporaryDirectory()
    let file = directory.url("file.csv")
    try Data(text.utf8).write(to: file)
    let curve = try RangeTestCurve.read(csv: file.path)
    #expect(curve.momentum == momentum)
    #expect(curve.points.map(\.loss) == [2, 1])
  }
}
