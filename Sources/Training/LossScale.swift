import Numbers

/// What a loss is multiplied by before its gradient is taken in float16, and divided by after it.
///
/// Small gradients would be 0 in half precision. The factor is as large as can be: where gradients
/// overflow the update is left out and the factor halved, and after `growthInterval` updates without
/// overflow it is doubled.
///
/// - Source: Micikevicius et al., *Mixed Precision Training* (2018); numbers as in PyTorch's
///   `GradScaler`.
public struct LossScale: Sendable, Hashable, Codable {
  /// The factor by which the loss is multiplied before the backward pass.
  public private(set) var factor: Double
  /// Updates since it was changed.
  public private(set) var updates = 0

  /// The updates after which the factor is doubled.
  public static let growthInterval = 2000
  private static let lowest = 1.0 / 65536

  /// Creates a scale at its beginning.
  public init(factor: Double = 65536) { self.factor = factor }

  /// Takes note of an update; returns whether a lower factor can still help one that overflowed.
  mutating func take(overflowed: Bool) -> Bool {
    updates += 1
    if overflowed {
      (factor, updates) = (factor / 2, 0)
    } else if updates == Self.growthInterval {
      (factor, updates) = (factor * 2, 0)
    }
    return factor >= Self.lowest
  }
}

extension LossScale: LosslessStringConvertible {
  /// Reads what `description` gives.
  public init?(_ description: String) {
    let words = description.split(separator: " ")
    guard words.count == 2, let factor = Double(words[0]), factor > 0, factor.isFinite,
      let updates = Int(words[1]), updates >= 0
    else { return nil }
    self.factor = factor
    self.updates = updates
  }

  /// The factor, and the updates since it was changed.
  public var description: String { "\(factor) \(updates)" }
}
