import Foundation
import Planning
import Runs
import Testing

@testable import Reporting

@Suite struct `A chart of several series` {
  private func chart(_ count: Int, name: (Int) -> String = { "schedule \($0)" }) -> Chart {
    Chart(
      title: "t", xLabel: "update",
      series: (0..<count).map {
        .init(name: name($0), x: [0, 1000], y: [0, Double($0 + 1)], color: $0)
      })
  }

  @Test func `has eight colors, each with a dash of its own`() {
    let svg = chart(8).svg(standalone: true)
    let lines = svg.matches(of: /<path class="line (c\d)( d\d)?"/)
    #expect(Set(lines.map { "\($0.1)" }).count == 8)
    #expect(Set(lines.map { "\($0.2 ?? "")" }).count == 8)
    for line in lines {
      #expect(svg.contains("--\(line.1): #"), "the color is in the light and in the dark")
      #expect(svg.contains(".\(line.1) { stroke: var(--\(line.1)); }"))
      if let dash = line.2 { #expect(svg.contains(".\(dash.dropFirst()) { stroke-dasharray:")) }
    }
  }

  @Test func `names in its legend as it draws, and tells a ninth from the first`() {
    let svg = chart(12).svg()
    let drawn = svg.matches(of: /<path class="(line[^"]*)"/).map { "\($0.1)" }
    let named = svg.matches(of: /<line class="(line[^"]*)"/).map { "\($0.1)" }
    #expect(drawn == named)
    #expect(Set(drawn).count == 12)
  }

  @Test func `has a legend that stays within the picture and above the lines`() throws {
    let svg = chart(9) { "a schedule of a rather long name \($0)" }.svg()
    let names = svg.matches(of: /<text class="tick" x="([0-9.]+)" y="([0-9.]+)">([^<]*)</)
    #expect(names.count == 9)
    var bottom = 0.0
    for name in names {
      #expect(try #require(Double(name.1)) + 6.6 * Double(name.3.count) <= 720)
      bottom = max(bottom, try #require(Double(name.2)))
    }
    let first = try #require(svg.firstMatch(of: /<circle [^>]*cy="([0-9.]+)"/))
    let top = svg.matches(of: /<path [^>]*d="M[0-9.]+ [0-9.]+L[0-9.]+ ([0-9.]+)/)
      .compactMap { Double($0.1) }.min()
    #expect(bottom < (top ?? 0), "\(first.1)")
  }

  @Test func `does not name a series without a value`() {
    var chart = chart(3)
    chart.series[1].y = [.nan, .infinity]
    let svg = chart.svg()
    #expect(svg.contains(">schedule 0<") && svg.contains(">schedule 2<"))
    #expect(!svg.contains(">schedule 1<"))
  }

  @Test func `cuts no number off at its axis`() throws {
    for last in [1000.0, 123_000, 30, 1e7] {
      let chart = Chart(
        title: "t", xLabel: "x", series: [.init(name: "s", x: [0, last], y: [0, 1])])
      let ticks = chart.svg().matches(
        of: /<text class="tick (middle|end)" x="([0-9.]+)" y="238.0">([^<]*)</)
      #expect(!ticks.isEmpty)
      for tick in ticks {
        let half = 6.6 * Double(tick.3.count) / (tick.1 == "end" ? .infinity : 2)
        #expect(try #require(Double(tick.2)) + half <= 720, "\(tick.3)")
      }
    }
  }
}

@Suite struct `A chart of extreme numbers` {
  private static let values: [[Double]] = [
    [1e308, -1e308], [1e308, 1e308], [0, 1e308], [.leastNonzeroMagnitude, 1],
    [.leastNonzeroMagnitude, .leastNonzeroMagnitude], [0, .leastNonzeroMagnitude],
    [1e16, 1e16 + 2], [-0.0, 0], [.nan, 1e300, .infinity],
    [100 * Double.leastNonzeroMagnitude, 1e308], [-1e300, .leastNonzeroMagnitude],
    [.greatestFiniteMagnitude, -.greatestFiniteMagnitude],
  ]

  @Test(arguments: values) func `is drawn, on either kind of axis`(values: [Double]) {
    for isLogarithmic in [false, true] {
      for isTurned in [false, true] {
        let places = values.indices.map(Double.init)
        var chart = Chart(
          title: "t", xLabel: "x",
          series: [.init(name: "s", x: isTurned ? values : places, y: isTurned ? places : values)])
        (chart.isLogarithmic, chart.isVerticallyLogarithmic) = (isLogarithmic, isLogarithmic)
        if let low = values.min(), low.isFinite { chart.band = low...max(low, 1e308) }
        chart.marks = values
        chart.labels = values.map { ($0, "label") }
        let svg = chart.svg()
        #expect(isWellFormed(svg))
        #expect(!svg.contains("nan") && !svg.contains("\"inf") && !svg.contains("-inf"))
        #expect(chart.xAxis.ticks.count < 40 && chart.yAxis.ticks.count < 40)
      }
    }
  }

  @Test func `is drawn in a terminal`() {
    for value in [1e308, -1e308, .leastNonzeroMagnitude, 0] {
      let lines = TerminalChart().lines(steps: 100) { $0 % 2 == 0 ? value : 0 }
      #expect(lines.count == 13)
    }
  }
}

@Suite struct `The heading of a comparison` {
  private func results(_ rows: [(String, [Double])]) throws -> ComparisonResults {
    let json = rows.map { name, values in
      let runs = values.enumerated().map { seed, value in
        #"{"seed":\#(seed),"value":\#(value.isFinite ? "\(value)" : "null"),"updates":8,"seconds":1,"course":[]}"#
      }
      let mean = values.reduce(0, +) / Double(values.count)
      let spread =
        !values.isEmpty && values.allSatisfy(\.isFinite)
        ? #","spread":{"count":\#(values.count),"mean":\#(mean)}"# : ""
      return
        #"{"schedule":"\#(name)","runs":[\#(runs.joined(separator: ","))],"failures":{}\#(spread),"updates_to_first":[]}"#
    }
    let text = #"{"metric":"accuracy","rows":[\#(json.joined(separator: ","))],"evaluated":[]}"#
    return try JSONDecoder().decode(ComparisonResults.self, from: Data(text.utf8))
  }

  @Test func `names a first where the seeds tell it from the second`() throws {
    #expect(
      try ComparisonReport.headline(
        results([("cosine", [0.5, 0.52, 0.51]), ("constant", [0.8, 0.83, 0.79])]))
        == "constant comes first: accuracy 0.8067")
  }

  @Test func `names none where the seeds do not, or there is one`() throws {
    #expect(
      try ComparisonReport.headline(
        results([("cosine", [0.5, 0.9, 0.6]), ("constant", [0.8, 0.5, 0.75])]))
        == "constant and cosine do not differ measurably with 3 seeds")
    #expect(
      try ComparisonReport.headline(results([("cosine", [0.5]), ("constant", [0.8])]))
        == "2 schedules, one seed each: too few to say which is better")
  }

  @Test func `says where every metric is undefined`() throws {
    #expect(
      try ComparisonReport.headline(results([("cosine", [.nan]), ("constant", [.nan])]))
        == "accuracy is undefined in every run")
    #expect(
      try ComparisonReport.headline(results([("cosine", []), ("constant", [])]))
        == "No run has ended yet")
  }

  @Test func `leaves the cell of such a metric empty in the table`() throws {
    let lines = try ComparisonReport.csv(results([("cosine", [.nan, 0.5])])).split(separator: "\n")
    #expect(lines[1] == "cosine,0,,8,1.0")
  }
}
