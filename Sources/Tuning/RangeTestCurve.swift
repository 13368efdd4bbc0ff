import Foundation
import Numbers

/// A learning rate and the loss that it led to.
public struct RangeTestPoint: Sendable, Hashable, Codable {
  /// The rate with which an update was applied.
  public var learningRate: Double
  /// The loss measured after that update.
  public var loss: Double

  /// Creates a point.
  public init(learningRate: Double, loss: Double) {
    self.learningRate = learningRate
    self.loss = loss
  }
}

/// What a range test measured, in the order of rising rates.
public struct RangeTestCurve: Sendable, Hashable, Codable {
  /// One of the terms that the loss is made of.
  public struct Term: Sendable, Hashable, Codable {
    /// What the term is called.
    public var name: String
    /// Its value at each of the curve's points.
    public var values: [Double]

    /// Creates a term.
    public init(name: String, values: [Double]) {
      self.name = name
      self.values = values
    }
  }

  /// The points, the lowest rate first.
  public var points: [RangeTestPoint]
  /// The terms that the loss is made of, where there are several.
  public var terms: [Term]
  /// What the points' losses are, or stand for.
  public var measure: RangeTestMeasure
  /// The images on which `measure` was taken; nil for the training batches' losses and for a file's.
  public var sample: RangeTestSample?
  /// By how much one batch's loss differs from another's with the same weights, as a standard
  /// deviation; nil where that is not known.
  public var batchSpread: Double?
  /// The loss of the best constant prediction; nil where that is not known.
  ///
  /// A fall down to it shows how the model began, and not where it trains.
  public var baselineLoss: Double?
  /// The updates in which the rate rose tenfold; nil where it rose otherwise, or that is not known.
  public var updatesPerDecade: Double?
  /// The images of an update; nil where that is not known.
  public var updateSize: Int?
  /// SGD's momentum in the test; nil for Adam, and where it is not known.
  public var momentum: Double?

  /// Creates a curve.
  public init(
    points: [RangeTestPoint], terms: [Term] = [], measure: RangeTestMeasure = .trainingLoss
  ) {
    self.points = points
    self.terms = terms
    self.measure = measure
  }

  /// The metrics that were measured: the points' losses, or what these stand for.
  public var values: [Double] { points.map { measure.metric(ofLoss: $0.loss) } }

  /// Returns the curve of one term, to be evaluated like any other; nil if there is none of this name.
  ///
  /// It may be negative, or bounded: what counts is how far it falls and rises.
  public func curve(ofTerm name: String) -> RangeTestCurve? {
    guard let term = terms.first(where: { $0.name == name }) else { return nil }
    return RangeTestCurve(
      points: zip(points, term.values).map {
        RangeTestPoint(learningRate: $0.learningRate, loss: $1)
      })
  }

  /// The points before the first loss that is not a finite number.
  var finite: ArraySlice<RangeTestPoint> { points.prefix { $0.loss.isFinite } }

  /// Returns the losses of the finite points, smoothed without lag.
  ///
  /// Each is the mean of its neighbors on both sides, weighted by a Gaussian over their places (a
  /// sweep's places are its rates, on its own scale) and fitted by a straight line, so that a slope
  /// is kept at the ends too. An exponential mean, which only looks back, would show every dip at a
  /// rate some two to three times too high.
  ///
  /// From some four thousand points on neighbors are weighed together, a sixty-fourth of the Gaussian's deviation of
  /// them, so that the time grows with the points and not with their square.
  public func smoothedLosses() -> [Double] {
    let losses = finite.map(\.loss)
    let width = max(1.5, 0.03 * Double(points.count))
    let reach = Int(clamping: (3 * width).rounded(.up))
    let size = max(1, Int(clamping: width / 64))
    let groups = stride(from: 0, to: losses.count, by: size).map { first in
      let own = losses[first..<min(first + size, losses.count)]
      return (
        place: Double(first) + Double(own.count - 1) / 2, count: Double(own.count),
        loss: own.reduce(0, +) / Double(own.count)
      )
    }
    return losses.indices.map { center in
      var sums = LineFit()
      let seen = max(0, center - reach) / size...min(losses.count - 1, center + reach) / size
      for group in groups[seen] {
        let distance = group.place - Double(center)
        let weight = group.count * exp(-0.5 * (distance / width) * (distance / width))
        sums.add(x: distance, y: group.loss, weight: weight)
      }
      return sums.valueAtZero
    }
  }
}

/// A straight line through weighted points, by least squares.
private struct LineFit {
  private var w = 0.0, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0

  mutating func add(x: Double, y: Double, weight: Double) {
    w += weight
    self.x += weight * x
    self.y += weight * y
    xx += weight * x * x
    xy += weight * x * y
  }

  /// The line's value at 0; the mean, where all points lie at one place.
  var valueAtZero: Double {
    let spread = w * xx - x * x
    return spread > 1e-12 * w * w ? (xx * y - x * xy) / spread : y / w
  }
}
