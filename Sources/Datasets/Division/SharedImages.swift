import Numbers

/// The image files that are in two parts of a data set, or several times in one, with all links followed.
///
/// Metrics on images that are also trained on are too good, so that it is reported for every task.
struct SharedImages {
  /// What a reader should know, a sentence each.
  let notes: [String]

  /// What an image is known by: the file that its path leads to, or the path where there is none.
  private enum Key: Hashable, Sendable {
    case file(FileIdentity)
    case path(String)
  }

  /// Compares the files of all parts.
  init(train: [String], validation: [String]? = nil, test: [String]) {
    let parts = [("training", train), ("validation", validation ?? []), ("test", test)]
      .map { (name: $0, paths: $1, files: Self.files($1)) }
    notes =
      parts.flatMap { Self.repeated($0.name, $0.paths, $0.files) }
      + [(0, 1), (0, 2), (1, 2)].flatMap { Self.shared(parts[$0], parts[$1]) }
  }

  private typealias Part = (name: String, paths: [String], files: [Key])

  /// Asks the system for each file, on all cores.
  private static func files(_ paths: [String]) -> [Key] {
    inOrder(paths.count) { index in
      FileIdentity(of: paths[index]).map(Key.file) ?? .path(paths[index])
    }
  }

  private static func shared(_ one: Part, _ other: Part) -> [String] {
    let known = Set(one.files)
    let places = other.files.indices.filter { known.contains(other.files[$0]) }
    guard let first = places.first else { return [] }
    let isTraining = one.name == "training"
    return [
      "note: \(places.count) of \(other.paths.count) \(other.name) images are \(one.name) images too, "
        + "the first \(other.paths[first]): "
        + (isTraining ? "metrics on them are too good" : "the choice is made on them")
    ]
  }

  private static func repeated(
    _ name: String, _ paths: [String], _ files: [Key]
  ) -> [String] {
    var known: Set<Key> = []
    let places = files.indices.filter { !known.insert(files[$0]).inserted }
    guard let first = places.first else { return [] }
    return [
      "note: \(places.count) of \(paths.count) \(name) images occur more than once, under other names "
        + "or in several lists, the first \(paths[first]): each counts as often"
    ]
  }
}
