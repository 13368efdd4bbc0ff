/// What the values of a setting may be: in words, and as a check.
public struct AllowedValues<Value: Sendable>: Sendable {
  let description: String
  let holds: @Sendable (Value) -> Bool

  /// Creates a rule; its words follow "must be": `from 8 to 1024`.
  public init(_ description: String, _ holds: @escaping @Sendable (Value) -> Bool) {
    self.description = description
    self.holds = holds
  }

  /// Every value of the type.
  public static var any: Self { Self("") { _ in true } }
}

extension AllowedValues where Value: Comparable {
  /// What lies within two bounds.
  public static func `in`(_ range: ClosedRange<Value>, _ unit: String = "") -> Self {
    Self("from \(short(range.lowerBound)) to \(short(range.upperBound))\(unit)", range.contains)
  }

  /// What lies within two bounds, without the upper one.
  public static func `in`(_ range: Range<Value>) -> Self {
    Self("from \(short(range.lowerBound)) to below \(short(range.upperBound))", range.contains)
  }

  /// `0` of 0.0.
  private static func short(_ value: Value) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension AllowedValues<Double> {
  /// A learning rate; smaller ones underflow in single precision.
  public static var rate: Self { Self("a finite number, at least 1e-30", isRate) }

  /// Whether a number may be a learning rate.
  public static func isRate(_ value: Double) -> Bool { value >= 1e-30 && value.isFinite }

  /// A budget below so much.
  public static func aboveZero(below high: Double) -> Self {
    Self("above 0 and below \(short(high))") { $0 > 0 && $0 < high }
  }
}
