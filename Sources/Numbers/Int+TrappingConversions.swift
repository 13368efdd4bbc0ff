// Swift's conversions from a floating-point number to a whole one trap for NaN, for infinities and for
// what lies beyond the type's range, and such numbers come from flags, files and models. The declarations
// here stand before the standard library's in every module that imports this one, so the compiler warns
// of each such conversion, and the project's builds treat warnings as errors.

extension Int {
  /// Stands before the standard library's conversion, which traps; this one does not.
  @available(
    *, deprecated, message: "it traps in Swift's library; say Int(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Double) { self.init(clamping: value) }

  /// The same of a `Float`.
  @available(
    *, deprecated, message: "it traps in Swift's library; say Int(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Float) { self.init(clamping: value) }
}

extension Int8 {
  /// Stands before the standard library's conversion, which traps; this one does not.
  @available(
    *, deprecated, message: "it traps in Swift's library; say Int8(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Double) { self.init(clamping: value) }

  /// The same of a `Float`.
  @available(
    *, deprecated, message: "it traps in Swift's library; say Int8(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Float) { self.init(clamping: value) }
}

extension Int16 {
  /// Stands before the standard library's conversion, which traps; this one does not.
  @available(
    *, deprecated, message: "it traps in Swift's library; say Int16(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Double) { self.init(clamping: value) }

  /// The same of a `Float`.
  @available(
    *, deprecated, message: "it traps in Swift's library; say Int16(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Float) { self.init(clamping: value) }
}

extension Int32 {
  /// Stands before the standard library's conversion, which traps; this one does not.
  @available(
    *, deprecated, message: "it traps in Swift's library; say Int32(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Double) { self.init(clamping: value) }

  /// The same of a `Float`.
  @available(
    *, deprecated, message: "it traps in Swift's library; say Int32(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Float) { self.init(clamping: value) }
}

extension Int64 {
  /// Stands before the standard library's conversion, which traps; this one does not.
  @available(
    *, deprecated, message: "it traps in Swift's library; say Int64(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Double) { self.init(clamping: value) }

  /// The same of a `Float`.
  @available(
    *, deprecated, message: "it traps in Swift's library; say Int64(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Float) { self.init(clamping: value) }
}

extension UInt {
  /// Stands before the standard library's conversion, which traps; this one does not.
  @available(
    *, deprecated, message: "it traps in Swift's library; say UInt(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Double) { self.init(clamping: value) }

  /// The same of a `Float`.
  @available(
    *, deprecated, message: "it traps in Swift's library; say UInt(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Float) { self.init(clamping: value) }
}

extension UInt8 {
  /// Stands before the standard library's conversion, which traps; this one does not.
  @available(
    *, deprecated, message: "it traps in Swift's library; say UInt8(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Double) { self.init(clamping: value) }

  /// The same of a `Float`.
  @available(
    *, deprecated, message: "it traps in Swift's library; say UInt8(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Float) { self.init(clamping: value) }
}

extension UInt16 {
  /// Stands before the standard library's conversion, which traps; this one does not.
  @available(
    *, deprecated, message: "it traps in Swift's library; say UInt16(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Double) { self.init(clamping: value) }

  /// The same of a `Float`.
  @available(
    *, deprecated, message: "it traps in Swift's library; say UInt16(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Float) { self.init(clamping: value) }
}

extension UInt32 {
  /// Stands before the standard library's conversion, which traps; this one does not.
  @available(
    *, deprecated, message: "it traps in Swift's library; say UInt32(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Double) { self.init(clamping: value) }

  /// The same of a `Float`.
  @available(
    *, deprecated, message: "it traps in Swift's library; say UInt32(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Float) { self.init(clamping: value) }
}

extension UInt64 {
  /// Stands before the standard library's conversion, which traps; this one does not.
  @available(
    *, deprecated, message: "it traps in Swift's library; say UInt64(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Double) { self.init(clamping: value) }

  /// The same of a `Float`.
  @available(
    *, deprecated, message: "it traps in Swift's library; say UInt64(clamping:) or (exactly:)"
  )
  @inlinable
  public init(_ value: Float) { self.init(clamping: value) }
}
