import Datasets

/// What a checkpoint says of a segmentation network, for whoever uses it later.
struct SegmenterMetadata {
  let classNames: [String]
  let isInstance: Bool
  let mean: [Double]
  let deviation: [Double]
  let filledBits: FilledBits

  init(
    classNames: [String], isInstance: Bool, mean: [Double], deviation: [Double],
    filledBits: FilledBits = .all
  ) {
    self.classNames = classNames
    self.isInstance = isInstance
    self.mean = mean
    self.deviation = deviation
    self.filledBits = filledBits
  }

  /// The same as words.
  var words: [String: String] {
    let own = [
      "classes": classNames.joined(separator: "\n"), "instances": "\(isInstance)",
      "mean": Self.words(mean), "deviation": Self.words(deviation),
    ]
    return own.merging(filledBits.metadata, uniquingKeysWith: { one, _ in one })
  }

  /// Reads the words; nil where one is missing or NaN.
  init?(_ words: [String: String], classNames: [String]) {
    guard let isInstance = words["instances"].flatMap(Bool.init),
      let mean = Self.numbers(words["mean"]),
      let deviation = Self.numbers(words["deviation"])
    else { return nil }
    self.init(
      classNames: classNames, isInstance: isInstance, mean: mean, deviation: deviation,
      filledBits: FilledBits(metadata: words))
  }

  private static func words(_ numbers: [Double]) -> String {
    numbers.map { "\($0)" }.joined(separator: " ")
  }

  private static func numbers(_ words: String?) -> [Double]? {
    let numbers = (words ?? "").split(separator: " ").compactMap { Double($0) }
    return numbers.count == 3 && numbers.allSatisfy(\.isFinite) ? numbers : nil
  }
}
