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

  /// Where each of 50,000 points is compared with each, more than a thousand million steps are made.
  @Test func `of very many points take no longer than these`() throws {
    let count = 50_000
    let points = (0..<count).map { index in
      let part = Double(index) / Double(count)
      return RangeTestPoint(
        learningRate: pow(10, 6 * part - 5), loss: 2 + (part - 0.6) * (part - 0.6))
    }
    let curve = RangeTestCurve(points: points)
    let begun = clock()
    for suggestion in Suggestion.allCases { #expect(suggestion.rate(for: curve) != nil) }
    // The line through a parabola at a point is its tangent, so the mean lies above by the weight's variance: a deviation
    // of 0.03, cut off at three of them, is 0.000876.
    let smooth = curve.smoothedLosses()
    for place in stride(from: 10_000, to: 40_000, by: 997) {
      #expect(abs(smooth[place] - points[place].loss - 0.000876) < 1e-6)
    }
    #expect(Double(clock() - begun) / Double(CLOCKS_PER_SEC) < 60, "seconds of a processor")
  }

  @Test(arguments: Suggestion.allCases)
  func `does not fail on losses that are NaN`(suggestion: Suggestion) {
    let points = (0..<60).map {
      RangeTestPoint(
        learningRate: pow(10, Double($0) / 12 - 5), loss: $0 < 30 ? 3 - Double($0) / 20 : .nan)
    }
    if let rate = suggestion.rate(for: RangeTestCurve(points: points)) { #expect(rate > 0) }
  }
}

@Suite struct `Repeated range tests` {
  /// A curve that falls until this rate and rises behind it, or one that says nothing.
  private func curve(lowestAt position: Double?) -> RangeTestCurve {
    RangeTestCurve(
      points: (0..<100).map { index in
        let decade = -5 + Double(index) * 0.06
        let loss = position.map { 2 - max(0, min(1, (decade - log10($0) + 2) / 2)) }
        let rise = position.map { max(0, decade - log10($0)) * 3 } ?? 0
        return RangeTestPoint(learningRate: pow(10, decade), loss: (loss ?? 2) + rise)
      })
  }

  @Test func `give the median, and the interval of the upper bound`() throws {
    let tests = RepeatedRangeTest([0.03, 0.1, 0.05].map { curve(lowestAt: $0) })
    guard case .found(let range) = tests.verdict, let interval = tests.maxInterval else {
      Issue.record("\(tests.verdict)")
      return
    }
    #expect((0.04...0.07).contains(range.max), "\(range)")
    #expect((0.02...0.04).contains(interval.lowerBound), "\(interval)")
    #expect((0.08...0.14).contains(interval.upperBound), "\(interval)")
  }

  @Test func `have no result where most have none`() {
    let tests = RepeatedRangeTest([
      curve(lowestAt: nil), curve(lowestAt: 0.1), curve(lowestAt: nil),
    ])
    guard case .none = tests.verdict else {
      Issue.record("\(tests.verdict)")
      return
    }
    #expect(tests.maxInterval == nil)
  }
}

/// Smith and Topin's own range tests of ResNet-56 on CIFAR-10: the rate rises in a line from 0 to 3
/// over 20,000 and 100,000 updates, and test accuracy is logged.
///
/// The curves are no U: accuracy climbs until some 0.1, stays, is ragged from about 0.75 on, and partly
/// recovers above 2. From https://github.com/lnsmith54/super-convergence.
@Suite struct `Smith's own range tests` {
  private func range(of run: String) throws -> LearningRateRange {
    let file = try #require(
      Bundle.module.url(
        forResource: "smith-topin-range-\(run)", withExtension: "csv", subdirectory: "Fixtures"))
    let verdict = try RangeTestCurve.read(csv: file.path).findRange()
    guard case .found(let range) = verdict else { throw NoRange(verdict: verdict) }
    return range
  }

  private struct NoRange: Error { let verdict: RangeTestResult }

  @Test(arguments: ["20k", "100k"]) func `end where the curve becomes ragged`(run: String) throws {
    let range = try range(of: run)
    #expect((0.5...1).contains(range.max), "\(range)")
    #expect((0.05...0.3).contains(range.base), "\(range)")
  }

  /// Its fifty points are as ragged at 0.2 as at 2, so that no rate can be told at which that begins; the
  /// authors continued to train with cycles up to 3.
  @Test func `of 5,000 updates, ragged throughout, ends no higher than they trained`() throws {
    let range = try range(of: "5k")
    #expect((0.75...3).contains(range.max), "\(range)")
    #expect((0.05...0.3).contains(range.base), "\(range)")
  }
}
