/// Which of two folders, of true masks and of predicted ones, have classes by number although they have but one value
/// beside 0.
///
/// One value beside 0 is the foreground in both folders if it is the same in both. 1 and what is white (255, or 65,535
/// of 16 bits) are also the same. Any other pair is of two classes: where the truth has 0 and 2, a prediction of 1 is
/// wrong.
///
///     ForegroundValues(truth: [255], prediction: [1]).isTruthByNumber    // false
///     ForegroundValues(truth: [2], prediction: [1, 2]).isTruthByNumber   // true
struct ForegroundValues {
  /// What is foreground in one folder as well as in the other.
  private static let common: Set = [1, 255, 65_535]

  /// Whether the true masks' one value is a class by its number.
  let isTruthByNumber: Bool
  /// Whether the predicted masks' one value is a class by its number.
  let isPredictionByNumber: Bool

  /// Compares the values beside 0 of all masks of both folders.
  init(truth: Set<Int>, prediction: Set<Int>) {
    func only(_ values: Set<Int>) -> Int? {
      guard values.count == 1, let value = values.first else { return nil }
      return Self.common.contains(value) ? nil : value
    }
    isTruthByNumber = only(truth).map { !prediction.isSubset(of: [$0]) } ?? false
    isPredictionByNumber = only(prediction).map { truth != [$0] } ?? false
  }

  /// The values beside 0 of masks that have numbers, not colors.
  static func values(of findings: [(file: String, finding: MaskSurvey.Finding)]) -> Set<Int> {
    findings.reduce(into: []) { values, own in
      if !own.finding.isColored { values.formUnion(own.finding.counts.keys.filter { $0 != 0 }) }
    }
  }
}
