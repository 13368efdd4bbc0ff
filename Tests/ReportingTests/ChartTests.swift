import Foundation
import Planning
import Schedules
import Testing
import Tuning

@testable import Reporting

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Whether text is well-formed XML.
func isWellFormed(_ text: String) -> Bool { XMLParser(data: Data(text.utf8)).parse() }

private func chart(_ x: [Double], _ y: [Double]) -> Chart {
  Chart(title: "t", xLabel: "x", series: [.init(name: "s", x: x, y: y)])
}

@Suite struct `An axis` {
  @Test func `has round ticks`() {
    let axis = Axis(scale: .linear, showing: [0, 10], from: 0, to: 100)
    #expect(axis.ticks.map(\.value) == [0, 2, 4, 6, 8, 10])
    let small = Axis(scale: .linear, showing: [0.0, 0.004], from: 0, to: 100)
    #expect(small.ticks.map(\.label) == ["0.000", "0.001", "0.002", "0.003", "0.004"])
  }

  @Test func `has decades for ticks where it is logarithmic`() {
    let axis = Axis(scale: .logarithmic, showing: [1e-5, 10], from: 0, to: 600)
    #expect(axis.ticks.map(\.label) == ["1e-05", "0.0001", "0.001", "0.01", "0.1", "1", "10"])
    #expect(axis.pixel(of: 0.01).map { abs($0 - 300) < 1e-9 } == true)
    #expect(axis.pixel(of: 0) == nil)
  }

  @Test(
    arguments: [[], [3], [0, 0], [.nan, .infinity], [-1e-300, 1e-300], [1e300, -1e300]]
      as [[Double]])
  func `shows what little there is`(values: [Double]) {
    let axis = Axis(scale: .linear, showing: values, from: 0, to: 100, margin: 0.05)
    #expect(axis.low < axis.high)
    #expect(axis.ticks.count < 100)
  }
}

@Suite struct `A chart` {
  @Test func `leaves gaps for what is NaN`() throws {
    let svg = chart([1, 2, 3, 4, 5], [1, .nan, 2, .infinity, 3]).svg()
    #expect(isWellFormed(svg))
    #expect(!svg.contains("nan") && !svg.contains("inf\""))
    let path = try #require(svg.firstMatch(of: /<path[^>]* d="([^"]*)"/)).1
    #expect(path.filter { $0 == "M" }.count == 3, "three pieces: \(path)")
  }

  @Test(arguments: [0, 1, 2, 100_000]) func `of any length is well-formed and short`(count: Int) {
    let x = (0..<count).map(Double.init)
    let svg = chart(x, x.map { sin($0 / 100) }).svg(standalone: true)
    #expect(isWellFormed(svg))
    #expect(svg.utf8.count < 60_000)
  }

  @Test func `of many values keeps the one that sticks out`() throws {
    var y = [Double](repeating: 1, count: 50_000)
    y[31_234] = 9
    let chart = chart(y.indices.map(Double.init), y)
    let top = try #require(chart.yAxis.pixel(of: 9))
    #expect(chart.svg().contains(" " + String(format: "%.1f", top)))
  }

  @Test func `shades exactly the range`() throws {
    var chart = chart([1e-4, 1e-3, 1e-2, 1e-1], [1, 2, 3, 4])
    chart.isLogarithmic = true
    chart.band = 1e-3...1e-2
    let band = try #require(
      chart.svg().firstMatch(of: /class="band" x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)"/))
    let axis = chart.xAxis
    let (from, to) = try (#require(axis.pixel(of: 1e-3)), #require(axis.pixel(of: 1e-2)))
    #expect(abs(try #require(Double(band.1)) - from) < 0.06)
    #expect(abs(try #require(Double(band.2)) - (to - from)) < 0.11)
  }

  @Test func `has room for the words at its axis, however long`() throws {
    for y in [[0.25000001, 0.25000002], [0, 1], [-12_345.678, -12_345.679]] {
      let svg = chart([1, 2], y).svg()
      let labels = svg.matches(of: /class="tick end" x="([-0-9.]+)"[^>]*>([^<]*)</)
      #expect(!labels.isEmpty)
      for label in labels {
        #expect(try #require(Double(label.1)) - 6.6 * Double(label.2.count) >= 0, "\(label.2)")
      }
    }
  }

  @Test func `names its places so that no name lies on another, and none beyond the edge`() throws {
    var chart = chart([1e-4, 1e-3, 1e-2, 1], [1, 2, 3, 4])
    chart.isLogarithmic = true
    chart.labels = [(1e-3, "base 0.001"), (2e-3, "max 0.002"), (1.5e-3, "peak"), (0.9, "minimum")]
    let names = chart.svg().matches(
      of: /class="bound-label( end)?" x="([-0-9.]+)" y="([0-9.]+)">([^<]*)</
    )
    let places = try names.map { name in
      let (x, width) = (try #require(Double(name.2)), 6.6 * Double(name.4.count))
      return (from: name.1 == nil ? x : x - width, to: name.1 == nil ? x + width : x, row: name.3)
    }
    try #require(places.count == 4)
    for (index, one) in places.enumerated() {
      #expect(one.from >= 0 && one.to <= 720)
      for other in places[..<index] {
        #expect(one.row != other.row || one.to <= other.from || other.to <= one.from)
      }
    }
    #expect(Set(places.map(\.row)).count == 3, "three at nearly one position need a row each")
  }

  @Test func `writes its words so that they mean themselves`() {
    var chart = chart([1, 2], [1, 2])
    chart.title = "<script>alert('&\"')</script>"
    #expect(isWellFormed(chart.svg()))
    #expect(!chart.svg().contains("<script>"))
  }
}
