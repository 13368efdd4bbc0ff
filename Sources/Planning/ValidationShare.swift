import Foundation

/// Which images a run chooses by, where it chooses something by evaluations.
extension RunSettings {
  /// What `--validation` is where no training images are held out.
  public static let noValidation = "none"

  /// The share of the training images that is to be held out, from `0.1` or `10%`; nil where none was named.
  public var validationShare: Double? {
    guard let validation else { return nil }
    let isPercent = validation.hasSuffix("%")
    guard let number = Double(isPercent ? String(validation.dropLast()) : validation) else {
      return nil
    }
    let share = isPercent ? number / 100 : number
    return share > 0 && share < 1 ? share : nil
  }

  /// The options by which something is chosen by evaluations: when the run stops, or its learning rates.
  public var choosingOptions: [String] {
    (patience == nil ? [] : ["--patience"])
      + (rangeTestMeasure == .trainingLoss ? [] : ["--range-test-on \(rangeTestOn ?? "")"])
  }

  func checkValidation() throws {
    guard validation != Self.noValidation else { return }
    try check(
      validation, key: "validation",
      allowed: "a share of the training images above 0 and below 1, such as 0.1, or none"
    ) { _ in validationShare != nil }
  }
}
