/// What kind of data lies in a folder.
enum DataLayout: Equatable {
  /// Four files as MNIST's.
  case idx
  /// CIFAR-10's binary version.
  case cifar10
  /// CIFAR-100's binary version.
  case cifar100
  /// A folder of images for each class, in one folder to learn from and one or two to judge by.
  case splitFolders(train: String, validation: String?, test: String)
  /// A folder of images for each class; `below` is where they lie, or nil for the folder itself.
  case oneFolder(below: String?)

  /// Recognises what lies in a folder by the names in it.
  ///
  /// - Throws: `DataError.unrecognized`, with what was looked for and what is there; `DataError.unreadable`
  ///   for a folder in it that cannot be listed, since it may be a class.
  init(of folder: String) throws {
    let listing = FolderListing(folder)
    if let fault = listing.fault { throw DataError.unreadable(file: folder, reason: fault) }
    if listing.files.contains(where: Self.idxNames.contains) {
      self = .idx
    } else if listing.files.contains(where: CIFAR.tenNames.contains) {
      self = .cifar10
    } else if listing.files.contains(where: CIFAR.hundredNames.contains) {
      self = .cifar100
    } else if let layout = try Self.images(listing) {
      self = layout
    } else {
      throw DataError.unrecognized(folder: folder, there: listing.words)
    }
  }

  private static func images(_ listing: FolderListing) throws -> DataLayout? {
    func hasClasses(_ path: String) -> Bool {
      let listing = FolderListing(path)
      return listing.folders.contains { FolderListing(listing.path(of: $0)).hasImages }
    }
    if listing.folders.contains("train"), hasClasses(listing.path(of: "train")) {
      let judged = judged {
        listing.folders.contains($0) && hasClasses(listing.path(of: $0))
      }
      guard let judged else { return .oneFolder(below: "train") }
      return .splitFolders(train: "train", validation: judged.validation, test: judged.test)
    }
    // One folder of pictures among others is no class: there is nothing to tell it from.
    let classes = try listing.folders.filter { name in
      let own = FolderListing(listing.path(of: name))
      if let fault = own.fault { throw DataError.unreadable(file: own.path, reason: fault) }
      return own.hasImages
    }
    return classes.count >= 2 ? .oneFolder(below: nil) : nil
  }

  /// What parts to judge by are called: of several the last is for the end, the first for before it.
  static let judgedNames = ["val", "valid", "validation", "test"]

  /// Which parts are judged by, while there is learning and at its end; nil where there is none.
  static func judged(
    where isThere: (String) -> Bool
  ) -> (validation: String?, test: String)? {
    let there = judgedNames.filter(isThere)
    guard let test = there.last else { return nil }
    return (there.dropLast().first, test)
  }

  private static let idxNames = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ].flatMap { [$0, $0 + ".gz"] }

  /// What is looked for in a folder, for people.
  static let lookedFor =
    "IDX files (train-images-idx3-ubyte ...), CIFAR binaries (data_batch_1.bin ... or train.bin), "
    + "or JPEG and PNG images in a folder for each class (train/CLASS/ and test/CLASS/, or CLASS/ "
    + "alone)"
}
