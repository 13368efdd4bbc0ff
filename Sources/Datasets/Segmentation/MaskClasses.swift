import Foundation
import Numbers

/// What a data set's classes are called, and in which colors they are painted, as `classes.txt` says.
///
/// A line is `NAME`, or `NAME R G B`; the first is the class 0.
struct MaskClasses: Sendable, Hashable {
  /// The names, by class.
  var names: [String]
  /// Each color's class, as `RawMask.color` writes colors; empty where none are listed.
  var colors: [Int: UInt16] = [:]
  /// Whether they are sorted by their names.
  private var isSorted = false

  init(names: [String], colors: [Int: UInt16] = [:]) { (self.names, self.colors) = (names, colors) }

  /// Reads the file of a folder; nil if it has none.
  ///
  /// - Throws: `MaskError.badClass`, `DataError.badClassName`.
  static func read(in folder: String) throws -> MaskClasses? {
    guard let file = file(in: folder) else { return nil }
    let classes = fileExtension(file) == "csv" ? try table(file) : try list(file)
    if let classes { try ClassNames.check(classes.names, in: file) }
    return classes
  }

  /// Reads `classes.txt`.
  private static func list(_ file: String) throws -> MaskClasses? {
    var classes = MaskClasses(names: [])
    // CVAT writes `NAME:R,G,B:PARTS:ACTIONS` below a comment.
    let isCVAT = lastPart(file) == "labelmap.txt"
    classes.isSorted = isCVAT
    for (index, line) in try readLines(file).enumerated() {
      if isCVAT, line.first == "#" { continue }
      let fields = isCVAT ? line.split(separator: ":", omittingEmptySubsequences: false).prefix(2) : [line[...]]
      let words = fields.flatMap { $0.split(whereSeparator: { $0.isWhitespace || $0 == "," }) }.map(String.init)
      guard !words.isEmpty else { continue }
      func refuse(_ reason: String) -> MaskError {
        .badClass(file: file, line: index + 1, reason: reason)
      }
      let numbers = words.suffix(3).compactMap { UInt16($0) }
      let isColored = words.count >= 4 && numbers.count == 3
      if isColored {
        guard numbers.allSatisfy({ $0 <= 255 }) else { throw refuse("a color value is above 255") }
        let color = RawMask.color(numbers[0], numbers[1], numbers[2])
        let label = UInt16(classes.names.count)
        guard classes.colors.updateValue(label, forKey: color) == nil else {
          throw refuse("its color is another class's")
        }
      }
      try classes.add(words.dropLast(isColored ? 3 : 0).joined(separator: " "), refuse)
    }
    return classes.names.isEmpty ? nil : classes
  }

  /// Adds the next class.
  private mutating func add(_ name: String, _ refuse: (String) -> MaskError) throws {
    guard names.count < Self.most else { throw refuse("there are more than \(Self.most) classes") }
    guard !names.contains(name) else { throw refuse("'\(name)' occurs twice") }
    names.append(name)
  }

  /// A byte of a mask is a class, or 255 for an ignored pixel.
  private static let most = 255

  /// The classes of masks in these colors: in CVAT's file, which is sorted by name, black is the background, the class 0.
  var byColor: MaskClasses {
    guard isSorted, let place = colors[RawMask.color(0, 0, 0)].map(Int.init), place > 0 else { return self }
    var classes = self
    classes.names.insert(classes.names.remove(at: place), at: 0)
    classes.colors = colors.mapValues { $0 == place ? 0 : $0 < place ? $0 + 1 : $0 }
    return classes
  }

  /// Where a folder has the file, or Roboflow's `_classes.csv`, perhaps beside the training images, labelme's
  /// `class_names.txt` or CVAT's `labelmap.txt`; nil if it has none.
  static func file(in folder: String) -> String? {
    ["classes.txt", "_classes.csv", "train/_classes.csv", "class_names.txt", "labelmap.txt"].map { folder + "/" + $0 }
      .first(where: FileManager.default.fileExists(atPath:))
  }

  /// Reads a table of numbers and names, whose first line says `Pixel Value, Class`.
  private static func table(_ file: String) throws -> MaskClasses? {
    var classes = MaskClasses(names: [])
    for (index, line) in try readLines(file).enumerated().dropFirst()
    where !line.allSatisfy(\.isWhitespace) {
      let cells = line.split(separator: ",", maxSplits: 1)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      func refuse(_ reason: String) -> MaskError { .badClass(file: file, line: index + 1, reason: reason) }
      guard cells.count == 2, Int(cells[0]) == classes.names.count else {
        throw refuse("it is not the number \(classes.names.count) and a name")
      }
      try classes.add(cells[1], refuse)
    }
    return classes.names.isEmpty ? nil : classes
  }

  /// PASCAL VOC's, by the numbers of its palette.
  static let voc = [
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair",
    "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa",
    "train", "tvmonitor",
  ]
}
