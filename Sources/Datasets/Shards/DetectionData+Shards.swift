import Boxes
import Formatting
import Foundation
import Numbers

extension DetectionData {
  /// Reads the boxes of tar shards, of which each image has a JSON file; see `ShardedImage`.
  ///
  /// - Throws: `ShardError`, `AnnotationError`, `DataError`.
  init(shards name: String, _ options: DetectionOptions) throws {
    let parts = try ShardSplits(name, of: .boxes, isForEvaluation: options.isForEvaluation)
    let read = try parts.named.map { part in (part.name, try Self.images(of: part.shards)) }
    let classes = try ShardedClasses(
      below: name, of: read.lazy.flatMap { $0.1 }.map(\.json))
    let names = classes.names
    let labels = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    var sieve = BoxFilter()
    let splits = read.map { part, images in
      DetectionSplit(
        name: part, images: images.map { $0.annotated(classes, labels, &sieve) })
    }
    var account = parts.account
    if let list = classes.list { account.add(.used(as: "names of classes"), list) }
    self.init(
      classNames: names, classNumbers: classes.numbers, splits: splits, leftOut: sieve.leftOut, account: account)
  }

  /// Reads the JSON files of shards on all cores; of several bad ones the first is reported.
  private static func images(of shards: [Shard]) throws -> [ReadImage] {
    try shards.flatMap { shard in
      let read = inOrder(shard.samples.count) { index in
        Result { try ReadImage(shard.samples[index], in: shard) }
      }
      return try read.compactMap { try $0.get() }
    }
  }

  /// An image and what its JSON file says.
  private struct ReadImage: Sendable {
    let image: AnnotatedImage
    let file: String
    let json: ShardedImage
    /// Whether the image's size is unknown, since it is broken.
    let isBroken: Bool

    init?(_ sample: Shard.Sample, in shard: Shard) throws {
      guard case .boxes(let entry) = sample.label else { return nil }
      file = TarMember(entry, of: shard.path).path
      json = try ShardedImage(member: file)
      let path = TarMember(sample.image, of: shard.path).path
      let (width, height): (Int, Int)
      if let known = json.width, let other = json.height {
        (width, height) = (known, other)
      } else {
        guard let header = try? ImageDecoder().header(of: path) else {
          (image, isBroken) = (.broken(name: sample.image.name, path: path, number: json.number), true)
          return
        }
        (width, height) = (header.width, header.height)
      }
      isBroken = false
      let sides = 1...AnnotatedImage.longestSide
      guard sides.contains(width), sides.contains(height) else {
        throw AnnotationError.wrongKind(
          file: file, field: "width or height", found: "\(width) x \(height) pixels",
          wanted: min(width, height) < 1 ? "above 0" : "at most \(sides.upperBound) on a side")
      }
      image = AnnotatedImage(
        name: sample.image.name, path: path, width: width, height: height, number: json.number)
    }

    /// The image with those of its boxes that can be trained on.
    func annotated(
      _ classes: ShardedClasses, _ labels: [String: Int], _ sieve: inout BoxFilter
    ) -> AnnotatedImage {
      guard !isBroken else { return image }
      var image = image
      for (index, own) in json.annotations.enumerated() {
        let box = Box(x: own.bbox[0], y: own.bbox[1], width: own.bbox[2], height: own.bbox[3])
        let label = classes.name(of: own).flatMap { labels[$0] }
        guard
          sieve.passes(
            box, label: label, class: "'\(own.category ?? "\(own.number ?? 0)")'",
            width: image.width, height: image.height, file: file, field: "annotations[\(index)]"),
          let label
        else { continue }
        image.boxes.append(
          AnnotatedBox(
            box, label: label, area: own.area, isCrowd: own.isCrowd?.isSet ?? false,
            isDifficult: own.isIgnored?.isSet ?? false))
      }
      return image
    }
  }
}

/// The classes of boxes in shards: those of `classes.txt`, of which a line is a name, or a name, a tab and a number; or
/// those that boxes have.
struct ShardedClasses {
  let names: [String]
  /// Their numbers, where these are not those of the lines.
  let numbers: [Int]?
  /// The list, if there is one.
  let list: String?
  private let byNumber: [Int: String]

  fileprivate init(below name: String, of images: some Sequence<ShardedImage>) throws {
    let file = joined(ShardNames.folder(of: name), ImageFolder.classList)
    guard FileManager.default.fileExists(atPath: file) else {
      list = nil
      let boxes = images.flatMap(\.annotations)
      let named = Set(boxes.compactMap(\.category))
      let numbered = Set(boxes.filter { $0.category == nil }.compactMap(\.number)).sorted()
      names =
        named.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        + numbered.map(String.init).filter { !named.contains($0) }
      numbers = named.isEmpty ? numbered : nil
      byNumber = Dictionary(uniqueKeysWithValues: numbered.map { ($0, String($0)) })
      try ClassNames.check(names, in: name)
      return
    }
    list = file
    var (names, numbers): ([String], [Int]) = ([], [])
    for (index, line) in try readLines(file).enumerated()
    where !line.allSatisfy(\.isWhitespace) {
      let cells = line.split(separator: "\t", maxSplits: 1)
      let name = cells[0].trimmingCharacters(in: .whitespaces)
      guard !names.contains(name) else {
        throw AnnotationError.duplicate(file: file, field: "line \(index + 1)", what: "'\(name)'")
      }
      names.append(name)
      guard cells.count == 2 else { continue }
      guard let number = Int(cells[1].trimmingCharacters(in: .whitespaces)), number >= 0,
        !numbers.contains(number)
      else {
        throw AnnotationError.wrongKind(
          file: file, field: "line \(index + 1)", found: "'\(line)'",
          wanted: "a name, or a name, a tab and a number that no other class has")
      }
      numbers.append(number)
    }
    guard numbers.isEmpty || numbers.count == names.count else {
      throw AnnotationError.wrongKind(
        file: file, field: "the list", found: "\(numbers.count) numbers for \(names.count) names",
        wanted: "with a number for each name, or for none")
    }
    try ClassNames.check(names, in: file)
    (self.names, self.numbers) = (names, numbers.isEmpty ? nil : numbers)
    byNumber = Dictionary(
      uniqueKeysWithValues: zip(self.numbers ?? Array(names.indices), names))
  }

  /// The name of a box's class; nil of a number that no class has.
  fileprivate func name(of box: ShardedImage.Annotation) -> String? {
    box.category ?? box.number.flatMap { byNumber[$0] }
  }

  /// The list of classes with these names and numbers.
  static func text(_ names: [String], _ numbers: [Int]?) -> String {
    names.enumerated().map { index, name in
      name + (numbers.map { "\t\($0[index])" } ?? "") + "\n"
    }.joined()
  }
}
