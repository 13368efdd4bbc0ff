import Foundation

/// Returns a rate rounded to three significant digits, as it is printed, stored and pasted back.
public func roundedRate(_ rate: Double) -> Double {
  guard rate.isFinite, rate != 0 else { return rate }
  return Double(String(format: "%.2e", rate)) ?? rate
}
