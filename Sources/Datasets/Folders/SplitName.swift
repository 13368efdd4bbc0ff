/// Which split of a data set a folder or a list holds, by its name.
///
/// Letter case does not count, nor do a year and the words that people add: `Train`, `training_set`,
/// `train2017` and `train-images` are all training data.
///
///     SplitName("Valid")      // .validation
///     SplitName("test_set")   // .test
///     SplitName("trainer")    // nil
enum SplitName: String, Sendable, Hashable, CaseIterable {
  case train
  case validation
  case test

  /// What its folder is best called.
  var folder: String {
    switch self {
    case .train: "train"
    case .validation: "val"
    case .test: "test"
    }
  }

  private static let names: [String: SplitName] = [
    "train": .train, "training": .train, "trn": .train,
    "val": .validation, "valid": .validation, "validation": .validation, "validate": .validation,
    "eval": .validation, "evaluation": .validation, "dev": .validation, "development": .validation,
    "test": .test, "testing": .test, "tst": .test,
  ]
  private static let additions: Set = ["set", "data", "dataset", "images", "imgs", "split"]

  /// Which split a name says in one of several words, and the other words: of `seg_train` `.train` and `seg`;
  /// nil where no word says it, or several do.
  static func prefixed(_ name: String) -> (part: SplitName, rest: String)? {
    let words = name.lowercased().split { !$0.isLetter }.map(String.init)
    let parts = words.compactMap { names[$0] }
    let rest = words.filter { names[$0] == nil && !additions.contains($0) }
    guard parts.count == 1, !rest.isEmpty else { return nil }
    return (parts[0], rest.joined(separator: "_"))
  }

  /// Reads a name; nil where it is no split's.
  init?(_ name: String) {
    let words = name.lowercased().split { !$0.isLetter }.map(String.init)
    let own = words.filter { !Self.additions.contains($0) }.map { word in
      // As one word, too: `trainset`.
      word.hasSuffix("set") ? String(word.dropLast(3)) : word
    }
    guard own.count == 1, let part = Self.names[own[0]] else { return nil }
    self = part
  }
}
