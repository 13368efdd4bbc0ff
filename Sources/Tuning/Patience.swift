/// Counts the cycles since a run's score was best, and says when there have been too many.
///
/// A score moves up and down with the learning rate, so it is compared at the ends of cycles alone.
public struct Patience: Sendable, Hashable {
  /// The cycles without a better score after which it is over.
  public let cycles: Int
  /// The best score so far; below every number before the first.
  public private(set) var best = -Double.infinity
  /// The update after which the score was best, if there was a score.
  public private(set) var bestUpdate: Int?
  /// Updates that were asked for when the run had been planned, in which nothing ends.
  public var askedFor = 0..<0
  /// How many scores were undefined.
  public private(set) var undefined = 0
  private var waited = 0

  /// Creates a patience of so many cycles.
  public init(cycles: Int) { self.cycles = cycles }

  /// Whether the score has not become better for so many cycles.
  public var isOver: Bool { waited >= cycles }

  /// Whether the run ends after so many updates.
  public func isOver(after updates: Int) -> Bool { isOver && !askedFor.contains(updates) }

  /// Takes in the score at the end of a cycle; more is better, and what is undefined (NaN or infinite) is never better.
  public mutating func take(_ score: Double, after update: Int) {
    if !score.isFinite { undefined += 1 }
    if score.isFinite, score > best {
      (best, bestUpdate, waited) = (score, update, 0)
    } else {
      waited += 1
    }
  }

  /// Begins to count anew, as after a change of plan; the best score stays what it was.
  public mutating func beginAnew() { waited = 0 }
}
