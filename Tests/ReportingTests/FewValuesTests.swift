import Planning
import Runs
import Testing

@testable import Reporting

@Suite struct `A picture of few values` {
  private func labels(of x: [Double]) -> [String] {
    Chart(title: "", xLabel: "", series: [.init(name: "a", x: x, y: x)]).xAxis.ticks.map(\.label)
  }

  @Test func `names whole updates alone, and parts where the places are parts`() {
    #expect(labels(of: [1, 2, 3]) == ["1", "2", "3"])
    #expect(labels(of: [3]) == ["3"])
    #expect(labels(of: [0, 400]) == ["0", "100", "200", "300", "400"])
    #expect(labels(of: [0, 0.5, 1]) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
  }

  @Test func `has a single value as a point that is seen`() {
    let chart = Chart(
      title: "", xLabel: "",
      series: [
        .init(name: "test loss", x: [2], y: [1]), .init(name: "loss", x: [1, 2], y: [1, 2]),
      ])
    #expect(chart.svg().components(separatedBy: "<circle class=\"point c0\"").count == 2)
    #expect(chart.svg().components(separatedBy: "<circle class=\"dot c0\"").count == 3)
  }
}
