import Settings
import Torch

/// How an update is made, beside the numbers that the plan gives it.
public struct UpdateOptions: Sendable, Hashable {
  /// Batches whose mean gradient is one update's.
  public var accumulate: Int
  /// What the joint norm of all gradients is brought down to where it is larger, if anything.
  public var clipNorm: Double?
  /// How numbers are kept between the model's layers.
  public var precision: Precision
  /// What the loss is multiplied by, if anything.
  public var scale: LossScale?

  /// Creates options; by default an update is made of one batch, as its gradient is, in float32.
  public init(
    accumulate: Int = 1, clipNorm: Double? = nil, precision: Precision = .float32
  ) {
    self.accumulate = max(1, accumulate)
    self.clipNorm = clipNorm
    self.precision = precision
    scale = precision == .float16 ? LossScale() : nil
  }

  /// Creates the options that settings ask for.
  public init(_ settings: ResolvedSettings) {
    self.init(
      accumulate: settings.budget.accumulate, clipNorm: settings.optimizer.clipNorm,
      precision: settings.machine.precision)
  }
}

extension Precision {
  /// Runs a body in the precision.
  public func applied<Value>(on device: Device, _ body: () throws -> Value) rethrows -> Value {
    switch self {
    case .float32: try body()
    case .bfloat16: try withAutocast(to: .bfloat16, on: device, body)
    case .float16: try withAutocast(to: .float16, on: device, body)
    }
  }
}
