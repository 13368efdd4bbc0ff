/// What a split of a data set is for, by the beginning of its name: `train2017` and `Training` are both
/// to train on.
enum SplitUse: CaseIterable, Sendable {
  /// Training and validation together, as VOC's `trainval`.
  case both
  /// Training.
  case train
  /// Validation.
  case validation
  /// The test.
  case test

  /// Reads a split's name, in any letter case.
  init?(_ name: String) {
    let name = name.lowercased()
    if name.hasPrefix("trainval") {
      self = .both
    } else if name.hasPrefix("train") {
      self = .train
    } else if name.hasPrefix("val") {
      self = .validation
    } else if name.hasPrefix("test") {
      self = .test
    } else {
      switch SplitName(name) {
      case .train: self = .train
      case .validation: self = .validation
      case .test: self = .test
      case nil: return nil
      }
    }
  }

  /// Whether a folder or list is a split's by its whole name: `train` and `valid2017`, and not `trainer`.
  static func isFolder(_ name: String) -> Bool {
    SplitName(name) != nil || name.lowercased().hasPrefix("trainval")
  }
}
