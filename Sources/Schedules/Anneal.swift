/// The way from one value to another.
public enum Anneal: String, Sendable, Hashable, Codable, CaseIterable {
  /// In a straight line.
  case linear
  /// Along half a cosine: flat at both ends.
  case cos

  /// Returns the value after a part of the way, from 0 to 1.
  func value(from start: Double, to end: Double, after part: Double) -> Double {
    // The ends are met exactly, which the formulas do only to the last bit.
    if part <= 0 { return start }
    if part >= 1 { return end }
    return switch self {
    case .linear: start + (end - start) * part
    case .cos: end + (start - end) / 2 * (1 + cosineOf(.pi * part))
    }
  }
}
