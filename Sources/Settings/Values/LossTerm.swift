import Formatting

/// A term of a segmentation's loss.
public enum LossTerm: String, Sendable, Hashable, Named {
  /// The mean cross-entropy over pixels.
  case crossEntropy = "cross-entropy"
  /// The focal loss: cross-entropy in which pixels that are predicted well count little.
  case focal
  /// One minus the soft Dice.
  case dice
}

/// The terms whose sum is a segmentation's loss: `cross-entropy+dice`.
public struct LossTerms: Sendable, Hashable {
  /// The terms, each once, in the order in which they are recorded.
  public let terms: [LossTerm]

  /// Creates a loss of terms that differ.
  public init(_ terms: [LossTerm]) { self.terms = terms }
}

extension LossTerms: SettingText {
  /// Reads terms in any spelling, joined by `+`.
  public init?(_ text: String) {
    let words = text.split(separator: "+", omittingEmptySubsequences: false)
    terms = words.compactMap { LossTerm(spelled: String($0)) }
    guard terms.count == words.count, Set(terms).count == terms.count else { return nil }
  }

  /// The text from which it reads back.
  public var description: String { terms.map(\.rawValue).joined(separator: "+") }

  /// What the text must look like.
  public static var expected: String {
    "cross-entropy, focal or dice, or several of them joined by +"
  }
}
