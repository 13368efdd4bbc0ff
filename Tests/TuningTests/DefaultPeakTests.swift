import Foundation
import Testing
import Tuning

/// A curve without noise, as measured on one fixed batch.
private func curve(
  spread: Double = 0.05, constant: Double? = nil, _ loss: (Double) -> Double
) -> RangeTestCurve {
  let sweep = RangeTestSweep()
  var curve = RangeTestCurve(
    points: (0..<sweep.steps).map {
      let rate = sweep.learningRate(at: $0)
      return RangeTestPoint(learningRate: rate, loss: loss(rate))
    })
  curve.batchSpread = spread
  curve.baselineLoss = constant
  return curve
}

private let fall = Fall(depth: 1.2, half: 0.016)
private let rise = Rise(start: 0.3, slope: 3)
private let cliff = Rise(start: 2, slope: 20)

private func found(_ verdict: RangeTestResult) throws -> LearningRateRange {
  guard case .found(let range) = verdict else { throw NoRange(verdict: verdict) }
  return range
}

private struct NoRange: Error { let verdict: RangeTestResult }

@Suite struct `The peak of a single cycle` {
  @Test func `is the middle between the valley's two sides`() throws {
    let range = try found(curve { 2.3 + fall($0) + rise($0) }.findRange())
    let middle = (fall.rate(made: 0.8) * rise.rate(risenBy: 0.05 * 1.2)).squareRoot()
    // Smoothing moves either side by three points at most, and their middle by as much.
    #expect(abs(log10(range.oneCycleMax / middle)) < 0.15, "\(range), \(middle)")
    #expect(range.oneCycleMax < range.max)
  }

  @Test func `follows the curve where that falls by much more than batches differ`() throws {
    let measured = curve(spread: 0.05) { 2.3 + fall($0) + rise($0) }
    let alone = try found(measured.findRange()).oneCycleMax
    #expect(try found(measured.findRange(defaultPeak: DefaultPeak(1, edgeRatio: 3))).caution == nil)
    let beside = try found(measured.findRange(defaultPeak: DefaultPeak(10 * alone, edgeRatio: 3)))
      .oneCycleMax
    #expect(beside / alone < 1.05, "24 spreads: the usual counts for a hundredth of the decade")
  }

  @Test func `is the curve's own where batches do not differ at all`() throws {
    let measured = curve(spread: 0) { 2.3 + fall($0) + rise($0) }
    let beside = try found(measured.findRange(defaultPeak: DefaultPeak(5, edgeRatio: 10)))
    #expect(beside.curveWeight == 1)
    #expect(try abs(beside.oneCycleMax / found(measured.findRange()).oneCycleMax - 1) < 1e-12)
  }

  @Test func `is the share of the curve's own that the task takes`() throws {
    let measured = curve(spread: 0) { 2.3 + fall($0) + rise($0) }
    let range = try found(
      measured.findRange(defaultPeak: DefaultPeak(5, edgeRatio: 10, curveShare: 0.1)))
    #expect(try abs(range.oneCycleMax / found(measured.findRange()).oneCycleMax - 0.1) < 1e-12)
    #expect(range.base < range.oneCycleMax && range.max <= 2 * range.oneCycleMax + 1e-12)
  }

  @Test func `is the default one where the loss does not fall before the cliff`() throws {
    let measured = curve { 1.8 + cliff($0) }
    let range = try found(measured.findRange(defaultPeak: DefaultPeak(0.1, edgeRatio: 3)))
    #expect(abs(range.oneCycleMax / 0.1 - 1) < 0.01, "\(range)")
    #expect(range.max == range.oneCycleMax)
    #expect(range.curveWeight == 0)
    #expect(range.fallback == .optimizerDefault)
    #expect(range.caution?.contains("mostly the default for the optimizer") == true)
    #expect(range.base < range.max / 4)
    guard case .none = measured.findRange() else {
      Issue.record("without an optimizer such a curve tells nothing")
      return
    }
  }

  @Test func `rises with the root of the batch, on a curve of which the updates are known`() throws {
    var measured = curve(spread: 0) { 2.3 + fall($0) + rise($0) }
    measured.updatesPerDecade = 20
    func peak(batch: Int?) throws -> Double {
      measured.updateSize = batch
      return try found(measured.findRange()).oneCycleMax
    }
    let usual = try peak(batch: 128)
    // Seven tenths of the fall have been made there, give or take what smoothing shifts.
    #expect(abs(log10(usual / (4 * fall.rate(made: 0.7)))) < 0.1, "\(usual)")
    #expect(try abs(peak(batch: 32) / (usual / 2) - 1) < 1e-9)
    #expect(try abs(peak(batch: nil) / usual - 1) < 1e-9)
  }

  @Test func `may lie above the floor's end, but stays clear of where the fall is lost`() throws {
    var measured = curve(spread: 0) { 2.3 + fall($0) + rise($0) }
    (measured.updatesPerDecade, measured.updateSize) = (20, 1 << 20)
    let range = try found(measured.findRange())
    #expect(range.oneCycleMax > rise.rate(risenBy: 0.05 * 1.2))
    #expect(range.oneCycleMax < rise.rate(risenBy: 0.8 * 1.2))
    #expect(
      range.max >= range.oneCycleMax, "so that no bound is below what one cycle is said to bear")
  }

  @Test func `is at least half of the upper bound where the optimizer is known`() throws {
    // The floor reaches from 0.1 to beyond 1, and the optimizer's usual rate counts for nothing.
    let wide = Rise(start: 1, slope: 2)
    var measured = curve(spread: 0) { 2.3 + fall($0) + wide($0) }
    (measured.updatesPerDecade, measured.updateSize) = (20, 1)
    let free = try found(measured.findRange())
    #expect(free.max > 5 * free.oneCycleMax, "the curve alone says where the floor ends: \(free)")
    let range = try found(measured.findRange(defaultPeak: DefaultPeak(1, edgeRatio: 3)))
    #expect(abs(range.max / (2 * range.oneCycleMax) - 1) < 1e-9, "\(range)")
    #expect(abs(range.oneCycleMax / free.oneCycleMax - 1) < 1e-12)
    #expect(range.base <= range.max / 4)
  }

  @Test func `is above the lower bound, however small the batches`() throws {
    var measured = curve(spread: 0) { 2.3 + fall($0) + rise($0) }
    (measured.updatesPerDecade, measured.updateSize) = (20, 1)
    let range = try found(measured.findRange())
    #expect(range.oneCycleMax < fall.rate(made: 0.7), "a single image bears little: \(range)")
    #expect(range.base < range.oneCycleMax, "\(range)")
  }

  @Test
  func `is the default one where a model comes down to a constant prediction and then breaks away`()
    throws
  {
    // A detector's: from 2.85 to the 1.6 of a prediction that looks at nothing, and the test ends at 2.7.
    let begun = Fall(depth: 1.25, half: 0.0003, width: 0.1)
    var measured = curve(spread: 0.014, constant: 1.6) { 2.85 + begun($0) + cliff($0) }
    measured.points = Array(measured.points.prefix { $0.loss < 2.7 || $0.learningRate < 0.001 })
    let range = try found(measured.findRange(defaultPeak: DefaultPeak(0.003, edgeRatio: 6)))
    #expect(abs(range.oneCycleMax / 0.003 - 1) < 0.05, "\(range)")
  }

  @Test func `is nearly the default one where the loss has hardly fallen yet`() throws {
    // Batches do not differ, but the fall is a fiftieth of what there is to learn.
    let begun = Fall(depth: 0.03, half: 0.003, width: 0.1)
    let range = try found(
      curve(spread: 0, constant: 1.8) { 1.8 + begun($0) + cliff($0) }
        .findRange(defaultPeak: DefaultPeak(0.3, edgeRatio: 3)))
    #expect(range.curveWeight < 0.5 && range.curveWeight > 0)
    #expect(range.caution != nil)
    #expect(range.oneCycleMax > 0.05, "the curve alone would say some 0.01: \(range)")
  }

  @Test func `stays a tenth below the cliff, whatever is the default`() throws {
    let range = try found(
      curve { 1.8 + cliff($0) }.findRange(defaultPeak: DefaultPeak(5, edgeRatio: 10)))
    #expect((0.1...0.3).contains(range.oneCycleMax), "the cliff begins at 2: \(range)")
    // The default does not count, and nobody may be told so.
    #expect(range.fallback == .edge(ratio: 10))
    #expect(range.caution?.contains("the rate at which the loss diverged, divided by 10") == true)
    #expect(range.rates(at: 0.9).fallback == range.fallback)
  }

  @Test func `is refused where the cliff is where the sweep begins`() {
    let verdict = curve { 1 + Rise(start: 1e-4, slope: 2)($0) }.findRange(
      defaultPeak: DefaultPeak(0.1, edgeRatio: 3))
    #expect(verdict == .none(.neverFell))
  }

  @Test func `is not drawn to where a model that began badly comes down to a constant prediction`()
    throws
  {
    // From 2.0 to ln 6 at 0.001, which is to answer every image alike, and nothing after it.
    let begun = Fall(depth: 2 - log(6), half: 0.001, width: 0.1)
    let shape: (Double) -> Double = { 2 + begun($0) + cliff($0) }
    let known = try found(
      curve(constant: log(6), shape).findRange(defaultPeak: DefaultPeak(0.1, edgeRatio: 3)))
    #expect(abs(known.oneCycleMax / 0.1 - 1) < 0.05, "\(known)")
    let unknown = try found(curve(shape).findRange(defaultPeak: DefaultPeak(0.1, edgeRatio: 3)))
    #expect(unknown.oneCycleMax < 0.08, "without that figure the fall counts: \(unknown)")
  }
}
