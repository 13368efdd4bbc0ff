import Foundation

/// The posterior of the best peak of short cycles, after some have been made.
///
/// The losses are modeled by a parabola over the logarithm of the step, `c + a (u - best)^2`, with Gaussian
/// noise. The prior of `c` is flat, that of `a` lognormal, that of `best` normal. `c` is integrated out, and the
/// others are summed over a grid. So the result is the posterior mean, and not the place of the lowest loss, which
/// is partly luck.
struct PeakPosterior {
  /// A loss at a place.
  struct Point {
    /// log2 of the step.
    var position: Double
    var loss: Double
    var variance: Double
  }

  /// The mean and the standard deviation of the best place.
  let belief: PeakEstimate

  /// Joins a belief with losses.
  ///
  /// - Parameters:
  ///   - curvature: the median of `a`, in losses an octave squared.
  ///   - curvatureDeviation: the standard deviation of its natural logarithm, above 0.
  init(
    _ prior: PeakEstimate, _ points: [Point], curvature: Double, curvatureDeviation: Double
  ) {
    guard points.count > 1, prior.deviation > 0, curvature > 0, curvatureDeviation > 0 else {
      belief = prior
      return
    }
    let likelihood = Likelihood(points)
    func moments(_ bests: Grid, _ logs: Grid) -> (best: Moments, log: Moments) {
      let exponents = bests.values.map { best -> [Double] in
        let z = (best - prior.center) / prior.deviation
        let terms = likelihood.terms(best)
        return logs.values.map { log in
          let y = log / curvatureDeviation
          let a = curvature * exp(log)
          return -0.5 * (a * a * terms.square - 2 * a * terms.product + z * z + y * y)
        }
      }
      let highest = exponents.joined().max() ?? 0
      let chances = exponents.map { $0.map { exp($0 - highest) } }
      return (
        Moments(bests, chances.map { $0.reduce(0, +) }),
        Moments(logs, logs.values.indices.map { index in chances.reduce(0) { $0 + $1[index] } })
      )
    }
    // Losses that say much leave a small region, which is found first and then looked at closely.
    let whole = (
      Grid(center: prior.center, reach: 6 * prior.deviation, count: 121),
      Grid(center: 0, reach: 5 * curvatureDeviation, count: 61)
    )
    let rough = moments(whole.0, whole.1)
    let fine = moments(whole.0.closer(to: rough.best), whole.1.closer(to: rough.log))
    belief = PeakEstimate(center: fine.best.mean, deviation: fine.best.deviation)
  }
}

/// What the losses say of parabolas whose height may be anything.
private struct Likelihood {
  private let positions: [Double]
  private let weights: [Double]
  /// The losses less their weighted mean.
  private let losses: [Double]

  init(_ points: [PeakPosterior.Point]) {
    positions = points.map(\.position)
    let weights = points.map { 1 / max($0.variance, 1e-12) }
    self.weights = weights
    losses = Self.centered(points.map(\.loss), weights)
  }

  private static func centered(_ values: [Double], _ weights: [Double]) -> [Double] {
    let mean = zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
    return values.map { $0 - mean }
  }

  /// The weighted sums of the parabola's squares, and of its products with the losses.
  func terms(_ best: Double) -> (square: Double, product: Double) {
    let shape = Self.centered(positions.map { ($0 - best) * ($0 - best) }, weights)
    return shape.indices.reduce(into: (square: 0, product: 0)) { sums, index in
      sums.square += weights[index] * shape[index] * shape[index]
      sums.product += weights[index] * shape[index] * losses[index]
    }
  }
}

private struct Grid {
  let values: [Double]

  init(center: Double, reach: Double, count: Int) {
    values = (0..<count).map { center + reach * (2 * Double($0) / Double(count - 1) - 1) }
  }

  /// The same number of values and more where nearly all of the probability lies.
  func closer(to moments: Moments) -> Grid {
    Grid(
      center: moments.mean, reach: 6 * max(moments.deviation, values[1] - values[0]),
      count: 2 * values.count - 1)
  }
}

private struct Moments {
  let mean: Double
  let deviation: Double

  init(_ grid: Grid, _ chances: [Double]) {
    let sum = chances.reduce(0, +)
    let mean = zip(grid.values, chances).reduce(0) { $0 + $1.0 * $1.1 } / sum
    let squares = zip(grid.values, chances).reduce(0) {
      $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1
    }
    self.mean = mean
    deviation = (squares / sum).squareRoot()
  }
}
