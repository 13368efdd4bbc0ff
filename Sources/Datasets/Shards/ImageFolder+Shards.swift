import Foundation
import Numbers

extension ImageFolder {
  /// The names of the classes beside shards whose labels are numbers, one a line.
  static let classList = "classes.txt"

  /// Lists the images of shards with a split of their own, or splits them.
  ///
  /// - Throws: `ShardError`; `DataError` for a class that is only in the evaluation split.
  init(shards name: String, splitSeed: UInt64) throws {
    let names = try ShardNames(name)
    var account = FolderAccount()
    func shards(_ part: PartName, _ purpose: String) throws -> [Shard] {
      let paths = names.parts[part] ?? []
      if let first = paths.first {
        account.add(.used(as: "shards of \(purpose)"), first, count: paths.count)
      }
      let read = inOrder(paths.count) { index in Result { try ShardCache.shard(paths[index]) } }
      return try read.map { try $0.get() }
    }
    let isDivided = names.parts[.test] != nil
    let train = try shards(.train, isDivided ? "training images" : "images")
    let validation = try names.parts[.validation].map { _ in
      try shards(.validation, "validation images")
    }
    let test = try shards(.test, "test images")
    for shard in train + (validation ?? []) + test {
      guard let others = shard.others else { continue }
      account.add(
        .leftOut(because: "in shards, neither images nor their labels"),
        shard.path + "/" + others.first, count: others.count)
    }
    let classes = try ShardClasses(train, below: name)
    func files(_ shards: [Shard]) throws -> [File] {
      try shards.flatMap { shard in
        try shard.samples.map { sample in
          let member = TarMember(
            archive: shard.path, offset: sample.image.offset, size: sample.image.size,
            name: sample.image.name)
          return File(path: member.path, label: try classes.number(of: sample, in: shard))
        }
      }
    }
    let all = try files(train)
    let count = names.parts.values.reduce(0) { $0 + $1.count }
    let found = "\(count) tar shard\(count == 1 ? "" : "s") with \(classes.names.count) classes"
    let divided =
      isDivided
      ? (train: all, test: try files(test))
      : Self.split(all, classes: classes.names.count, seed: splitSeed)
    try self.init(
      train: divided.train, validation: validation.map(files), test: divided.test,
      classNames: classes.names,
      summary: isDivided
        ? found : found + " and no test shards: a fifth of each class is the test set",
      account: account)
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

  init(_ train: [Shard], below path: String) throws {
    var (found, highest): (Set<String>, Int) = ([], -1)
    for shard in train {
      for sample in shard.samples {
        switch sample.label {
        case .number(let value):
          number = number ?? shard.path + "/" + sample.image.name
          highest = max(highest, value)
        case .name(let text):
          name = name ?? shard.path + "/" + sample.image.name
          found.insert(text)
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
    let file = joined(ShardNames.isName(path) ? folderPart(path) : path, ImageFolder.classList)
    if FileManager.default.fileExists(atPath: file) {
      list = file
      names = try readLines(file).map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty }
    } else {
      list = nil
      guard highest < 1_000_000 else {
        throw ShardError.badLabel(file: path, name: number ?? "", text: "\(highest)")
      }
      names = (0..<max(0, highest + 1)).map { "\($0)" }
    }
  }

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
    }
  }
}
