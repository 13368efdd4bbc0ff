public import CNumbers

extension FixedWidthInteger {
  /// Creates the nearest whole number towards zero; the nearest bound for what lies beyond the type's
  /// range, infinities too, and 0 for NaN.
  ///
  ///     Int(clamping: 2.9)             // 2
  ///     UInt8(clamping: 300.0)         // 255
  ///     Int(clamping: 1e300)           // Int.max
  ///     Int(clamping: Double.nan)      // 0
  ///
  /// `Int(value)` of the standard library traps for all but the first; see `Int+TrappingConversions.swift`.
  @inlinable @inline(__always)
  public init(clamping value: Double) {
    // An Int64's range holds that of every type but UInt and UInt64.
    if Self.isSigned || Self.bitWidth < Int64.bitWidth {
      self.init(clamping: cn_int64(value))
    } else {
      self.init(clamping: cn_uint64(value))
    }
  }

  /// Takes a `Float`, rounded toward 0; the nearest bound for one outside the range, 0 for NaN.
  @inlinable @inline(__always)
  public init(clamping value: Float) { self.init(clamping: Double(value)) }
}
