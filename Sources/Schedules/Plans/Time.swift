import Foundation
import Numbers

/// A length of training in updates, epochs, samples, or as a share of the run.
///
///     try Time.epochs(4).steps(in: budget)   // 1_564, at 391 updates an epoch
///
/// As text: `2000` are updates, `4ep` epochs, `51200sa` samples, `30%` a part of the run.
public enum Time: Sendable, Hashable {
  /// Applied updates of the optimizer.
  case steps(Int)
  /// Passes over the training data, also fractional.
  case epochs(Double)
  /// Training samples.
  case samples(Int)
  /// A part of the whole run, from 0 to 1.
  case fraction(Double)

  /// Returns the length in updates, rounded to the nearest whole one and at least 0.
  public func steps(in budget: Budget) -> Int {
    let steps =
      switch self {
      case .steps(let steps): Double(steps)
      case .epochs(let epochs): epochs * Double(budget.stepsPerEpoch)
      case .samples(let samples): Double(samples) / max(1, budget.samplesPerUpdate)
      case .fraction(let fraction): fraction * Double(budget.totalSteps)
      }
    return Int(exactly: max(0, steps).rounded()) ?? Int.max
  }
}

extension Time: LosslessStringConvertible {
  /// Reads `2000`, `4ep`, `51200sa` or `30%`; nil for anything else, and for negative lengths.
  public init?(_ description: String) {
    let text = description.trimmingCharacters(in: .whitespaces)
    if text.hasSuffix("ep"), let epochs = Double(text.dropLast(2)) {
      self = .epochs(epochs)
    } else if text.hasSuffix("sa"), let samples = Int(text.dropLast(2)) {
      self = .samples(samples)
    } else if text.hasSuffix("%"), let percent = Double(text.dropLast()) {
      self = .fraction(percent / 100)
    } else if let steps = Int(text) {
      self = .steps(steps)
    } else {
      return nil
    }
    guard isValid else { return nil }
  }

  /// Whether any time passes; less than half an update may still round to none.
  public var isAboveZero: Bool {
    switch self {
    case .steps(let count), .samples(let count): count > 0
    case .epochs(let number), .fraction(let number): number > 0
    }
  }

  private var isValid: Bool {
    switch self {
    case .steps(let count), .samples(let count): count >= 0
    case .epochs(let number): number >= 0 && number.isFinite
    case .fraction(let number): (0...1).contains(number)
    }
  }

  /// The text from which it reads back.
  public var description: String {
    switch self {
    case .steps(let steps): "\(steps)"
    case .epochs(let epochs): Self.short(epochs) + "ep"
    case .samples(let samples): "\(samples)sa"
    case .fraction(let fraction): Self.short((fraction * 1e14).rounded() / 1e12) + "%"
    }
  }

  /// `4` of 4.0.
  private static func short(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? "\(number)"
  }
}

extension Time: Codable {
  /// Reads the text form.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let time = Time(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "'\(text)' is not a length; write 2000 (updates), 4ep, 51200sa or 30%.")
    }
    self = time
  }

  /// Writes the text form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
