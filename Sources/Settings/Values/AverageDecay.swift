/// The decay of a moving average of the weights, an update; or that there is none.
public struct AverageDecay: Sendable, Hashable {
  /// The decay; nil for no average.
  public let decay: Double?

  /// Creates a decay; 0, which would follow the weights themselves, is no average.
  public init(_ decay: Double?) { self.decay = decay == 0 ? nil : decay }
}

extension AverageDecay: ExpressibleByFloatLiteral {
  /// Takes a decay.
  public init(floatLiteral value: Double) { self.init(value) }
}

extension AverageDecay: ExpressibleByIntegerLiteral {
  /// Takes a decay.
  public init(integerLiteral value: Int) { self.init(Double(value)) }
}

extension AverageDecay: SettingRaw {
  /// Reads a number, or `none`.
  public init?(texts: [String]) {
    guard let text = texts.last else { return nil }
    if text.lowercased() == "none" {
      self.init(nil)
    } else if let decay = Double(text) {
      self.init(decay)
    } else {
      return nil
    }
  }

  /// The value as the only text.
  public var texts: [String] { [decay.map { "\($0)" } ?? "none"] }

  /// Reads a number, or `none`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let isNone = (try? container.decode(String.self))?.lowercased() == "none"
    self.init(isNone ? nil : try container.decode(Double.self))
  }

  /// Writes the number, or `none`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let decay { try container.encode(decay) } else { try container.encode("none") }
  }

  /// What is expected, in words.
  public static var expected: String { "a number" }
}
