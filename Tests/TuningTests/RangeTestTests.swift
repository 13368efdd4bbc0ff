import Foundation
import Randomness
import TestSupport
import Testing
import Tuning

/// Losses as a function of the rate, over a sweep, with noise by a seed.
private func curve(
  points: Int = 100, noise: Double = 0.02, seed: UInt64 = 1, stopping: Bool = true,
  _ loss: (Double) -> Double
) -> RangeTestCurve {
  let sweep = RangeTestSweep(steps: points)
  var stream = RandomStream(seed: seed, for: .rangeTest)
  var watch = DivergenceWatch()
  var measured: [RangeTestPoint] = []
  for step in 0..<points {
    let rate = sweep.learningRate(at: step)
    let jitter = (0..<4).map { _ in Double.random(in: -1...1, using: &stream) }.reduce(0, +) / 2
    let value = loss(rate) + noise * jitter
    measured.append(RangeTestPoint(learningRate: rate, loss: value))
    if stopping, watch.shouldStop(after: value) != nil { break }
  }
  return RangeTestCurve(points: measured)
}

/// A loss that lies at 2.3, falls from about 0.003 to 0.1 by 1.2, and rises steeply past `cliff`.
private func uShaped(_ rate: Double, cliff: Double = 0.3) -> Double {
  let fall = 1.2 / (1 + exp(-(log10(rate) + 1.8) * 4))
  let rise = rate > cliff ? 3 * log10(rate / cliff) : 0
  return 2.3 - fall + rise
}

private func range(_ verdict: RangeTestResult) throws -> LearningRateRange {
  guard case .found(let range) = verdict else {
    throw Missing(verdict: verdict)
  }
  return range
}

private struct Missing: Error { let verdict: RangeTestResult }

@Suite struct `A range` {
  @Test(arguments: 1...10) func `is found on a U, wherever the noise falls`(seed: Int) throws {
    let found = try range(curve(seed: UInt64(seed)) { uShaped($0) }.findRange())
    // The floor ends at the cliff, 0.3, give or take the smoothing's width (three points a side).
    #expect((0.15...0.6).contains(found.max), "\(found)")
    #expect((0.0005...0.15).contains(found.base), "\(found)")
    #expect(found.base < found.max)
  }

  @Test(arguments: [0.003, 0.3, 30]) func `moves with the curve`(shift: Double) throws {
    // Rates a hundred times larger or smaller must give a range as much larger or smaller.
    let here = try range(curve(noise: 0) { uShaped($0) }.findRange())
    var moved = curve(noise: 0) { uShaped($0) }
    for index in moved.points.indices { moved.points[index].learningRate *= shift }
    let there = try range(moved.findRange())
    #expect(abs(there.max / here.max / shift - 1) < 1e-9)
    #expect(abs(there.base / here.base / shift - 1) < 1e-9)
  }

  @Test(arguments: [-10, 0, 100]) func `does not mind the loss's level`(level: Double) throws {
    let here = try range(curve { uShaped($0) }.findRange())
    let there = try range(curve { uShaped($0) + level }.findRange())
    #expect(abs(there.max / here.max - 1) < 1e-6)
  }

  @Test func `is found where the loss is bounded, as 1 - Dice is`() throws {
    let found = try range(
      curve(noise: 0.01) { rate in
        min(1, 0.9 - 0.5 / (1 + exp(-(log10(rate) + 2) * 5)) + (rate > 0.5 ? rate - 0.5 : 0))
      }.findRange())
    #expect((0.05...1).contains(found.max), "\(found)")
  }

  @Test func `is found before a cliff into what is NaN`() throws {
    let found = try range(
      curve { $0 > 0.2 ? .nan : uShaped($0) }.findRange())
    #expect((0.02...0.2).contains(found.max), "\(found)")
  }
}

@Suite struct `No range` {
  /// Smoothing equal losses rounds, on each processor in another way.
  @Test func `takes differences of rounding for none`() {
    for loss in [0.1, 0.877, 2.3, 1e6] {
      let points = (0..<60).map { index in
        RangeTestPoint(
          learningRate: pow(10, -5 + Double(index) / 12), loss: index % 3 == 0 ? loss : loss.nextUp)
      }
      let rising = points.map {
        RangeTestPoint(learningRate: $0.learningRate, loss: $0.learningRate > 0.1 ? loss.nextUp : loss)
      }
      for curve in [points, rising] {
        for peak in [nil, DefaultPeak(0.1, edgeRatio: 3)] as [DefaultPeak?] {
          #expect(
            RangeTestCurve(points: curve).findRange(defaultPeak: peak) == .none(.flat(change: 0, noise: 0)),
            "\(loss)")
        }
      }
    }
  }

  @Test func `refuses a flat curve`() {
    guard case .none(let reason) = curve({ _ in 2.3 }).findRange() else {
      Issue.record("a flat curve gave a range")
      return
    }
    switch reason {
    case .flat, .tooNoisy: break
    default: Issue.record("\(reason)")
    }
  }

  @Test func `refuses a loss that only rises`() {
    #expect(curve(noise: 0.001) { 2.3 + 2 * log10(1 + $0) }.findRange() == .none(.neverFell))
  }

  @Test func `refuses a loss that falls to the end`() {
    guard case .none(.stillFalling) = curve({ 2.3 - 0.4 * log10($0 / 1e-4) / 5 * 3 }).findRange()
    else {
      Issue.record("the end of the sweep was taken for a minimum")
      return
    }
  }

  @Test func `refuses too few points`() {
    #expect(RangeTestCurve(points: []).findRange() == .none(.tooFewPoints(0)))
    let gone = RangeTestCurve(
      points: (1...50).map { RangeTestPoint(learningRate: Double($0), loss: $0 > 3 ? .nan : 1) })
    #expect(gone.findRange() == .none(.tooFewPoints(3)))
  }

  @Test func `has words that say what to do`() {
    let reasons: [NoRangeReason] = [
      .tooFewPoints(3), .flat(change: 0.1, noise: 0.2), .neverFell, .stillFalling(highest: 10),
      .tooNoisy(drop: 0.1, noise: 0.3),
    ]
    for reason in reasons { #expect(reason.description.count > 40) }
  }
}

@Suite struct `Smoothing` {
  @Test func `does not lag`() {
    // A dip at the middle stays in the middle; a straight line stays itself, ends included.
    let dip = RangeTestCurve(
      points: (0..<101).map {
        RangeTestPoint(learningRate: Double($0 + 1), loss: abs(Double($0) - 50))
      })
    let smooth = dip.smoothedLosses()
    #expect(smooth.indices.min { smooth[$0] < smooth[$1] } == 50)
    for index in 0...50 { #expect(abs(smooth[index] - smooth[100 - index]) < 1e-9) }
    let line = RangeTestCurve(
      points: (0..<60).map {
        RangeTestPoint(learningRate: Double($0 + 1), loss: 3 - 0.1 * Double($0))
      })
    for (index, value) in line.smoothedLosses().enumerated() {
      #expect(abs(value - (3 - 0.1 * Double(index))) < 1e-9)
    }
  }
}

@Suite struct `The watch` {
  private func stop(_ losses: [Double]) -> (Int, DivergenceWatch.Reason)? {
    var watch = DivergenceWatch()
    for (index, loss) in losses.enumerated() {
      if let reason = watch.shouldStop(after: loss) { return (index, reason) }
    }
    return nil
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `stops at once for what is no finite number`(loss: Double) throws {
    let (index, reason) = try #require(stop([2, 2, loss, 2]))
    #expect(index == 2)
    #expect(reason == .nonFinite)
  }

  @Test(arguments: [0, -5, 1000]) func `stops when the gain is lost again`(level: Double) throws {
    let fall = (0..<40).map { level + 2 - 0.03 * Double($0) }
    let rise = (0..<40).map { level + 0.8 + 0.1 * Double($0) }
    let (index, reason) = try #require(stop(fall + rise))
    #expect(reason == .rose)
    #expect((45...60).contains(index), "\(index)")
  }

  @Test func `lets a falling loss fall`() {
    #expect(stop((0..<200).map { 2 - 0.005 * Double($0) }) == nil)
  }

  @Test func `lets noise be noise`() {
    var stream = RandomStream(seed: 1, for: .rangeTest)
    let losses = (0..<200).map { _ in 2.3 + Double.random(in: -0.2...0.2, using: &stream) }
    #expect(stop(losses) == nil)
  }
}

@Suite struct `The sweep` {
  @Test func `meets both ends`() {
    let sweep = RangeTestSweep(lowest: 1e-4, highest: 10, steps: 101)
    #expect(sweep.learningRate(at: 0) == 1e-4)
    #expect(abs(sweep.learningRate(at: 100) - 10) < 1e-12)
    #expect(abs(sweep.learningRate(at: 20) - 1e-3) < 1e-15)
    #expect(sweep.learningRate(at: 500) == sweep.learningRate(at: 100))
    let line = RangeTestSweep(lowest: 0, highest: 3, steps: 4, shape: .linear)
    #expect((0..<4).map(line.learningRate) == [0, 1, 2, 3])
  }
}

@Suite struct `Somebody's curve` {
  private func read(_ text: String) throws -> RangeTestCurve {
    let directory = TemporaryDirectory()
    let file = directory.url("file.csv")
    try Data(text.utf8).write(to: file)
    return try .read(csv: file.path)
  }

  @Test func `is read by its columns' names`() throws {
    let curve = try read("step,loss,lr\n0,2.5,0.1\n1, nan ,0.2\n")
    #expect(curve.points.map(\.learningRate) == [0.1, 0.2])
    #expect(curve.points[0].loss == 2.5)
    #expect(curve.points[1].loss.isNaN)
  }

  @Test func `is read with a byte-order mark before it`() throws {
    #expect(try read("\u{FEFF}lr,loss\n0.1,2.5\n").points.map(\.loss) == [2.5])
  }

  @Test func `of a metric of which more is better becomes a loss, and back`() throws {
    let curve = try read("lr,accuracy\n0.1,0.25\n0.2,0.5\n")
    #expect(curve.points.map(\.loss) == [0.75, 0.5])
    #expect(curve.values == [0.25, 0.5])
    #expect(curve.measure == RangeTestMeasure("accuracy"))
    #expect(
      ["train", "validation", "miou"].map { RangeTestMeasure($0).name }
        == ["loss", "validation_loss", "miou"])
  }

  @Test func `has more than one column of losses, each to be analyzed`() throws {
    // A bounded loss, and a negative one that falls and rises a decade later.
    var text = "lr,loss,dice,overlap\n"
    for step in 0..<100 {
      let rate = 1e-4 * pow(10, Double(step) / 20)
      let (one, other) = (uShaped(rate, cliff: 0.1), uShaped(rate, cliff: 1))
      text += "\(rate),\(one + other),\(min(1, one / 3)),\(other - 2.4)\n"
    }
    let directory = TemporaryDirectory()
    let file = directory.url("file.csv")
    try Data(text.utf8).write(to: file)
    let ranges = try ["dice", "overlap"].map {
      try range(RangeTestCurve.read(csv: file.path, column: $0).findRange())
    }
    #expect((0.05...0.2).contains(ranges[0].max), "\(ranges[0])")
    #expect((0.5...2).contains(ranges[1].max), "\(ranges[1])")
    let error = #expect(throws: CurveFileError.self) {
      try RangeTestCurve.read(csv: file.path, column: "boxes")
    }
    #expect(error.map { "\($0)".contains("must be lr and boxes, but are lr, loss") } == true)
  }

  /// More of a metric is better, unless its name is that of a term of the loss.
  @Test func `may have a column of a metric`() throws {
    let directory = TemporaryDirectory()
    func curve(_ text: String) throws -> RangeTestCurve {
      let file = directory.url("metric.csv")
      try Data(text.utf8).write(to: file)
      return try RangeTestCurve.read(csv: file.path, column: "dice") { $0 == "dice" }
    }
    let metric = try curve("lr,dice\n0.1,0.25\n0.2,0.75\n")
    #expect(metric.measure == .metric("dice") && metric.points.map(\.loss) == [0.75, 0.25])
    let term = try curve("lr,loss,dice\n0.1,1,0.25\n0.2,1,0.75\n")
    #expect(term.measure == .trainingLoss && term.points.map(\.loss) == [0.25, 0.75])
    let error = #expect(throws: CurveFileError.self) { try curve("lr,dice\n\n0.1,0.5\n\n0.2,x\n") }
    #expect(error.map { "\($0)".contains("line 5: 'x' is not a number") } == true)
  }

  @Test(arguments: [
    ("", "no points"), ("lr,loss\n", "no points"), ("a,b\n1,2\n", "line 1"),
    ("lr,loss\n0.1,1\n0.1,1\n", "line 3"), ("lr,loss\n0,1\n", "line 2"),
    ("lr,loss\n-1,1\n", "line 2"), ("lr,loss\n0.1,x\n", "'x' is not a number"),
    ("lr,loss\n0.1\n", "line 2"), ("lr,loss\ninf,1\n", "line 2"),
  ])
  func `with a fault is refused, by its line`(text: String, words: String) {
    let error = #expect(throws: CurveFileError.self) { try read(text) }
    #expect(error.map { "\($0)".contains(words) } == true, "\(error.map { "\($0)" } ?? "")")
  }
}

@Suite struct `A range test of extreme numbers` {
  private func curve(scale: Double, rates: Double) -> RangeTestCurve {
    RangeTestCurve(
      points: (0..<60).map { index in
        let part = Double(index) / 59
        let fall = 1.5 / (1 + exp(-(part - 0.4) * 20))
        let rise = 120 * max(0, part - 0.75) * max(0, part - 0.75)
        return RangeTestPoint(
          learningRate: 1e-4 * pow(10, 5 * part) * rates, loss: (2 - fall + rise) * scale)
      })
  }

  @Test(arguments: [1, 1e300, 1e305, 1e307, 1e-300, 1000 * Double.leastNonzeroMagnitude])
  func `gives finite rates, or says that there are none`(rates: Double) {
    for scale in [1, 1e300, 1e307, -1e307, 1e-300, .leastNonzeroMagnitude] {
      let curve = curve(scale: scale, rates: rates)
      for usual in [nil, DefaultPeak(0.3, edgeRatio: 3)] {
        let test = RepeatedRangeTest([curve, curve], defaultPeak: usual)
        if case .found(let range) = test.verdict {
          for rate in [range.base, range.max, range.oneCycleMax] {
            #expect(rate.isFinite && rate > 0)
          }
        }
        #expect(!"\(test.verdict)".contains("inf"))
      }
      for suggestion in Suggestion.allCases {
        #expect(suggestion.rate(for: curve).map { $0.isFinite && $0 > 0 } ?? true)
      }
    }
  }

  @Test func `rises from any rate to any other`() {
    for shape in [RangeTestSweep.Shape.exponential, .linear] {
      let sweep = RangeTestSweep(
        lowest: .leastNonzeroMagnitude, highest: 1e308, steps: 100, shape: shape)
      for step in 0..<100 {
        #expect(sweep.learningRate(at: step).isFinite && sweep.learningRate(at: step) >= 0)
      }
      #expect(sweep.updatesPerDecade.map(\.isFinite) ?? true)
    }
  }
}
