/// How cycles become lower as they continue: a named shape, so that it can be saved.
public struct CycleDecay: Sendable, Hashable, Codable {
  /// By what a number is multiplied after n cycles, or n updates.
  public enum Shape: Sendable, Hashable, Codable {
    /// The factor is 1: cycles keep their height.
    case none
    /// The factor is 1 / 2^n, as of triangular2.
    case halving
    /// The factor is gamma^n, as of exp_range.
    case geometric(gamma: Double)
    /// The factor is 1 / (1 + n).
    case harmonic
  }

  /// What `n` in a shape counts.
  public enum Clock: String, Sendable, Hashable, Codable, CaseIterable {
    /// Whole cycles before the update.
    case cycles
    /// Updates from the beginning of the run.
    case updates
  }

  /// The part of a cycle that is multiplied.
  public enum Target: String, Sendable, Hashable, Codable, CaseIterable {
    /// The height above the lower bound: the bound itself stays.
    case amplitude
    /// The upper bound, but not below the lower one.
    case peak
    /// Both bounds.
    case bounds
  }

  /// The factor as a function of n.
  public let shape: Shape
  /// What the shape counts.
  public let clock: Clock
  /// The part of a cycle that the factor multiplies.
  public let target: Target

  /// Creates a decay; a gamma outside 0 to 1 counts as the nearer of them.
  public init(_ shape: Shape, per clock: Clock = .cycles, of target: Target = .amplitude) {
    if case .geometric(let gamma) = shape {
      self.shape = .geometric(gamma: min(1, nonNegative(gamma)))
    } else {
      self.shape = shape
    }
    self.clock = clock
    self.target = target
  }

  /// All cycles are as the first.
  public static let none = CycleDecay(.none)

  /// Returns the value at a height between two bounds.
  func value(from: Double, to: Double, height: Double, cycle: Int, step: Int) -> Double {
    let scale = scale(after: clock == .cycles ? cycle : step)
    switch target {
    case .amplitude: return nonNegative(from + (to - from) * height * scale)
    case .peak:
      // Upside down, as momentum cycles, the far bound is the lower one and stays.
      let peak = to > from ? max(from, to * scale) : to
      return nonNegative(from + (peak - from) * height)
    case .bounds: return nonNegative((from + (to - from) * height) * scale)
    }
  }

  private func scale(after count: Int) -> Double {
    switch shape {
    case .none: 1
    case .halving: halved(count)
    case .geometric(let gamma): power(gamma, count)
    case .harmonic: 1 / (1 + Double(count))
    }
  }
}
