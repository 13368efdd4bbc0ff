import Foundation

/// What a rate comes to with SGD's momentum: `rate / (1 - momentum)`.
///
/// A gradient goes on acting for about `1 / (1 - momentum)` updates. So a rate of 0.1 is three times as
/// large at momentum 0.95 as at 0.85, and rates of runs at different momenta are compared by their steps.
/// Adam's step does not grow with its beta1: there the rate is the step.
///
///     Step(rate: 0.103, momentum: 0.85).size   // 0.687
///
/// - Source: Wang et al., *The Marginal Value of Momentum for Small Learning Rate SGD* (2023).
public struct Step: Sendable, Hashable, Codable {
  /// The learning rate.
  public let rate: Double
  /// The momentum that goes with it, from 0 to below 1.
  public let momentum: Double
  /// The rate divided by 1 - momentum.
  public let size: Double

  /// Creates the step of a rate at a momentum.
  public init(rate: Double, momentum: Double) {
    self.rate = rate
    self.momentum = momentum
    size = rate / (1 - momentum)
  }

  /// Returns the rate that makes the same step at another momentum.
  public func rate(at momentum: Double) -> Double {
    momentum == self.momentum ? rate : size * (1 - momentum)
  }
}

extension Step: CustomStringConvertible {
  /// `step 0.687 = rate 0.103 / (1 - 0.85)`.
  public var description: String {
    func text(_ value: Double) -> String { String(format: "%.3g", value) }
    return "step \(text(size)) = rate \(text(rate)) / (1 - \(momentum))"
  }
}
