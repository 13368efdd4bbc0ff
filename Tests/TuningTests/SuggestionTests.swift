import Foundation
import Testing
import Tuning

@Suite struct `What other finders suggest` {
  /// A curve and the suggestions for it, by `Scripts/fixtures/suggestion_fixtures.py`.
  private struct Case: Decodable {
    let rates: [Double]
    let losses: [Double]
    let valley, slide, steep, minimum, lightning, steepest: Double

    var curve: RangeTestCurve {
      RangeTestCurve(
        points: zip(rates, losses).map { RangeTestPoint(learningRate: $0, loss: $1) })
    }

    func known(_ suggestion: Suggestion) -> Double {
      switch suggestion {
      case .valley: valley
      case .slide: slide
      case .steep: steep
      case .minimum: minimum
      case .lightning: lightning
      case .steepest: steepest
      }
    }
  }

  @Test(arguments: Suggestion.allCases)
  func `is computed as its source defines it`(suggestion: Suggestion) throws {
    let file = try #require(
      Bundle.module.url(forResource: "suggestions", withExtension: "json", subdirectory: "Fixtures")
    )
    let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
    #expect(cases.count == 40)
    #expect(Set(cases.map { $0.known(suggestion) }).count > 20, "the cases tell them apart")
    for known in cases {
      let rate = try #require(suggestion.rate(for: known.curve))
      #expect(abs(rate / known.known(suggestion) - 1) < 1e-9)
    }
  }

  @Test(arguments: Suggestion.allCases, [0, 1, 2, 11, 16, 21])
  func `is none, or one of its rates, on few points`(suggestion: Suggestion, count: Int) {
    let points = (0..<count).map {
      RangeTestPoint(learningRate: pow(10, Double($0) / 4 - 5), loss: 3 - Double($0))
    }
    let rate = suggestion.rate(for: RangeTestCurve(points: points))
    let highest = points.last?.learningRate ?? 0
    if let rate { #expect(rate > 0 && rate <= highest) }
    if count < 2 { #expect(rate == nil) }
  }

  @Test(arguments: Suggestion.allCases)
  func `does not fail on losses that are no numbers`(suggestion: Suggestion) {
    let points = (0..<60).map {
      RangeTestPoint(
        learningRate: pow(10, Double($0) / 12 - 5), loss: $0 < 30 ? 3 - Double($0) / 20 : .nan)
    }
    if let rate = suggestion.rate(for: RangeTestCurve(points: points)) { #expect(rate > 0) }
  }
}
