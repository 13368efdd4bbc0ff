/// The form of a cycle between its trough and its peak.
///
/// A window takes the way from 0 (trough) to 1 (peak) in straight lines, and bends it.
///
/// - Source: Smith (2017), section 3, compared the triangular, the Welch (parabolic) and the Hann
///   (sinusoidal) window and found them equal, and took the simplest.
public enum Window: String, Sendable, Hashable, Codable, CaseIterable {
  /// Straight lines: h.
  case triangular
  /// A quarter of a sine up and one down: sin(pi/2 h), sharp in the trough, round at the peak.
  case sine
  /// A parabola: 1 - (1 - h)^2, sharp in the trough, round at the peak.
  case welch
  /// Half a cosine up and one down: (1 - cos(pi h)) / 2, round in the trough and at the peak.
  case hann

  /// Returns the height after a part of the way to the peak, both from 0 to 1.
  func height(_ part: Double) -> Double {
    switch self {
    case .triangular: part
    case .sine: part >= 1 ? 1 : sineOf(.pi / 2 * part)
    case .welch: 1 - (1 - part) * (1 - part)
    case .hann: part >= 1 ? 1 : (1 - cosineOf(.pi * part)) / 2
    }
  }
}
