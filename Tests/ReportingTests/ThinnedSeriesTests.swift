import Foundation
import Testing

@testable import Reporting

@Suite struct `A thinned series` {
  @Test func `is that of its documentation`() {
    var series = ThinnedSeries(capacity: 2)
    for (update, loss) in [(1, 4.0), (2, 9.0), (3, 1.0), (4, 2.0)] { series.append(update, loss) }
    #expect(series.x == [2, 3, 4])
    #expect(series.y == [9, 1, 2])
    #expect(series.width == 4)
  }

  @Test func `keeps all values of a short run as they are`() {
    var series = ThinnedSeries()
    for update in 1...2_000 { series.append(update, Double(update % 7)) }
    #expect(series.x == (1...2_000).map(Double.init))
    #expect(series.y == (1...2_000).map { Double($0 % 7) })
    #expect(series.means == series.y && series.middles == series.x)
  }

  /// A spike of one update among a hundred thousand is there, at its own update and with its own value, and the
  /// memory is bounded.
  @Test(arguments: [1, 777, 50_000, 99_999, 100_000])
  func `loses no extreme`(spike: Int) {
    var series = ThinnedSeries(capacity: 500)
    for update in 1...100_000 { series.append(update, update == spike ? 99 : sin(Double(update))) }
    #expect(zip(series.x, series.y).contains { $0 == (Double(spike), 99) })
    #expect(series.y.count <= 1_000)
    #expect(series.x == series.x.sorted())
    let mean = (1...100_000).map { $0 == spike ? 99 : sin(Double($0)) }.reduce(0, +) / 100_000
    let means = zip(series.means, series.middles).map(\.0)
    #expect(abs(means.reduce(0, +) / Double(means.count) - mean) < 0.05)
  }

  @Test func `has a gap where a value is not finite`() {
    var series = ThinnedSeries()
    for (update, value) in [(1, 1.0), (2, .nan), (3, 2.0), (4, .infinity)] {
      series.append(update, value)
    }
    #expect(series.x == [1, 1, 3, 3])
    #expect(series.y.map(\.isFinite) == [true, false, true, false])
  }
}

@Suite struct `A chart as data` {
  @Test func `is JSON that ends no script element`() throws {
    let chart = Chart(
      title: "</script><b>", xLabel: "update",
      series: [.init(name: "a", x: [1, 2], y: [0.5, .nan], color: 3)])
    let text = chart.json()
    #expect(!text.contains("<"))
    let value = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(value["title"] as? String == "</script><b>")
    let series = try #require((value["series"] as? [[String: Any]])?.first)
    #expect(series["x"] as? [Double] == [1, 2])
    #expect((series["y"] as? [Any])?[1] is NSNull)
  }

  @Test func `is a table of first, lowest, highest and last value`() {
    let chart = Chart(
      title: "loss", xLabel: "update",
      series: [.init(name: "a", x: [1, 2, 3, 4], y: [3, 0.25, 7, 1])])
    #expect(chart.values == [["a", "3 at 1", "0.25 at 2", "7 at 3", "1 at 4"]])
  }

  @Test func `keeps the extremes of a long series`() {
    var y = [Double](repeating: 1, count: 10_000)
    y[1_234] = -5
    let series = Chart.Series(name: "", x: (0..<10_000).map(Double.init), y: y)
    let short = series.thinned(to: 100)
    #expect(short.x.count <= 200)
    #expect(zip(short.x, short.y).contains { $0 == (1_234, -5) })
  }
}
