import Numbers

/// The image files that are in two splits of a data set, or several times in one, with all links followed.
///
/// Metrics on images that are also trained on are too good, so that it is reported for every task.
struct SharedImages {
  /// What a reader should know, a sentence each.
  let notes: [String]

  /// What an image is known by: the file that its path leads to, or the path where there is none.
  enum Key: Hashable, Sendable {
    case file(FileIdentity)
    case path(String)
  }

  /// A split of the data.
  struct Split {
    let name: String
    let paths: [String]
    /// The names of the images' classes, where each image has one.
    let labels: [String]?
    let files: [Key]

    init(_ name: String, _ paths: [String], labels: [String]? = nil) {
      self.name = name
      self.paths = paths
      self.labels = labels
      files = SharedImages.files(paths)
    }
  }

  /// The splits of which each two are compared.
  static let pairs = [(0, 1), (0, 2), (1, 2)]

  /// Compares the files of all splits, of which there are three.
  private init(_ splits: [Split]) {
    notes =
      splits.flatMap { Self.repeated($0.name, $0.paths, $0.files) }
      + Self.pairs.flatMap { Self.shared(splits[$0], splits[$1]) } + CopiedImages(splits).notes
  }

  /// Compares the images of all splits.
  init(train: [String], validation: [String]? = nil, test: [String]) {
    self.init([
      Split("training", train), Split("validation", validation ?? []), Split("test", test),
    ])
  }

  /// Compares the images of all splits, which have a class each.
  init(
    train: [ImageFileDataset.File], validation: [ImageFileDataset.File]?,
    test: [ImageFileDataset.File],
    classNames: [String]
  ) {
    self.init(
      [("training", train), ("validation", validation ?? []), ("test", test)].map { name, files in
        Split(name, files.map(\.path), labels: files.map { classNames[Int($0.label)] })
      })
  }

  /// Asks the system for each file, on all cores.
  private static func files(_ paths: [String]) -> [Key] {
    inOrder(paths.count) { index in
      FileIdentity(of: paths[index]).map(Key.file) ?? .path(paths[index])
    }
  }

  private static func shared(_ one: Split, _ other: Split) -> [String] {
    let known = Set(one.files)
    let positions = other.files.indices.filter { known.contains(other.files[$0]) }
    guard let first = positions.first else { return [] }
    let isTraining = one.name == "training"
    return [
      "note: \(positions.count) of \(other.paths.count) \(other.name) images are \(one.name) images too, "
        + "the first \(other.paths[first]): "
        + (isTraining ? "metrics on them are too good" : "the choice is made on them")
    ]
  }

  private static func repeated(
    _ name: String, _ paths: [String], _ files: [Key]
  ) -> [String] {
    var known: Set<Key> = []
    let positions = files.indices.filter { !known.insert(files[$0]).inserted }
    guard let first = positions.first else { return [] }
    return [
      "note: \(positions.count) of \(paths.count) \(name) images occur more than once, under other names "
        + "or in several lists, the first \(paths[first]): each counts as often"
    ]
  }
}
