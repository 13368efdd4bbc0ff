import Foundation

/// A name that no entry of a catalog has.
public struct UnknownName: DescribedError, Equatable {
  /// What was asked for: `model`.
  public let noun: String
  /// The name that was typed.
  public let name: String
  /// The names there are.
  public let known: [String]
  /// The known name most like it, if one is like it.
  public let nearest: String?

  init(_ name: String, noun: String, known: [String]) {
    self.noun = noun
    self.name = name
    self.known = known
    nearest = Formatting.nearest(to: name, among: known)
  }

  /// One sentence: the name, the nearest, the known ones, of which `rondo doctor` lists all.
  public var description: String {
    "There is no \(noun) '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
      + " Known names: \(listed(known, insteadOf: name, by: "rondo doctor"))."
  }
}
