/// How much the loss of each class counts.
public enum ClassWeighting: Sendable, Hashable {
  /// All classes have the weight 1.
  case none
  /// One over the class's number of images or pixels, so that all classes together count alike.
  case balanced
  /// One over the root of that number.
  case squareRoot
  /// A weight for each class, in their order.
  case values([Double])

  /// Returns the weights of classes with so many images or pixels; nil where all count alike.
  ///
  /// Weights that are measured have a mean of 1 over images or pixels. A class without any has the weight 1.
  ///
  ///     ClassWeighting.balanced.weights(of: [30, 10])      // [0.667, 2]
  ///     ClassWeighting.squareRoot.weights(of: [30, 10])    // [0.845, 1.464]
  ///
  /// - Throws: `SettingsError` for another number of weights than classes.
  public func weights(of counts: [Int], names: [String]) throws -> [Double]? {
    switch self {
    case .none: return nil
    case .balanced: return Self.inverse(counts, isRoot: false)
    case .squareRoot: return Self.inverse(counts, isRoot: true)
    case .values(let values):
      guard values.count == counts.count else {
        throw SettingsError.notAllowed(
          key: "class-weights", value: "\(self)",
          allowed: "balanced, sqrt, none or \(counts.count) numbers, one for each of "
            + names.joined(separator: ", "))
      }
      return values
    }
  }

  /// - Source: without the root scikit-learn's `compute_class_weight("balanced")`.
  private static func inverse(_ counts: [Int], isRoot: Bool) -> [Double] {
    let total = Double(counts.reduce(0, +))
    let raw = counts.map { count in
      let inverse = count > 0 ? total / Double(count) : 0
      return isRoot ? inverse.squareRoot() : inverse
    }
    let mean = zip(raw, counts).reduce(0) { $0 + $1.0 * Double($1.1) } / max(1, total)
    return raw.map { $0 > 0 ? $0 / mean : 1 }
  }
}

extension ClassWeighting: SettingValue {
  /// The weights that a loss in single precision can bear.
  private static let allowed = 1e-6...1e6

  /// Reads a word, the weights (`1,2.5`), or what files of older runs have: `true`, for `sqrt`.
  public init?(raw: RawTextOrFlag) {
    switch raw.text.lowercased() {
    case "none", "false": self = .none
    case "balanced": self = .balanced
    case "sqrt", "true": self = .squareRoot
    default:
      guard let values = numbers(in: raw.text), values.count > 1,
        values.contains(where: { $0 > 0 }),
        values.allSatisfy({ $0 == 0 || Self.allowed.contains($0) })
      else { return nil }
      self = .values(values)
    }
  }

  /// The text from which it reads back.
  public var raw: RawTextOrFlag { RawTextOrFlag(text: description) }

  /// What the text must look like.
  public static var expected: String {
    "balanced, sqrt, none, or for each class 0 or a number from 0.000001 to 1000000: 1,2.5"
  }
}

extension ClassWeighting: CustomStringConvertible {
  /// The text from which it reads back.
  public var description: String {
    switch self {
    case .none: "none"
    case .balanced: "balanced"
    case .squareRoot: "sqrt"
    case .values(let values): values.map { "\($0)" }.joined(separator: ",")
    }
  }
}

/// A text that stands as `true` or `false` in files of older versions.
public struct RawTextOrFlag: SettingRaw {
  /// The text, which is `true` or `false` where a file has a flag.
  public let text: String

  /// Creates one of a text.
  public init(text: String) { self.text = text }

  /// Reads the last text that was typed.
  public init?(texts: [String]) {
    guard let last = texts.last else { return nil }
    text = last
  }

  /// The value as the only text.
  public var texts: [String] { [text] }

  /// Reads a text, or true or false.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    text = try (try? container.decode(Bool.self)).map { "\($0)" } ?? container.decode(String.self)
  }

  /// Writes the text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  /// What is expected, in words.
  public static var expected: String { "a word" }
}
