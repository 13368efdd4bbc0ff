/// Returns the middle value, or 0 of nothing.
func median(of values: ArraySlice<Double>) -> Double {
  guard !values.isEmpty else { return 0 }
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Returns the standard deviation that normal numbers of this median distance from their median have.
public func robustDeviation(of values: [Double]) -> Double {
  let middle = median(of: values[...])
  return 1.4826 * median(of: values.map { abs($0 - middle) }[...])
}
