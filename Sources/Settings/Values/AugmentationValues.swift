import Datasets
import Numbers

/// Two numbers, of which the first is not above the second: `0.75,1.5`.
public struct NumberRange: Sendable, Hashable {
  /// What lies between them.
  public let range: ClosedRange<Double>

  /// Creates a range.
  public init(_ range: ClosedRange<Double>) { self.range = range }
}

extension NumberRange: SettingText {
  /// Reads `0.75,1.5`.
  public init?(_ text: String) {
    guard let bounds = numbers(in: text), bounds.count == 2, bounds[0] <= bounds[1] else {
      return nil
    }
    range = bounds[0]...bounds[1]
  }

  /// The text from which it reads back.
  public var description: String { "\(range.lowerBound),\(range.upperBound)" }

  /// What the text must look like.
  public static var expected: String { "two numbers, the lower first: 0.75,1.5" }
}

extension ColorJitter: SettingText {
  /// Reads strengths of brightness, contrast, saturation and hue; 0 for those left out at the end.
  public init?(_ text: String) {
    guard var strengths = numbers(in: text), (1...4).contains(strengths.count),
      strengths.allSatisfy({ $0 >= 0 })
    else { return nil }
    strengths += Array(repeating: 0, count: 4 - strengths.count)
    guard strengths[3] <= 0.5 else { return nil }
    self.init(
      brightness: strengths[0], contrast: strengths[1], saturation: strengths[2], hue: strengths[3])
  }

  /// The text from which it reads back.
  public var description: String { "\(brightness),\(contrast),\(saturation),\(hue)" }

  /// What the text must look like.
  public static var expected: String {
    "up to four numbers, for brightness, contrast, saturation and hue, none below 0 and the hue at most "
      + "0.5: 0.4,0.4,0.4,0.1"
  }
}

extension RandAugment: SettingText {
  /// Reads the number of operations and their magnitude: `2,9`.
  public init?(_ text: String) {
    guard let numbers = numbers(in: text), numbers.count == 2,
      let operations = Int(exactly: numbers[0]), (1...14).contains(operations),
      let magnitude = Int(exactly: numbers[1]), Self.magnitudes.contains(magnitude)
    else { return nil }
    self.init(operations: operations, magnitude: magnitude)
  }

  /// The text from which it reads back.
  public var description: String { "\(operations),\(magnitude)" }

  /// What the text must look like.
  public static var expected: String {
    "the operations an image, from 1 to 14, and their magnitude, from 0 to 30: 2,9"
  }
}
