import Boxes

/// The form in which one process hands the data to others: the images and boxes as blocks of bytes, since there may be
/// millions.
extension DetectionData: Codable {
  private enum CodingKeys: CodingKey {
    case classNames, classNumbers, splits, leftOut, notes, account
  }

  private struct Split: Codable {
    let name: String
    let images: ImageTable
  }

  /// Takes what another process has read.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      classNames: try values.decode([String].self, forKey: .classNames),
      classNumbers: try values.decodeIfPresent([Int].self, forKey: .classNumbers),
      splits: try values.decode([Split].self, forKey: .splits).map {
        DetectionSplit(name: $0.name, images: $0.images.images)
      },
      leftOut: try values.decode([LeftOutBox].self, forKey: .leftOut),
      notes: try values.decode([String].self, forKey: .notes),
      account: try values.decode(FolderAccount.self, forKey: .account))
  }

  /// Gives everything.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(classNames, forKey: .classNames)
    try values.encodeIfPresent(classNumbers, forKey: .classNumbers)
    try values.encode(
      splits.map { Split(name: $0.name, images: ImageTable($0.images)) }, forKey: .splits)
    try values.encode(leftOut, forKey: .leftOut)
    try values.encode(notes, forKey: .notes)
    try values.encode(account, forKey: .account)
  }
}

/// Annotated images by columns.
private struct ImageTable: Codable {
  /// In place of an image's number where it has none.
  private static let withoutNumber = Int.min

  private let names: PackedStrings
  private let paths: PackedStrings
  private let widths: PackedNumbers<Int>
  private let heights: PackedNumbers<Int>
  private let numbers: PackedNumbers<Int>
  private let boxCounts: PackedNumbers<Int>
  private let boxes: PackedNumbers<Row>

  /// A box's numbers.
  private struct Row: BitwiseCopyable {
    let x, y, width, height, area: Double
    let label: Int
    let isCrowd, isDifficult: Bool

    init(_ box: AnnotatedBox) {
      (x, y, width, height) = (box.box.x, box.box.y, box.box.width, box.box.height)
      (area, label) = (box.area, box.label)
      (isCrowd, isDifficult) = (box.isCrowd, box.isDifficult)
    }

    var box: AnnotatedBox {
      AnnotatedBox(
        Box(x: x, y: y, width: width, height: height), label: label, area: area, isCrowd: isCrowd,
        isDifficult: isDifficult)
    }
  }

  init(_ images: [AnnotatedImage]) {
    names = PackedStrings(images.lazy.map(\.name))
    paths = PackedStrings(images.lazy.map(\.path))
    widths = PackedNumbers(images.map(\.width))
    heights = PackedNumbers(images.map(\.height))
    numbers = PackedNumbers(images.map { $0.number ?? Self.withoutNumber })
    boxCounts = PackedNumbers(images.map(\.boxes.count))
    boxes = PackedNumbers(images.flatMap { $0.boxes.map(Row.init) })
  }

  var images: [AnnotatedImage] {
    let (paths, widths, heights) = (paths.strings, widths.values, heights.values)
    let (numbers, counts, boxes) = (numbers.values, boxCounts.values, boxes.values)
    var first = 0
    return names.strings.enumerated().map { index, name in
      defer { first += counts[index] }
      return AnnotatedImage(
        name: name, path: paths[index], width: widths[index], height: heights[index],
        number: numbers[index] == Self.withoutNumber ? nil : numbers[index],
        boxes: boxes[first..<first + counts[index]].map(\.box))
    }
  }
}
