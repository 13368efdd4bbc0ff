import Testing
import Tuning

@testable import Reporting

@Suite struct `The picture of a range test` {
  private func curve(_ losses: [Double]) -> RangeTestCurve {
    RangeTestCurve(
      points: losses.enumerated().map {
        RangeTestPoint(learningRate: Double($0 + 1), loss: $1)
      })
  }

  @Test func `shows the fall, not how far the loss flies off at the end`() throws {
    let chart = RangeTestPicture.chart([curve([2, 1.5, 1, 1.5, 2.5, 50, 900, .nan])], range: nil)
    // As far above the 2 where it begins as the 1 where it is lowest lies below.
    #expect(chart.series[0].y.prefix(7) == [2, 1.5, 1, 1.5, 2.5, 3, 3])
    #expect(chart.series[0].y[7].isNaN)
    #expect(chart.series[0].name == "loss (higher ones at 3.0)")
    #expect(chart.series[1].y.allSatisfy { $0 <= 3 })
  }

  @Test func `shows all of a loss that stays near, and of a metric`() throws {
    let near = RangeTestPicture.chart([curve([2, 1.5, 1, 1.5, 2.5])], range: nil)
    #expect(near.series[0].y == [2, 1.5, 1, 1.5, 2.5])
    #expect(near.series[0].name == "loss")
    var accuracy = curve([0.9, 0.2, 0.1, 0.9])
    accuracy.measure = .metric("accuracy")
    let chart = RangeTestPicture.chart([accuracy], range: nil)
    #expect(zip(chart.series[0].y, [0.1, 0.8, 0.9, 0.1]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(chart.series[0].name == "accuracy")
  }
}
