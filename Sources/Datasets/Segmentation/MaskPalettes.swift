import Numbers

/// What the palettes of a data set's masks say, which may differ from file to file.
///
/// Some programs write the colors of a file's palette in the order in which they meet them. Then a place
/// in the palette is another class in each file, and only the colors tell.
struct MaskPalettes {
  private let all: [(file: String, finding: MaskSurvey.Finding)]
  private let withPalette: [(file: String, finding: MaskSurvey.Finding)]
  /// A place that is used with two colors, for display; nil where the palettes agree.
  let difference: String?

  /// Whether no mask has a palette.
  var isEmpty: Bool { withPalette.isEmpty }

  /// Compares the palettes of masks in the places that are used.
  init(_ findings: [(file: String, finding: MaskSurvey.Finding)]) {
    all = findings
    withPalette = findings.filter { $0.finding.palette != nil }
    var known: [Int: (color: Int, file: String)] = [:]
    for (file, finding) in withPalette {
      guard let palette = finding.palette else { continue }
      for position in finding.counts.keys.sorted() {
        let color = palette[position & 255]
        guard let other = known[position] else {
          known[position] = (color, file)
          continue
        }
        guard other.color != color else { continue }
        difference =
          "entry \(position) of their palettes is the color \(Self.text(other.color)) in "
          + "\(other.file) and \(Self.text(color)) in \(file)"
        return
      }
    }
    difference = nil
  }

  /// A color as `classes.txt` has it.
  static func text(_ color: Int) -> String {
    "\(color >> 16) \(color >> 8 & 255) \(color & 255)"
  }

  /// The classes by the palettes' colors.
  ///
  /// - Throws: `MaskError.unclear` for palettes of other colors, `.unlistedColor` for masks of which some
  ///   are colored without a palette, and nothing says which colors are classes.
  func scheme(folder: String, isVOC: Bool, classes: MaskClasses?) throws -> MaskScheme {
    if let classes, !classes.colors.isEmpty {
      return MaskScheme(
        kind: .colors(classes.byColor.colors), names: classes.byColor.names, readsPalettes: true)
    }
    guard let difference else {
      let colored = all.first { $0.finding.isColored }
      throw MaskSurvey.unlisted(
        colored?.file ?? folder, colored?.finding.counts ?? [:], known: [:])
    }
    let used = Set(withPalette.flatMap { $0.finding.byColor.counts.keys })
    guard !isVOC, classes == nil, withPalette.count == all.count, agree(used), used.contains(0),
      used.count <= 255
    else {
      throw MaskError.unclear(
        folder: folder, found: difference,
        remedy: "save them with one palette, or write into classes.txt a line 'NAME R G B' for the "
          + "color of each class")
    }
    let colors = used.sorted()
    let names =
      colors.count <= 2
      ? ["background", "foreground"] : ["background"] + (1..<colors.count).map { "class \($0)" }
    let list = zip(colors, names).prefix(4).map { "\(Self.text($0)) is \($1)" }
    return MaskScheme(
      kind: .colors(
        Dictionary(uniqueKeysWithValues: colors.enumerated().map { ($1, UInt16($0)) })),
      names: names,
      decided: "\(names.count) classes by color, since the palettes differ in their order: "
        + list.joined(separator: ", ") + (colors.count > 4 ? ", ..." : ""),
      readsPalettes: true)
  }

  /// Whether the files have the same colors, in whichever order.
  private func agree(_ used: Set<Int>) -> Bool {
    let palettes = withPalette.compactMap { $0.finding.palette.map(Set.init) }
    return palettes.allSatisfy { $0 == palettes[0] }
      || withPalette.contains { Set($0.finding.byColor.counts.keys) == used }
  }
}
