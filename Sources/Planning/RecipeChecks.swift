extension RunSettings {
  /// The numbers of a list such as `0.4,0.4`; nil where the text is no such list.
  static func numbers(in text: String) -> [Double]? {
    let words = text.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = words.compactMap { Double($0.filter { $0 != " " }) }
    return numbers.count == words.count && numbers.allSatisfy(\.isFinite) ? numbers : nil
  }

  // MARK: Augmentation

  /// The share of an image's area that is learned from, if it is given.
  public var cropShare: ClosedRange<Double>? {
    guard let shares = cropScale.flatMap(Self.numbers), shares.count == 2, shares[0] > 0,
      shares[0] <= shares[1], shares[1] <= 1
    else { return nil }
    return shares[0]...shares[1]
  }

  /// The scale of a training image, if it is given.
  public var scaleReach: ClosedRange<Double>? {
    guard let scales = scaleJitter.flatMap(Self.numbers), scales.count == 2, scales[0] >= 0.1,
      scales[0] <= scales[1], scales[1] <= 10
    else { return nil }
    return scales[0]...scales[1]
  }

  /// By how much brightness, contrast, saturation and hue are changed, if they are; 0 for what is left
  /// out at the end.
  public var colorReaches: [Double]? {
    guard let reaches = colorJitter.flatMap(Self.numbers), (1...4).contains(reaches.count),
      reaches.allSatisfy({ $0 >= 0 }), reaches.count < 4 || reaches[3] <= 0.5
    else { return nil }
    return reaches + Array(repeating: 0, count: 4 - reaches.count)
  }

  /// RandAugment's number of operations and their magnitude, if they are given.
  public var randAugmentNumbers: (operations: Int, magnitude: Int)? {
    guard let numbers = randAugment.flatMap(Self.numbers), numbers.count == 2,
      let operations = Int(exactly: numbers[0]), (1...14).contains(operations),
      let magnitude = Int(exactly: numbers[1]), (0...30).contains(magnitude)
    else { return nil }
    return (operations, magnitude)
  }

  func checkAugmentation() throws {
    try check(
      cropScale, key: "crop-scale",
      allowed: "two shares of the area, above 0 and at most 1, the lower first: 0.08,1"
    ) { _ in cropShare != nil }
    try check(
      scaleJitter, key: "scale-jitter",
      allowed: "two scales from 0.1 to 10, the lower first, or 1,1 for none of it: 0.75,1.5"
    ) { _ in scaleReach != nil }
    try check(rotation, key: "rotation", allowed: "from 0 to 180 degrees") {
      (0...180).contains($0)
    }
    try check(elastic, key: "elastic", allowed: "from 0 to 64 pixels") { (0...64).contains($0) }
    try check(mosaic, key: "mosaic", allowed: "from 0 to 1") { (0...1).contains($0) }
    try check(
      colorJitter, key: "color-jitter",
      allowed: "up to four numbers, for brightness, contrast, saturation and hue, none below 0 and "
        + "the hue at most 0.5: 0.4,0.4,0.4,0.1"
    ) { _ in colorReaches != nil }
    try check(
      randAugment, key: "rand-augment",
      allowed: "the operations an image, from 1 to 14, and their magnitude, from 0 to 30: 2,9"
    ) { _ in randAugmentNumbers != nil }
    try check(cutout, key: "cutout", allowed: "from 0 to 1024") { (0...1024).contains($0) }
    for (value, key) in [(mixup, "mixup"), (cutmix, "cutmix")] {
      try check(value, key: key, allowed: "from 0.01 to 100, or 0 for none") {
        $0 == 0 || (0.01...100).contains($0)
      }
    }
  }

  // MARK: Averages

  /// Whether there are to be several cycles, however short: something is made of their ends, or a schedule
  /// was typed that repeats them.
  public var needsCycles: Bool {
    average != nil || patience != nil || scheduleEntry?.repeatsCycles == true
  }

  func checkAveraging() throws {
    try check(ema, key: "ema", allowed: "above 0 and below 1, such as 0.999") { $0 > 0 && $0 < 1 }
    try checkWord(average, key: "average", known: AverageName.allCases.map(\.rawValue))
    try check(patience, key: "patience", allowed: "at least 1") { $0 >= 1 }
    if let patienceOn, patience == nil {
      throw SettingsError.outOfRange(
        key: "patience-on", value: patienceOn, allowed: "given with --patience, which waits for it")
    }
    if let average, ema != nil {
      throw SettingsError.outOfRange(
        key: "average", value: average, allowed: "left out with --ema: a run has one average")
    }
    guard let schedule = scheduleEntry, !schedule.repeatsCycles else { return }
    for (key, value) in [("average", average), ("patience", patience.map(String.init))] {
      try check(
        value, key: key,
        allowed:
          "left out with --schedule \(schedule.name), which has no cycles that end before the run"
      ) { _ in false }
    }
  }
}
