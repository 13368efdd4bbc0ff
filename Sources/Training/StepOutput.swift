import Torch

/// What one training step computes: scalars on the device, read back later.
public struct StepOutput {
  /// The loss whose gradient is taken.
  public var total: Tensor
  /// The named terms that it is made of, in the order of the task's `lossTerms`.
  public var terms: [Tensor]
  /// What was measured beside it, in the order of the task's `measures`.
  public var measures: [Tensor]

  /// Creates the output of a step.
  public init(total: Tensor, terms: [Tensor] = [], measures: [Tensor] = []) {
    self.total = total
    self.terms = terms
    self.measures = measures
  }
}

extension StepOutput {
  /// Returns the same numbers times a factor.
  public func scaled(by factor: Double) -> StepOutput {
    StepOutput(
      total: total.to(.float32) * factor, terms: terms.map { $0.to(.float32) * factor },
      measures: measures.map { $0 * factor })
  }

  /// Returns the numbers without the graph that leads back to the parameters.
  func detached() -> StepOutput {
    StepOutput(
      total: total.detached(), terms: terms.map { $0.detached() },
      measures: measures.map { $0.detached() })
  }

  /// Adds up what two batches of an update gave.
  static func + (a: StepOutput, b: StepOutput) -> StepOutput {
    StepOutput(
      total: a.total + b.total, terms: zip(a.terms, b.terms).map { $0 + $1 },
      measures: zip(a.measures, b.measures).map { $0 + $1 })
  }
}
