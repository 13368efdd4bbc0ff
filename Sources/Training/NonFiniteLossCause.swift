import Torch
import Tuning

/// What can make a loss NaN or infinite beside a rate that is too high.
public enum NonFiniteLossCause: Sendable, Hashable, Codable {
  /// The numbers that the model saw.
  case inputs
  /// The images had no target.
  case noTarget
  /// No update had been made yet, and what the model saw was finite, as its weights were.
  case activationOverflow
  /// A weight decay by which an update takes more from each weight than it has; the highest rate of the plan.
  case weightDecay(Double, highestRate: Double)
}

extension NonFiniteLossCause {
  /// A weight decay as the cause of a loss that is not finite after an update at a rate; nil where it cannot be.
  ///
  /// Of a usual decay, at most 1, it is the rate that makes their product too large.
  static func weightDecay(_ decay: Double?, at rate: Double, highestRate: Double) -> NonFiniteLossCause? {
    guard let decay, decay > 1, decay * rate > 1 else { return nil }
    return .weightDecay(decay, highestRate: highestRate)
  }
}

extension NonFiniteLossCause: CustomStringConvertible {
  /// What it is, and what to do.
  public var description: String {
    switch self {
    case .inputs:
      "its images are NaN or infinite after normalization; check the images and "
        + "their normalization"
    case .noTarget:
      "its images have no target, neither a pixel nor an object; check the annotations"
    case .activationOverflow:
      "no weight has changed yet, and images and weights are finite, so the model's activations "
        + "overflow; train in float32 (--precision), use other weights (--weights), or check "
        + "the class weights"
    case .weightDecay(let decay, let rate):
      "a weight decay of \(decay) times the learning rate is above 1, so each update takes more from a weight "
        + "than it has; lower --weight-decay, to \(roundedRate(0.1 / rate)) or less"
    }
  }
}

extension TrainingTask {
  /// Reads an update's batches again, and returns what made its loss NaN or infinite, if that is anything
  /// but its rate.
  ///
  /// - Parameters:
  ///   - position: where the update's first batch lies.
  ///   - batches: how many it has.
  ///   - isFirst: whether it is the run's first update.
  func lossFault(
    from position: BatchPosition, batches: Int, isFirst: Bool
  ) throws -> NonFiniteLossCause? {
    let stream = try trainingBatches(from: position)
    var hasTarget = false
    var isKnown = false
    for _ in 0..<batches {
      guard let batch = try stream.next() else { break }
      let inputs = inputs(of: batch)
      isKnown = isKnown || !inputs.isEmpty
      let isFinite = try checked {
        withoutGradient { inputs.allSatisfy { $0.to(.float32).sum().item().isFinite } }
      }
      guard isFinite else { return .inputs }
      hasTarget = hasTarget || self.hasTarget(batch)
    }
    guard hasTarget else { return .noTarget }
    return isKnown && isFirst ? .activationOverflow : nil
  }
}
