import Masks
import Numbers

/// What the numbers of a data set's masks stand for.
struct MaskScheme: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    /// A number is a class; this one is ignored.
    case classes(ignored: UInt16)
    /// These numbers are these classes.
    case levels([Int: UInt16])
    /// 0 is the background, 65,535 is ignored, and each other number an instance.
    case instances
    /// A color is a class.
    case colors([Int: UInt16])
  }

  let kind: Kind
  /// The names, by class.
  let names: [String]
  /// What was decided about numbers that say it only all together, for display.
  var decided: String?
  /// Whether a palette's places stand for its colors, and not for themselves.
  var readsPalettes = false

  /// The label of a pixel's number or color; nil where it stands for none.
  func label(of number: Int) -> UInt16? {
    switch kind {
    case .classes(let ignored):
      number == Int(ignored) ? LabelMap.ignored : number < names.count ? UInt16(number) : nil
    case .levels(let levels): levels[number]
    case .instances: UInt16(exactly: number)
    case .colors(let colors): colors[number]
    }
  }

  /// The scheme with its classes among others, or in another order; as it is where these lack one of them.
  func inOrder(of wanted: [String]) -> MaskScheme {
    let places = Dictionary(zip(wanted, UInt16(0)...), uniquingKeysWith: { first, _ in first })
    let moved = names.compactMap { places[$0] }
    guard kind != .instances, moved.count == names.count, Set(moved).count == names.count else { return self }
    func label(_ label: UInt16) -> UInt16 { Int(label) < moved.count ? moved[Int(label)] : label }
    let kind: Kind =
      switch self.kind {
      case .classes(let ignored):
        .levels(
          [Int(ignored): LabelMap.ignored].merging(
            zip(names.indices, moved).map { ($0, $1) }, uniquingKeysWith: { $1 }))
      case .levels(let levels): .levels(levels.mapValues(label))
      case .instances: .instances
      case .colors(let colors): .colors(colors.mapValues(label))
      }
    return MaskScheme(kind: kind, names: wanted, decided: decided, readsPalettes: readsPalettes)
  }

  /// Which class a label counts as.
  func className(of label: UInt16) -> Int { kind == .instances ? min(1, Int(label)) : Int(label) }

  /// The labels of a mask; what stands for no class is ignored, since a data set's masks are checked.
  func labels(of mask: RawMask) -> LabelMap {
    let labels: [UInt16]
    if mask.channels == 3 {
      labels = stride(from: 0, to: mask.numbers.count, by: 3).map { position in
        let (red, green, blue) = (
          mask.numbers[position], mask.numbers[position + 1], mask.numbers[position + 2]
        )
        return label(of: number(red, green, blue)) ?? LabelMap.ignored
      }
    } else if kind == .instances {
      labels = mask.numbers
    } else if readsPalettes, let palette = mask.palette {
      let table = palette.map { label(of: $0) ?? LabelMap.ignored }
      labels = mask.numbers.map { table[Int(min($0, 255))] }
    } else if mask.isWide {
      labels = mask.numbers.map { label(of: Int($0)) ?? LabelMap.ignored }
    } else {
      let table = (0..<256).map { label(of: number(UInt16($0), UInt16($0), UInt16($0))) }
      labels = mask.numbers.map { $0 < 256 ? table[Int($0)] ?? LabelMap.ignored : LabelMap.ignored }
    }
    return LabelMap(width: mask.size.width, height: mask.size.height, labels: labels)
  }

  /// The number that is looked up for a pixel: its color, or its level where colors mean nothing.
  func number(_ red: UInt16, _ green: UInt16, _ blue: UInt16) -> Int {
    if case .colors = kind { return RawMask.color(red, green, blue) }
    return Int(red)
  }
}

/// What the mask files of a data set have in them, read once to know what they mean.
struct MaskSurvey: Sendable {
  /// What one file has in it.
  struct Finding: Sendable, Codable {
    var size: ImageSize
    /// The colors of a palette's places; nil where there is none.
    var palette: [Int]?
    var isWide: Bool
    var isColored: Bool
    /// Whether it is of one number or color, and transparent in some places and not in others.
    var isInAlpha: Bool
    /// Pixels by number or color.
    var counts: [Int: Int]

    init(_ mask: RawMask) {
      size = mask.size
      palette = mask.palette
      isWide = mask.isWide
      let counts = mask.counts
      isInAlpha = mask.alphaVaries && counts.count == 1
      // Colors that are all gray are numbers, saved as colors.
      let grays = mask.channels == 3 && counts.keys.allSatisfy { $0 == ($0 & 255) * 0x010101 }
      isColored = mask.channels == 3 && !grays
      self.counts =
        grays
        ? Dictionary(uniqueKeysWithValues: counts.map { ($0.key & 255, $0.value) }) : counts
    }

    /// What the file has in it, by the colors of its palette's places; without a palette as it is.
    var byColor: Finding {
      guard let palette else { return self }
      var colors = self
      colors.isColored = true
      colors.counts = Dictionary(
        counts.map { (palette[$0.key & 255], $0.value) }, uniquingKeysWith: +)
      return colors
    }
  }

  /// Concludes what numbers stand for.
  ///
  /// - Parameter isByNumber: whether one value beside 0 is a class by its number, and not the foreground.
  /// - Throws: `MaskError` with the file that contradicts.
  static func scheme(
    of findings: [(file: String, finding: Finding)], folder: String, isInstances: Bool,
    isVOC: Bool, classes: MaskClasses?, isByNumber: Bool = false
  ) throws -> MaskScheme {
    let inAlpha = findings.filter(\.finding.isInAlpha)
    if let first = inAlpha.first {
      throw MaskError.inAlpha(file: first.file, others: inAlpha.count - 1, of: findings.count)
    }
    if !isInstances {
      let palettes = MaskPalettes(findings)
      let isMixed = findings.contains(where: \.finding.isColored)
      if palettes.difference != nil || isMixed && !palettes.isEmpty {
        return try palettes.scheme(folder: folder, isVOC: isVOC, classes: classes)
      }
    }
    let grays = findings.filter { !$0.finding.isColored }
    if let colored = findings.first(where: { $0.finding.isColored }) {
      guard !isInstances else { throw MaskError.coloredInstances(file: colored.file) }
      guard let classes, !classes.colors.isEmpty else {
        throw unlisted(colored.file, colored.finding.counts, known: classes?.colors ?? [:])
      }
      return MaskScheme(kind: .colors(classes.byColor.colors), names: classes.byColor.names)
    }
    let levels = MaskLevels(grays)
    // Grays that are listed as colors are classes by level.
    if !isInstances, let classes, !classes.colors.isEmpty,
      levels.counts.keys.allSatisfy({ $0 <= 255 && classes.colors[$0 * 0x010101] != nil })
    {
      return MaskScheme(kind: .colors(classes.byColor.colors), names: classes.byColor.names)
    }
    let isWide = !grays.isEmpty && grays.allSatisfy { $0.finding.isWide } && classes == nil
    if isInstances || isWide && levels.wideForeground == nil {
      return MaskScheme(
        kind: .instances, names: named(classes, defaultNames: ["background", "object"]))
    }
    // More than two names are classes by number, and so are VOC's.
    if !isVOC, !isByNumber, (classes?.names.count ?? 2) <= 2,
      let binary = try levels.binary(folder: folder, isNamed: classes?.names.count == 2)
    {
      let names = named(classes, defaultNames: ["background", "foreground"])
      return MaskScheme(
        kind: .levels(binary.levels), names: names, decided: binary.text(names))
    }
    let highest = levels.counts.keys.filter { $0 != 255 }.max() ?? 0
    let names =
      if let classes {
        classes.names
      } else if isVOC, highest < MaskClasses.voc.count {
        MaskClasses.voc
      } else {
        ["background"] + (1..<max(2, min(255, highest + 1))).map { "class \($0)" }
      }
    if classes == nil, !isVOC, highest == 0 { throw MaskError.oneClass(folder: folder) }
    let isTakenForVOC = classes == nil && names == MaskClasses.voc
    return MaskScheme(
      kind: .classes(ignored: 255), names: names,
      decided: isTakenForVOC
        ? "\(names.count) classes by number, with PASCAL VOC's names, since the masks lie in SegmentationClass/ (a file "
          + "classes.txt with a name a line gives them others), 255 ignored" : nil)
  }

  /// Names of two classes; one that is listed alone is the foreground's.
  private static func named(_ classes: MaskClasses?, defaultNames: [String]) -> [String] {
    guard let names = classes?.names else { return defaultNames }
    return names.count == 1 ? ["background", names[0]] : Array(names.prefix(2))
  }

  /// Checks a file, and returns its pixels by class.
  ///
  /// - Throws: `MaskError.beyondClasses`, `.unlistedColor`, `.allIgnored`.
  static func pixelCounts(_ file: String, _ finding: Finding, _ scheme: MaskScheme) throws -> [Int] {
    var counts = [Int](repeating: 0, count: scheme.names.count)
    let finding = scheme.readsPalettes ? finding.byColor : finding
    for (number, pixels) in finding.counts.sorted(by: { $0.key < $1.key }) {
      var key = number
      if case .colors(let colors) = scheme.kind {
        if !finding.isColored { key = number * 0x010101 }
        if colors[key] == nil { throw unlisted(file, [key: pixels], known: colors) }
      }
      guard let label = scheme.label(of: key) else {
        throw MaskError.beyondClasses(
          file: file, value: number, pixels: pixels, classes: scheme.names.count)
      }
      if label != LabelMap.ignored { counts[scheme.className(of: label)] += pixels }
    }
    guard counts.contains(where: { $0 > 0 }) else { throw MaskError.allIgnored(file: file) }
    return counts
  }

  static func unlisted(
    _ file: String, _ counts: [Int: Int], known: [Int: UInt16]
  ) -> MaskError {
    let first = counts.filter { known[$0.key] == nil }
      .min { ($1.value, $0.key) < ($0.value, $1.key) }
    let color = first?.key ?? 0
    return .unlistedColor(
      file: file, color: "\(color >> 16) \(color >> 8 & 255) \(color & 255)",
      pixels: first?.value ?? 0, listed: known.count)
  }
}
