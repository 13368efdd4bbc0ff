/// In which part of the data each image was when a run began, so that it stays there.
///
/// A split that is drawn is another one where the list of images is another: images that a run was trained on would be
/// among its test images. With this, images of the run stay in their parts, and new ones go where they are drawn.
public struct EarlierDivision: Sendable, Codable {
  /// That of the run whose data are read in this task; nil for data of no run.
  @TaskLocal public static var current: EarlierDivision?

  /// The part of each image by its name below the data's folder; one that was in several has none.
  private let parts: [String: String]
  /// The part of each image by its file's bytes, by which a renamed one is known; of copies in several parts there is
  /// none.
  private let partsByFile: [UInt64: String]

  /// Takes what a record says; nil where its images have no names.
  public init?(_ record: DataRecord) {
    var (parts, files): ([String: String], [UInt64: String]) = ([:], [:])
    var (seen, seenFiles): (Set<String>, Set<UInt64>) = ([], [])
    // Images that the run was trained on earlier may have the names of others by now.
    for part in record.parts where part.name != DataRecord.earlierPart {
      guard case .listed(let images) = part.contents else { continue }
      for image in images {
        parts[image.name] = seen.insert(image.name).inserted ? part.name : nil
        guard let file = image.file else { continue }
        let isNew = seenFiles.insert(file).inserted
        files[file] = isNew || files[file] == part.name ? part.name : nil
      }
    }
    guard !parts.isEmpty else { return nil }
    (self.parts, partsByFile) = (parts, files)
  }

  /// The parts in which images were; nil for one that is new.
  ///
  /// - Parameters:
  ///   - names: their names below the data's folder.
  ///   - files: digests of files, for images of these places, whose names are not known.
  private func parts(of names: [String], files: ([Int]) -> [UInt64?]) -> [String?] {
    var found = names.map { parts[$0] }
    guard !partsByFile.isEmpty else { return found }
    let unknown = names.indices.filter { found[$0] == nil }
    guard !unknown.isEmpty else { return found }
    for (place, file) in zip(unknown, files(unknown)) { found[place] = file.flatMap { partsByFile[$0] } }
    return found
  }

  /// Moves images of a division that was drawn back to where they were; gives it as it is where a part would be empty.
  ///
  /// - Parameter path: an image's file.
  static func restoring<Item>(
    _ drawn: (train: [Item], test: [Item]), below folder: String, path: (Item) -> String
  ) -> (train: [Item], test: [Item]) {
    guard let current else { return drawn }
    let prefix = FolderPrefix(folder)
    /// The items with whether they were test images.
    func known(_ items: [Item]) -> [(item: Item, wasTested: Bool?)] {
      let parts = current.parts(of: items.map { prefix.removed(from: path($0)) }) { places in
        FileDigest.digests(of: places.map { path(items[$0]) })
      }
      return zip(items, parts).map { ($0, $1.map { $0 == "test" }) }
    }
    let (train, test) = (known(drawn.train), known(drawn.test))
    let stays = (
      train: train.filter { $0.wasTested != true } + test.filter { $0.wasTested == false },
      test: test.filter { $0.wasTested != false } + train.filter { $0.wasTested == true }
    )
    return stays.train.isEmpty || stays.test.isEmpty ? drawn : (stays.train.map(\.item), stays.test.map(\.item))
  }

  /// Moves training images that were drawn to be held out, or not to be, back to where they were; gives the choice as it
  /// is where nothing would be held out, or everything.
  ///
  /// - Parameters:
  ///   - items: the training images; those of one key stay together.
  ///   - images: what a record says of them, with digests of their files or without; nil where they have no names.
  static func restoring(
    _ held: Set<Int>, of items: [HoldOut.Item], images: (_ readsFiles: Bool) -> [DataRecord.Image]?
  ) -> Set<Int> {
    guard let current, let named = images(false) else { return held }
    let parts = current.parts(of: named.map(\.name)) { places in
      let read = images(true)
      return places.map { read?[$0].file }
    }
    let wasHeld = parts.map { part in part.map { $0 == "validation" } }
    // A new image of a group that is known goes with it.
    var byKey: [String: Bool] = [:]
    for position in items.indices {
      if let key = items[position].key, let own = wasHeld[position] { byKey[key] = own }
    }
    let restored = Set(
      items.indices.filter { position in
        wasHeld[position] ?? items[position].key.flatMap { byKey[$0] } ?? held.contains(position)
      })
    return restored.isEmpty || restored.count == items.count ? held : restored
  }
}

extension DataSplits {
  /// What a record says of the training images; nil where they have no names.
  ///
  /// - Parameter readsFiles: whether they have digests of their files.
  func trainingImages(readsFiles: Bool) -> [DataRecord.Image]? {
    let contents = counted(train).contents(below: name, classNames: classNames, readsFiles: readsFiles)
    guard case .listed(let images) = contents else { return nil }
    return images
  }
}
