/// In which part of the data each image was when a run began, so that it stays there.
///
/// A split that is drawn is another one where the list of images is another: images that a run was trained on would be
/// among its test images. With this, images of the run stay in their parts, and new ones go where they are drawn.
public struct EarlierDivision: Sendable, Codable {
  /// That of the run whose data are read in this task; nil for data of no run.
  @TaskLocal public static var current: EarlierDivision?

  /// The part of each image by its name below the data's folder; one that was in several has none.
  private let parts: [String: String]

  /// Takes what a record says; nil where its images have no names.
  public init?(_ record: DataRecord) {
    var parts: [String: String] = [:]
    var isIn: Set<String> = []
    // Images that the run was trained on earlier may have the names of others by now.
    for part in record.parts where part.name != DataRecord.earlierPart {
      guard case .listed(let images) = part.contents else { continue }
      for image in images {
        parts[image.name] = isIn.insert(image.name).inserted ? part.name : nil
      }
    }
    guard !parts.isEmpty else { return nil }
    self.parts = parts
  }

  /// Moves images of a division that was drawn back to where they were; gives it as it is where a part would be empty.
  ///
  /// - Parameter path: an image's file.
  static func restoring<Item>(
    _ drawn: (train: [Item], test: [Item]), below folder: String, path: (Item) -> String
  ) -> (train: [Item], test: [Item]) {
    guard let current else { return drawn }
    let prefix = FolderPrefix(folder)
    func wasTested(_ item: Item) -> Bool? {
      current.parts[prefix.removed(from: path(item))].map { $0 == "test" }
    }
    let train =
      drawn.train.filter { wasTested($0) != true } + drawn.test.filter { wasTested($0) == false }
    let test =
      drawn.test.filter { wasTested($0) != false } + drawn.train.filter { wasTested($0) == true }
    return train.isEmpty || test.isEmpty ? drawn : (train, test)
  }

  /// Moves training images that were drawn to be held out, or not to be, back to where they were; gives the choice as it
  /// is where nothing would be held out, or everything.
  ///
  /// - Parameters:
  ///   - items: the training images; those of one key stay together.
  ///   - names: their names below the data's folder; nil where they have none.
  static func restoring(_ held: Set<Int>, of items: [HoldOut.Item], names: () -> [String]?) -> Set<Int> {
    guard let current, let names = names() else { return held }
    func wasHeld(_ position: Int) -> Bool? { current.parts[names[position]].map { $0 == "validation" } }
    // A new image of a group that is known goes with it.
    var byKey: [String: Bool] = [:]
    for position in items.indices {
      if let key = items[position].key, let own = wasHeld(position) { byKey[key] = own }
    }
    let restored = Set(
      items.indices.filter { position in
        wasHeld(position) ?? items[position].key.flatMap { byKey[$0] } ?? held.contains(position)
      })
    return restored.isEmpty || restored.count == items.count ? held : restored
  }
}

extension DataSplits {
  /// The names of the training images as a record has them; nil where they have none.
  var trainingNames: [String]? {
    guard case .listed(let images) = counted(train).contents(below: name, classNames: classNames, readsFiles: false)
    else { return nil }
    return images.map(\.name)
  }
}
