/// What the numbers of gray masks say when all masks of a data set are looked at together.
struct MaskLevels {
  /// Pixels by number, in all masks.
  private(set) var counts: [Int: Int] = [:]
  /// Masks in which small numbers above 0 are without 255, 255 beside 0 without these, or both.
  private var onlySmall = 0
  private var only255 = 0
  private var both = 0
  /// The first mask with a small number above 0.
  private var firstSmall = ""

  /// Adds the numbers of all masks.
  init(_ findings: [(file: String, finding: MaskSurvey.Finding)]) {
    for (file, finding) in findings {
      counts.merge(finding.counts, uniquingKeysWith: +)
      let hasSmall = finding.counts.keys.contains { (1...Self.lowest).contains($0) }
      if hasSmall, firstSmall.isEmpty { firstSmall = file }
      switch (hasSmall, finding.counts[255] != nil) {
      case (true, true): both += 1
      case (true, false): onlySmall += 1
      // A mask of 255 alone may be ignored as a whole: it says nothing of what 255 means.
      case (false, true): only255 += finding.counts[0] == nil ? 0 : 1
      case (false, false): break
      }
    }
  }

  /// The one number beside 0 of 16-bit masks that have no instances but one class.
  var wideForeground: Int? {
    let others = counts.keys.filter { $0 != 0 }
    return others == [65_535] ? 65_535 : nil
  }

  /// Two classes, and which numbers are which.
  struct Binary {
    var levels: [Int: UInt16]
    /// What is said of them where it is more than which number is the foreground.
    var reason: String?

    func text(_ names: [String]) -> String {
      if let reason { return "two classes, \(names[0]) and \(names[1]): \(reason)" }
      let foreground = levels.filter { $0.value == 1 }.keys.max() ?? 255
      return "two classes: 0 is \(names[0]) and \(foreground) \(names[1])"
    }
  }

  /// Numbers to this one are nearly black, as a JPEG or a blur leaves what was 0.
  private static let lowest = 31
  /// Numbers from this one on are nearly white.
  private static let highest = 224

  /// Concludes which two classes the numbers stand for; nil where they are classes by number.
  ///
  /// - Parameter isNamed: whether two classes are named, so that 0 and 1 are these where 255 may be either.
  /// - Throws: `MaskError.unclear`, with what is there and what to do.
  func binary(folder: String, isNamed: Bool = false) throws -> Binary? {
    let others = Set(counts.keys).subtracting([0])
    if others.isEmpty || others == [1] { return nil }
    // One number beside 0 is the foreground, whichever it is.
    if others.count == 1, let only = others.first, counts[0] != nil || only == 255 {
      return Binary(levels: [0: 0, only: 1])
    }
    if others.contains(255), others.allSatisfy({ $0 <= Self.lowest || $0 == 255 }) {
      return try beside255(small: others.subtracting([255]), folder: folder, isNamed: isNamed)
    }
    guard let top = others.filter({ $0 != 255 }).max() else { return nil }
    // Few small numbers, and 255 for what is ignored: classes by number.
    if top <= Self.lowest { return nil }
    if isBlackAndWhite { return threshold }
    // Many numbers without large gaps are classes by number too.
    if top <= 255, !others.contains(where: { $0 > 255 }), others.count * 2 > top { return nil }
    let list = others.union(counts[0] == nil ? [] : [0]).sorted()
    let numbers =
      list.prefix(8).map(String.init).joined(separator: ", ")
      + (list.count > 8 ? " and \(list.count - 8) more" : "")
    throw MaskError.unclear(
      folder: folder, found: "they have the values \(numbers)",
      remedy: list.count > 16
        ? "save them with exact values (as PNG, without smoothing), 0 for the background and 1, 2, ... "
          + "for the classes"
        : "write into classes.txt a line 'NAME V V V' for each value V that is a class, as in "
          + "'cell \(list[list.count - 1]) \(list[list.count - 1]) \(list[list.count - 1])', or number "
          + "the classes from 0 on"
    )
  }

  /// What small numbers and 255 are together: classes and what is ignored, foreground in two ways, or a
  /// foreground of 255 and a few stray pixels.
  private func beside255(
    small: Set<Int>, folder: String, isNamed: Bool
  ) throws -> Binary? {
    if small == [1], both == 0, onlySmall > 0, only255 > 0 {
      return Binary(
        levels: [0: 0, 1: 1, 255: 1],
        reason: "the foreground is 1 in \(onlySmall) masks and 255 in \(only255)")
    }
    let (pixels, of255) = (small.reduce(0) { $0 + (counts[$1] ?? 0) }, counts[255] ?? 0)
    let withSmall = onlySmall + both
    if pixels * 1000 <= of255, only255 >= withSmall {
      return Binary(
        levels: [0: 0, 255: 1].merging(small.map { ($0, 0) }) { first, _ in first },
        reason:
          "255 is the foreground, and the values \(list(small)) are stray (\(pixels) pixels in "
          + "\(withSmall) masks, the first \(firstSmall)) and count as background")
    }
    // Where something is ignored, most masks have a class beside it.
    let isIgnored = pixels * 50 >= of255 && only255 < 9 * withSmall
    guard !isIgnored, !isNamed else { return nil }
    throw MaskError.unclear(
      folder: folder,
      found:
        "255 has \(of255) pixels, and the values \(list(small)) have \(pixels), in \(withSmall) "
        + "masks, the first \(firstSmall)",
      remedy:
        "if 255 is the foreground, take the small values out; if 255 is to be ignored, write the "
        + "names of the classes into classes.txt, one a line, the background first")
  }

  private func list(_ numbers: Set<Int>) -> String {
    numbers.sorted().prefix(8).map(String.init).joined(separator: ", ")
  }

  /// Whether nearly all pixels are nearly black or nearly white, and the others lie between, as they do
  /// where a mask was smoothed, scaled or once a JPEG.
  private var isBlackAndWhite: Bool {
    guard counts.keys.allSatisfy({ $0 <= 255 }) else { return false }
    func pixels(_ range: ClosedRange<Int>) -> Int {
      counts.reduce(0) { $0 + (range.contains($1.key) ? $1.value : 0) }
    }
    let (low, high) = (pixels(0...Self.lowest), pixels(Self.highest...255))
    let between = pixels((Self.lowest + 1)...(Self.highest - 1))
    let kinds = counts.keys.count { $0 > Self.lowest && $0 < Self.highest }
    guard low > 0, high > 0 else { return false }
    // Few exact numbers are classes, unless hardly a pixel is neither 0 nor 255.
    let odd = low + high + between - (counts[0] ?? 0) - (counts[255] ?? 0)
    let isClean = counts[0] != nil && counts[255] != nil && odd * 50 <= low + high + between
    if kinds < 4, counts.count <= 8, !isClean { return false }
    let hasNoise =
      counts.keys.count { $0 <= Self.lowest } > 1 && counts.keys.count { $0 >= Self.highest } > 1
    if between == 0, !isClean, !hasNoise { return false }
    // A single number between may be a class of its own: then it must be hardly there.
    let few = (low + high + between) / (kinds >= 4 ? 5 : 50)
    return between <= few && between <= high
  }

  private var threshold: Binary {
    let odd = counts.reduce(0) { $0 + ($1.key == 0 || $1.key == 255 ? 0 : $1.value) }
    let all = counts.values.reduce(0, +)
    let share = (Double(odd) / Double(max(1, all)) * 1000).rounded() / 10
    return Binary(
      levels: Dictionary(uniqueKeysWithValues: (0...255).map { ($0, $0 < 128 ? 0 : 1) }),
      reason: "from 128 on a value is foreground (\(share) % of the pixels are neither 0 nor 255)")
  }
}
