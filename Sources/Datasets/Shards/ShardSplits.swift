/// What the images of shards are labeled with.
public enum ShardContent: Sendable, Hashable {
  /// A class each.
  case classes
  /// Boxes each, perhaps none.
  case boxes
  /// A mask each.
  case masks

  /// What the first image of a name's shards is labeled with; nil where there are no shards, or none that can be read.
  static func first(of name: String) -> ShardContent? {
    guard ShardNames.isName(name) || ShardNames.areIn(name),
      let file = try? ShardNames(name).parts[.train]?.first
    else { return nil }
    return (try? Shard(file, atMost: 1))?.samples.first?.label.content
  }

  /// What an image has, or has not, in words.
  var noun: String {
    switch self {
    case .classes: "class"
    case .boxes: "boxes"
    case .masks: "mask"
    }
  }

  /// Where it is written.
  var source: String {
    switch self {
    case .classes: "a .cls file, a .json file with \"label\", or the name of its folder"
    case .boxes: "a .json file with \"annotations\""
    case .masks: "a file that ends in .mask.png or .instances.png"
    }
  }
}

/// The shards of a data set by split, each gone through, or known from the cache.
struct ShardSplits {
  /// The shards to train on, or all where no name says a split.
  let train: [Shard]
  /// The shards to evaluate on during training, where there are others for the end.
  let validation: [Shard]?
  /// The shards of the final metrics; none where no name says a split.
  let test: [Shard]
  /// What becomes of the archives, and of what lies in them.
  private(set) var account = FolderAccount()

  /// The split that is evaluated, where there is none to train on.
  let evaluatedSplit: SplitName?

  /// Whether names say splits.
  var isDivided: Bool { !test.isEmpty }
  /// The number of archives.
  var count: Int { train.count + (validation?.count ?? 0) + test.count }

  /// Goes through the shards of a name.
  ///
  /// - Parameters:
  ///   - content: what all images must be labeled with.
  ///   - isForEvaluation: whether nothing is trained on them.
  /// - Throws: `ShardError`, `DataError`.
  init(_ name: String, of content: ShardContent, isForEvaluation: Bool) throws {
    let names = try ShardNames(name, isForEvaluation: isForEvaluation)
    var account = FolderAccount()
    func shards(_ part: SplitName, _ purpose: String) throws -> [Shard] {
      let paths = names.parts[part] ?? []
      if let first = paths.first {
        account.add(.used(as: "shards of \(purpose)"), first, count: paths.count)
      }
      let read = inOrder(paths.count) { index in Result { try ShardCache.shard(paths[index]) } }
      return try read.map { try $0.get() }
    }
    evaluatedSplit = names.evaluated?.split
    train = try shards(
      .train, evaluatedSplit != nil ? "test images" : names.parts[.test] == nil ? "images" : "training images")
    if let others = names.evaluated?.others, let first = others.first {
      account.add(
        .leftOut(because: "of the validation split, beside the test split, which is evaluated"), first,
        count: others.count)
    }
    validation = try names.parts[.validation].map { _ in
      try shards(.validation, "validation images")
    }
    test = try shards(.test, "test images")
    for shard in train + (validation ?? []) + test {
      if let others = shard.others {
        account.add(
          .leftOut(because: "in shards, neither images nor their labels"),
          shard.path + "/" + others.first, count: others.count)
      }
      guard let other = shard.samples.first(where: { $0.label.content != content }) else {
        continue
      }
      throw ShardError.otherContent(
        file: shard.path, name: other.image.name, found: other.label.content, wanted: content)
    }
    self.account = account
  }

  /// The shards of each split, under the split's name; `all` where no name says a split.
  var named: [(name: String, shards: [Shard])] {
    guard isDivided else { return [(evaluatedSplit?.folder ?? "all", train)] }
    return [("train", train)] + (validation.map { [("val", $0)] } ?? []) + [("test", test)]
  }
}
