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
    var known: [Int: (colour: Int, file: String)] = [:]
    for (file, finding) in withPalette {
      guard let palette = finding.palette else { continue }
      for place in finding.counts.keys.sorted() {
        let colour = palette[place & 255]
        guard let other = known[place] else {
          known[place] = (colour, file)
          continue
        }
        guard other.colour != colour else { continue }
        difference =
          "entry \(place) of their palettes is the color \(Self.words(other.colour)) in "
          + "\(other.file) and \(Self.words(colour)) in \(file)"
        return
      }
    }
    difference = nil
  }

  /// A color as `classes.txt` has it.
  static func words(_ colour: Int) -> String {
    "\(colour >> 16) \(colour >> 8 & 255) \(colour & 255)"
  }

  /// The classes by the palettes' colors.
  ///
  /// - Throws: `MaskError.unclear` for palettes of other colors, `.unlistedColour` for masks of which some
  ///   are colored without a palette, and nothing says which colors are classes.
  func scheme(folder: String, isVOC: Bool, classes: MaskClasses?) throws -> MaskScheme {
    if let classes, !classes.colours.isEmpty {
      return MaskScheme(
        kind: .colours(classes.colours), names: classes.names, readsPalettes: true)
    }
    guard let difference else {
      let coloured = all.first { $0.finding.isColoured }
      throw MaskSurvey.unlisted(
        coloured?.file ?? folder, coloured?.finding.counts ?? [:], known: [:])
    }
    let used = Set(withPalette.flatMap { $0.finding.byColour.counts.keys })
    guard !isVOC, classes == nil, withPalette.count == all.count, agree(used), used.contains(0),
      used.count <= 255
    else {
      throw MaskError.unclear(
        folder: folder, found: difference,
        remedy: "save them with one palette, or write into classes.txt a line 'NAME R G B' for the "
          + "color of each class")
    }
    let colours = used.sorted()
    let names =
      colours.count <= 2
      ? ["background", "foreground"] : ["background"] + (1..<colours.count).map { "class \($0)" }
    let list = zip(colours, names).prefix(4).map { "\(Self.words($0)) is \($1)" }
    return MaskScheme(
      kind: .colours(
        Dictionary(uniqueKeysWithValues: colours.enumerated().map { ($1, UInt16($0)) })),
      names: names,
      decided: "\(names.count) classes by color, since the palettes differ in their order: "
        + list.joined(separator: ", ") + (colours.count > 4 ? ", ..." : ""),
      readsPalettes: true)
  }

  /// Whether the files have the same colors, in whichever order.
  private func agree(_ used: Set<Int>) -> Bool {
    let palettes = withPalette.compactMap { $0.finding.palette.map(Set.init) }
    return palettes.allSatisfy { $0 == palettes[0] }
      || withPalette.contains { Set($0.finding.byColour.counts.keys) == used }
  }
}
