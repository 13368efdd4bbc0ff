import ArgumentParser
import Datasets
import Formatting
import Foundation
import Numbers

/// `rondo data convert`: writes annotated boxes in another format.
struct DataConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Converts boxes between VOC, COCO and YOLO format.",
    discussion: """
      rondo data convert --from voc --to coco VOC2012 voc-as-coco
      rondo data convert --to yolo --images copy coco coco-as-yolo
      """)

  @Argument(help: "The data set: its folder, or COCO's .json, or YOLO's data.yaml.")
  var input: String
  @Argument(help: "The new folder.")
  var output: String
  @Option(help: "voc, coco or yolo; detected if left out.")
  var from: AnnotationFormat?
  @Option(help: "voc, coco or yolo.")
  var to: AnnotationFormat
  @Option(help: "How images are placed in the new folder: link, copy or none.")
  var images = DetectionConversion.Images.link
  @Option(help: "The wanted classes, with commas between them; all if left out.")
  var classes: String?
  @Flag(help: "Trust names and links that lead out of the data set's folder.")
  var allowLinks = false
  @Option(help: "text, or json for a summary on standard output.")
  var format: OutputFormat = .text

  func run() throws {
    try DetectionConversion.check(output, input: input)
    try FileEnding.check(folder: output, "The output", for: "data")
    guard ImagePaths.isThere(input) else {
      throw DataError.unreadable(file: input, reason: reasonNotOpened(input, ENOENT))
    }
    guard let inputFormat = from ?? AnnotationFormat.recognized(at: input) else {
      throw AnnotationError.unrecognized(path: input, nearest: AnnotationFormat.nearest(at: input))
    }
    let wanted = try classes.map(Self.classNames)
    let data = try inputFormat.read(
      input,
      options: DetectionOptions(
        classNames: wanted, needsImages: images != .none, allowsLinks: allowLinks))
    let account = try DetectionConversion(of: data, to: to, images: images)
      .write(to: output, input: input)
    for line in ConversionSummary.lines(data, account) { Console.info(line) }
    if format == .json { Console.output(try JSONText.line(ConversionOutput(data, account))) }
  }

  /// The names in a list with commas between them, without spaces around them.
  ///
  /// - Throws: `ValidationError` for a name that is empty or there twice.
  private static func classNames(_ list: String) throws -> [String] {
    let names = list.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    guard !names.contains("") else {
      throw ValidationError(
        "--classes '\(list)' has an empty name; write names with one comma between each two.")
    }
    var seen: Set<String> = []
    if let twice = names.first(where: { !seen.insert($0).inserted }) {
      throw ValidationError("--classes '\(list)' names '\(twice)' twice; name each class once.")
    }
    return names
  }
}

extension AnnotationFormat: NamedArgument {}
extension DetectionConversion.Images: NamedArgument {}

/// What a conversion did, in words.
private enum ConversionSummary {
  private static let most = 10

  static func lines(
    _ data: DetectionData, _ account: DetectionConversion.Account
  ) -> [String] {
    var lines = [
      quantity(account.images, "image") + " with " + quantity(account.boxes, "box", plural: "boxes") + " of "
        + quantity(data.classNames.count, "class", plural: "classes") + ", in "
        + data.splits.map { "\($0.name) (\($0.images.count))" }.joined(separator: ", ") + "."
    ]
    lines += data.notes + data.account.lines
    if !data.leftOut.isEmpty {
      lines.append("Left out as invalid: \(quantity(data.leftOut.count, "box", plural: "boxes")).")
      lines += data.leftOut.prefix(most).map { "  \($0)" }
      if data.leftOut.count > most { lines.append("  and \(data.leftOut.count - most) more") }
    }
    let changes: [(count: Int, one: String, several: String, what: String)] = [
      (account.crowdsLeftOut, "box of crowds", "boxes of crowds", "left out: YOLO's format has none."),
      (
        account.difficultForgotten, "difficult box", "difficult boxes",
        "written as normal: YOLO's format has none."
      ),
      (account.cutOff, "box", "boxes", "clipped at the image's edges, as YOLO's format requires."),
    ]
    for (count, one, several, what) in changes where count > 0 {
      lines.append(quantity(count, one, plural: several) + " " + what)
    }
    if let first = account.firstRenamed {
      lines.append(
        "\(account.renamed) images renamed, because two would have had the same name: \(first)")
    }
    return lines
  }
}

/// What a conversion did, for programs.
private struct ConversionOutput: Encodable {
  let account: DetectionConversion.Account
  let classes: [String]
  let splits: [String: Int]
  let leftOut: [String]
  let notes: [String]
  let files: FolderAccount

  private enum CodingKeys: String, CodingKey {
    case classes, splits, notes, files
    case leftOut = "left_out"
  }

  private enum AccountKeys: String, CodingKey {
    case images, boxes
    case crowds = "crowds_left_out"
    case difficult = "difficult_flags_dropped"
    case cutOff = "cut_off"
    case renamed
  }

  init(_ data: DetectionData, _ account: DetectionConversion.Account) {
    self.account = account
    classes = data.classNames
    splits = Dictionary(
      data.splits.map { ($0.name, $0.images.count) }, uniquingKeysWith: { first, _ in first })
    leftOut = data.leftOut.map(\.description)
    notes = data.notes
    files = data.account
  }

  func encode(to encoder: any Encoder) throws {
    var own = encoder.container(keyedBy: CodingKeys.self)
    try own.encode(classes, forKey: .classes)
    try own.encode(splits, forKey: .splits)
    try own.encode(leftOut, forKey: .leftOut)
    try own.encode(notes, forKey: .notes)
    try own.encode(files, forKey: .files)
    var numbers = encoder.container(keyedBy: AccountKeys.self)
    try numbers.encode(account.images, forKey: .images)
    try numbers.encode(account.boxes, forKey: .boxes)
    try numbers.encode(account.crowdsLeftOut, forKey: .crowds)
    try numbers.encode(account.difficultForgotten, forKey: .difficult)
    try numbers.encode(account.cutOff, forKey: .cutOff)
    try numbers.encode(account.renamed, forKey: .renamed)
  }
}
