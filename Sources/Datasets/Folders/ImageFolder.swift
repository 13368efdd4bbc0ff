import Numbers
import Randomness

/// The images of a folder by path and class, found but not read.
struct ImageFolder {
  typealias File = PhotoSet.File

  /// The files to learn from: class by class, in the order of their names.
  let train: [File]
  /// The files to judge by while there is learning, in the same order, where there are others for its end.
  let validation: [File]?
  /// The files to judge by, in the same order.
  let test: [File]
  /// The classes' names, sorted by their bytes.
  let classNames: [String]
  /// What lies there, for people.
  let words: String

  /// Lists the images of a folder with a split of its own, or splits it.
  ///
  /// - Throws: `DataError` for a class without images, one that is only judged by, or a link that leaves
  ///   the folder.
  init(
    _ folder: String, _ layout: DataLayout, splitSeed: UInt64, allowsLinks: Bool = false
  ) throws {
    let root = allowsLinks ? nil : folder
    let top = try Self.list(folder, root)
    switch layout {
    case .splitFolders(let train, let validation, let test):
      let (names, files) = try Self.files(in: top.path(of: train), root)
      let (testNames, testFiles) = try Self.files(in: top.path(of: test), root, classes: names)
      classNames = names
      self.train = files
      self.validation = try validation.map {
        try Self.files(in: top.path(of: $0), root, classes: names).files
      }
      self.test = testFiles
      let lacking = names.count - testNames.count
      words =
        "an image folder: \(train)/\(validation.map { ", \($0)/" } ?? "") and \(test)/ with "
        + "\(names.count) classes"
        + (lacking == 0 ? "" : ", \(lacking) of them without test images")
    case .oneFolder(let below):
      let path = below.map(top.path(of:)) ?? folder
      let listing = FolderListing(path)
      // Beside classes there may be a folder of something else, run folders for one.
      let names = try listing.folders.filter { name in
        let own = FolderListing(listing.path(of: name))
        if let fault = own.fault { throw DataError.unreadable(file: own.path, reason: fault) }
        return own.hasImages
      }
      let others = listing.folders.filter { !names.contains($0) }.map { $0 + "/" }
      let (_, files) = try Self.files(in: path, root, folders: names)
      classNames = names
      validation = nil
      (train, test) = Self.split(files, classes: names.count, seed: splitSeed)
      words =
        "an image folder of \(names.count) classes without a test set: every fifth image of "
        + "\(below.map { $0 + "/" } ?? "it") is kept to judge by"
        + (others.isEmpty ? "" : "; without images, so no class: " + others.joined(separator: ", "))
    case .idx, .cifar10, .cifar100: preconditionFailure("These have no image files.")
    }
  }

  /// Lists the class folders of a folder, and the images in them.
  ///
  /// - Parameters:
  ///   - root: the folder that no link may leave; nil where links may lead anywhere.
  ///   - folders: the class folders; nil for all that there are.
  ///   - classes: the classes that there may be; nil for those of the folders.
  private static func files(
    in folder: String, _ root: String?, folders: [String]? = nil, classes: [String]? = nil
  ) throws -> (names: [String], files: [File]) {
    let parent = try list(folder, root)
    let names = folders ?? parent.folders
    let numbers = Dictionary(
      uniqueKeysWithValues: (classes ?? names).enumerated().map { ($1, Int64($0)) })
    var files: [File] = []
    for name in names {
      let listing = try list(parent.path(of: name), root)
      guard let number = numbers[name] else {
        throw DataError.classNotTrained(folder: listing.path)
      }
      let images = listing.images
      guard !images.isEmpty else {
        throw DataError.emptyClass(folder: listing.path, there: listing.words)
      }
      files += images.map { File(path: listing.path(of: $0), label: number) }
    }
    return (names, files)
  }

  private static func list(_ folder: String, _ root: String?) throws -> FolderListing {
    let listing = FolderListing(folder)
    if let fault = listing.fault { throw DataError.unreadable(file: folder, reason: fault) }
    if let root { try listing.checkLinks(stayWithin: root) }
    return listing
  }

  /// Keeps a fifth of each class to judge by, and of more than one image at least one.
  ///
  /// Which images follows from the seed, the class's number and the number of its images.
  static func split(
    _ files: [File], classes: Int, seed: UInt64
  ) -> (train: [File], test: [File]) {
    var (train, test): ([File], [File]) = ([], [])
    let byClass = Dictionary(grouping: files, by: \.label)
    for label in 0..<classes {
      let own = byClass[Int64(label)] ?? []
      var stream = RandomStream(seed: seed, for: .split, index: label)
      let kept = own.count < 2 ? 0 : max(1, Int(clamping: (Double(own.count) / 5).rounded()))
      let judged = Set(own.indices.shuffled(using: &stream).prefix(kept))
      for (index, file) in own.enumerated() {
        if judged.contains(index) { test.append(file) } else { train.append(file) }
      }
    }
    return (train, test)
  }
}
