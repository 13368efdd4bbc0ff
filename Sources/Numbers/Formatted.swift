import Foundation

/// Returns a number with so many digits behind the point, as people read it; a dash where it is undefined.
///
///     formatted(0.51234)            // "0.5123"
///     formatted(.nan)               // "-"
///     formatted(nil, dash: "–")     // "–"
///     formatted(1e300)              // "1e+300"
///
/// - Parameters:
///   - signed: whether a plus stands before what is above 0.
///   - dash: what stands for a missing number, and for one that is not finite.
public func formatted(
  _ value: Double?, digits: Int = 4, signed: Bool = false, dash: String = "-"
) -> String {
  guard let value, value.isFinite else { return dash }
  // Hundreds of digits help nobody.
  if abs(value) >= 1e9 { return String(format: signed ? "%+.4g" : "%.4g", value) }
  return String(format: "%\(signed ? "+" : "").\(digits)f", value)
}

/// Returns a number of bytes as people read it, in units of a thousand.
///
///     formattedBytes(612)              // "612 bytes"
///     formattedBytes(10_306_551)       // "10.3 MB"
///     formattedBytes(1_234_567_890)    // "1.2 GB"
public func formattedBytes(_ count: Int) -> String {
  // From where one digit behind the point is rounded to a thousand of the smaller unit.
  let unit = [(1e9, "GB"), (1e6, "MB"), (1e3, "KB")].first { Double(count) >= 0.99995 * $0.0 }
  guard let (size, name) = unit, count >= 1000 else {
    return count == 1 ? "1 byte" : "\(count) bytes"
  }
  return formatted(Double(count) / size, digits: 1) + " " + name
}

/// Returns a finite number as a cell of a CSV table, in the shortest form that reads back equal; empty
/// where it is undefined.
public func csvCell(_ value: Double?) -> String {
  guard let value, value.isFinite else { return "" }
  return "\(value)"
}
