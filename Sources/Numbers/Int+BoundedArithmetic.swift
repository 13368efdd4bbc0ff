extension Int {
  /// Returns the sum, or the bound that it would pass.
  ///
  ///     Int.max.addingOrMax(1)     // Int.max
  @inlinable
  public func addingOrMax(_ other: Int) -> Int {
    let (sum, overflowed) = addingReportingOverflow(other)
    return overflowed ? (other < 0 ? .min : .max) : sum
  }

  /// Returns the product, or the bound that it would pass.
  ///
  ///     (Int.max / 2).multipliedOrMax(by: 3)     // Int.max
  @inlinable
  public func multipliedOrMax(by other: Int) -> Int {
    let (product, overflowed) = multipliedReportingOverflow(by: other)
    return overflowed ? ((self < 0) == (other < 0) ? .max : .min) : product
  }
}

extension Sequence<Int> {
  /// Returns the product of all, as of a tensor's shape; nil where it passes `Int.max`.
  ///
  ///     [3, 224, 224].checkedProduct()    // 150_528
  public func checkedProduct() -> Int? {
    var product = 1
    for factor in self {
      let (next, overflowed) = product.multipliedReportingOverflow(by: factor)
      guard !overflowed else { return nil }
      product = next
    }
    return product
  }
}
