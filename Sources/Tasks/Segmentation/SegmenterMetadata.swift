/// What a checkpoint says of a segmentation network, for whoever uses it later.
struct SegmenterMetadata {
  let classNames: [String]
  let isInstance: Bool
  let mean: [Double]
  let deviation: [Double]

  init(classNames: [String], isInstance: Bool, mean: [Double], deviation: [Double]) {
    self.classNames = classNames
    self.isInstance = isInstance
    self.mean = mean
    self.deviation = deviation
  }

  /// The same as words.
  var words: [String: String] {
    [
      "classes": classNames.joined(separator: "\n"), "instances": "\(isInstance)",
      "mean": Self.words(mean), "deviation": Self.words(deviation),
    ]
  }

  /// Reads the words; nil where one is missing or no number.
  init?(_ words: [String: String], classNames: [String]) {
    guard let isInstance = words["instances"].flatMap(Bool.init),
      let mean = Self.numbers(words["mean"]),
      let deviation = Self.numbers(words["deviation"])
    else { return nil }
    self.init(classNames: classNames, isInstance: isInstance, mean: mean, deviation: deviation)
  }

  private static func words(_ numbers: [Double]) -> String {
    numbers.map { "\($0)" }.joined(separator: " ")
  }

  private static func numbers(_ words: String?) -> [Double]? {
    let numbers = (words ?? "").split(separator: " ").compactMap { Double($0) }
    return numbers.count == 3 && numbers.allSatisfy(\.isFinite) ? numbers : nil
  }
}
