// Who is asked for a learning rate, and by which sweep.

import Foundation
import Planning
import Settings
import Tuning

/// A finder of learning rates, as its users have it: its own sweep, its own stop, its own rule.
enum Adviser: String, Codable, CaseIterable {
  case rondo, valley, slide, steep, minimum, lightning, steepest
  /// Rondo's evaluation of a test of half as many updates.
  case brief
  /// What is usual with the optimizer, whatever the model: no test at all.
  case usual

  var sweep: SweepKind {
    switch self {
    case .rondo, .usual: .rondo
    case .brief: .brief
    case .valley, .slide, .steep, .minimum, .steepest: .fastai
    case .lightning: .lightning
    }
  }

  /// Those of other programs.
  static let rivals = allCases.filter { [.fastai, .lightning].contains($0.sweep) }

  /// The peak that it advises on its sweep, or nil where it gives no range.
  func peak(from curve: RangeTestCurve, of choice: Case) -> Double? {
    switch self {
    case .usual: choice.defaultPeak?.rate
    case .rondo, .brief: curve.range(for: choice)?.oneCycleMax
    default: rivalsPeak(from: curve)
    }
  }

  /// The peak that another program's finder advises on its sweep; nil where it gives none, and for Rondo.
  func rivalsPeak(from curve: RangeTestCurve) -> Double? {
    switch self {
    case .usual, .rondo, .brief: nil
    case .valley, .slide, .steep, .minimum:
      Suggestion(rawValue: rawValue)?.rate(for: curve.stopped(above: 4, of: .corrected))
    case .lightning: Suggestion.lightning.rate(for: curve.stopped(above: 4, of: .corrected))
    case .steepest: Suggestion.steepest.rate(for: curve.stopped(above: 5, of: .plain))
    }
  }
}

/// The sweeps that are made; the rivals' are recorded to their ends and cut by each one's own rule.
enum SweepKind: String, Codable, CaseIterable {
  /// Rondo's own, 1e-4 to 10, each rate paired with the loss that it led to.
  case rondo
  /// The same in half as many updates.
  case brief
  /// fastai's default, 1e-7 to 10, which pytorch-lr-finder's users write too.
  case fastai
  /// Lightning's default, 1e-8 to 1.
  case lightning

  var sweep: RangeTestSweep {
    switch self {
    case .rondo: RangeTestSweep()
    case .brief: RangeTestSweep(steps: 50)
    case .fastai: RangeTestSweep(lowest: 1e-7, highest: 10, steps: 100)
    case .lightning: RangeTestSweep(lowest: 1e-8, highest: 1, steps: 100)
    }
  }
}

extension Case {
  /// What a single cycle's peak usually is with the optimizer.
  var defaultPeak: DefaultPeak? { OptimizerName(rawValue: optimizer)?.defaultPeak(for: .classify) }
}

extension RangeTestCurve {
  /// Rondo's whole answer.
  func range(for choice: Case) -> LearningRateRange? {
    guard case .found(let range) = findRange(defaultPeak: choice.defaultPeak) else { return nil }
    return range
  }

  enum Mean { case corrected, plain }

  /// The curve up to the first point whose smoothed loss is so many times the lowest before it.
  func stopped(above factor: Double, of kind: Mean) -> RangeTestCurve {
    var (mean, weight, best) = (0.0, 1.0, Double.infinity)
    for (index, point) in points.enumerated() {
      let smooth: Double
      switch kind {
      case .corrected:
        mean = 0.98 * mean + 0.02 * point.loss
        weight *= 0.98
        smooth = mean / (1 - weight)
      case .plain:
        mean = index == 0 ? point.loss : 0.05 * point.loss + 0.95 * mean
        smooth = mean
      }
      if smooth > factor * best { return RangeTestCurve(points: Array(points[...index])) }
      best = min(best, smooth)
    }
    return self
  }
}
