import Formatting
import Foundation
import Numbers

extension ImageFolder {
  /// The names of the classes beside shards whose labels are numbers, one a line.
  static let classList = "classes.txt"

  /// Lists the images of shards with a split of their own, or splits them.
  ///
  /// - Throws: `ShardError`; `DataError` for a class that is only in the evaluation split.
  init(shards name: String, splitSeed: UInt64, isForEvaluation: Bool = false) throws {
    let parts = try ShardSplits(name, of: .classes, isForEvaluation: isForEvaluation)
    let classes = try ShardClasses(parts.train, below: name)
    func files(_ shards: [Shard]) throws -> [File] {
      try shards.flatMap { shard in
        try shard.samples.map { sample in
          File(
            path: TarMember(sample.image, of: shard.path).path,
            label: try classes.number(of: sample, in: shard))
        }
      }
    }
    let all = try files(parts.train)
    let found =
      quantity(parts.count, "tar shard") + " with "
      + quantity(classes.names.count, "class", plural: "classes")
    let isWhole = isForEvaluation && !parts.isDivided
    let divided =
      isWhole
      ? (train: all, test: all)
      : parts.isDivided
        ? (train: all, test: try files(parts.test))
        : Self.split(all, of: name, classes: classes.names.count, seed: splitSeed)
    try self.init(
      train: divided.train, validation: parts.validation.map(files), test: divided.test,
      testSplit: parts.isDivided ? parts.named.last?.name : parts.evaluatedSplit?.folder, isWhole: isWhole,
      classNames: classes.names, hasNumbersAlone: classes.areNumbersAlone,
      summary: parts.isDivided || parts.evaluatedSplit != nil
        ? found
        : found + " and no test shards: "
          + (isWhole ? "all images are evaluated" : "a fifth of each class is the test set"),
      account: parts.account)
    try ClassNames.check(classNames, in: name)
  }
}

/// The classes of shards: numbers, with or without names, or names.
private struct ShardClasses {
  let names: [String]
  /// A member whose label is a number, and one whose label is a name.
  private var number: String?
  private var name: String?
  private let byName: [String: Int64]
  /// The list of names that numbers stand for, if there is one.
  private let list: String?
  /// Whether the names are made of the numbers.
  var areNumbersAlone: Bool { number != nil && list == nil }

  init(_ train: [Shard], below path: String) throws {
    var (found, highest, highestName): (Set<String>, Int, String) = ([], -1, "")
    // A label claims its classes, and a network has weights for each.
    let most = max(Self.maximumEmptyClasses, train.reduce(0) { $0 + $1.samples.count })
    for shard in train {
      for sample in shard.samples {
        switch sample.label {
        case .number(let value):
          number = number ?? shard.path + "/" + sample.image.name
          if value > highest { (highest, highestName) = (value, sample.image.name) }
        case .name(let text):
          name = name ?? shard.path + "/" + sample.image.name
          found.insert(text)
        case .boxes, .mask: continue
        }
      }
    }
    if let number, let name { throw ShardError.mixedLabels(number: number, name: name) }
    guard number != nil else {
      list = nil
      names = found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      byName = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int64($0)) })
      return
    }
    byName = [:]
    let file = joined(ShardNames.folder(of: path), ImageFolder.classList)
    if FileManager.default.fileExists(atPath: file) {
      list = file
      names = try readLines(file).map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty }
      guard names.count <= most else {
        throw DataError.malformed(
          file: file, reason: "it names \(names.count) classes for far fewer images")
      }
    } else {
      list = nil
      guard highest < most else {
        throw ShardError.highLabel(file: path, name: highestName, number: highest)
      }
      names = (0..<max(0, highest + 1)).map { "\($0)" }
    }
  }

  /// The most classes of a set with fewer images.
  private static let maximumEmptyClasses = 100_000

  func number(of sample: Shard.Sample, in shard: Shard) throws -> Int64 {
    switch sample.label {
    case .number(let value):
      if let name {
        throw ShardError.mixedLabels(number: shard.path + "/" + sample.image.name, name: name)
      }
      if names.indices.contains(value) { return Int64(value) }
      if let list {
        throw ShardError.noSuchClass(
          file: shard.path, name: sample.image.name, number: value, classes: names.count, list: list
        )
      }
      guard value >= 0 else {
        throw ShardError.badLabel(file: shard.path, name: sample.image.name, text: "\(value)")
      }
      throw DataError.classNotTrained(folder: "\(shard.path): class \(value)")
    case .name(let text):
      if let number {
        throw ShardError.mixedLabels(number: number, name: shard.path + "/" + sample.image.name)
      }
      guard let number = byName[text] else {
        throw DataError.classNotTrained(folder: "\(shard.path): class \(text)")
      }
      return number
    case .boxes, .mask:
      throw ShardError.otherContent(
        file: shard.path, name: sample.image.name, found: sample.label.content, wanted: .classes)
    }
  }
}
