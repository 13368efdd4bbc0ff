import Formatting
import Foundation
import Numbers

/// The images of a folder by path and class, found but not read.
struct ImageFolder: Codable {
  typealias File = ImageFileDataset.File

  /// The files to train on: class by class, in the order of their names.
  let train: [File]
  /// The files to evaluate on meanwhile, in the same order, where there are others for the end.
  let validation: [File]?
  /// The files to evaluate on, in the same order.
  let test: [File]
  /// The name of the split that `test` is; nil where the folder has none.
  let testSplit: String?
  /// Whether `train` and `test` are both all files, since a model is evaluated on a folder without splits.
  let isWhole: Bool
  /// The classes' names, sorted by their bytes.
  let classNames: [String]
  /// Whether the files have the classes' numbers alone, as shards may.
  private(set) var hasNumbersAlone = false
  /// What lies there, for display.
  let summary: String
  /// What else a reader should know, a sentence each.
  let notes: [String]
  /// What becomes of each file, but for those that turn out to be broken; nil of shards, and where another process has
  /// it.
  private var ledger: FolderLedger?
  /// What becomes of shards.
  private let shards: FolderAccount

  /// Lists the images of a folder with a split of its own, or splits it.
  ///
  /// - Parameter isForEvaluation: whether a folder without a split is evaluated as a whole, and not split.
  /// - Throws: `DataError` for a class without images, one that is only in the evaluation split, or a link that leaves
  ///   the folder; `LayoutError` for names that cannot be told apart or read.
  init(
    _ folder: String, _ layout: DataLayout, splitSeed: UInt64, allowsLinks: Bool = false,
    isForEvaluation: Bool = false
  ) throws {
    let root = allowsLinks ? nil : folder
    let top = try FolderListing.checked(folder, root: root)
    var ledger = FolderLedger(folder, strayImages: "images outside class folders")
    var notes: [String] = []
    // The folder with those of the classes.
    let trained: FolderListing
    switch layout {
    case .splitFolders(let train, let validation, let test):
      trained = FolderListing(top.path(of: train))
      let (names, files) = try Self.files(in: top.path(of: train), root)
      let (testNames, testFiles) = try Self.files(in: top.path(of: test), root, classes: names)
      classNames = names
      self.train = files
      self.validation = try validation.map {
        try Self.files(in: top.path(of: $0), root, classes: names).files
      }
      self.test = testFiles
      (testSplit, isWhole) = (test, false)
      summary =
        "an image folder: \(train)/\(validation.map { ", \($0)/" } ?? "") and \(test)/ with "
        + "\(names.count) classes"
      notes += Self.note(
        names.filter { !testNames.contains($0) }, "without test images, so never evaluated")
    case .oneFolder(let below):
      let path = below.map(top.path(of:)) ?? folder
      let listing = try FolderListing.checked(path, root: root)
      trained = listing
      // Beside classes there may be a folder of something else, run folders for one.
      let names = try listing.folders.filter { name in
        _ = try FolderListing.checked(listing.path(of: name), root: nil)
        return ClassFolders.isClass(listing.path(of: name))
      }
      let others = listing.folders.filter { !names.contains($0) }
      for name in others {
        ledger.noteAll(
          below: listing.path(of: name), .leftOut(because: "in folders that are not classes"))
      }
      let (_, files) = try Self.files(in: path, root, folders: names)
      classNames = names
      validation = nil
      (testSplit, isWhole) = (below.flatMap { SplitName(lastPart($0)) == .train ? nil : $0 }, isForEvaluation)
      (train, test) =
        isForEvaluation
        ? (files, files) : Self.split(files, of: folder, classes: names.count, seed: splitSeed)
      let place = below.map { $0 + "/" } ?? "it"
      let kept =
        isForEvaluation
        ? "all images in \(place) are evaluated" : "a fifth of each class in \(place) is the test set"
      summary =
        "an image folder of \(quantity(names.count, "class", plural: "classes"))"
        + (testSplit == nil ? " without a test set" : "") + ": \(kept)"
        + (others.isEmpty
          ? ""
          : "; without images, so not classes: " + others.map { $0 + "/" }.joined(separator: ", "))
      let tested = Set(test.map(\.label))
      notes += Self.note(
        names.indices.filter { !tested.contains(Int64($0)) }.map { names[$0] },
        "with one image, so never evaluated")
      Self.noteOtherSplits(of: top, besides: below, in: &ledger)
    case .idx, .cifar10, .cifar100, .shards: preconditionFailure("These have no image files.")
    }
    try ClassNames.check(classNames, in: folder)
    notes += ClassNames.notes(classNames).map { "note: " + $0 }
    notes += LayoutClues(trained).noteOfCounterparts(in: classNames).map { [$0] } ?? []
    notes += Self.noteOfNested(trained, classNames)
    // Of millions of files what this holds is gone before the ledger grows.
    self.notes =
      notes
      + SharedImages(
        train: isWhole ? [] : train, validation: validation, test: test, classNames: classNames
      ).notes
    for (files, purpose) in [
      (isWhole ? [] : train, "training images"), (validation ?? [], "validation images"), (test, "test images"),
    ] {
      for file in files { ledger.note(file.path, .used(as: purpose)) }
    }
    self.ledger = ledger
    shards = FolderAccount()
  }

  /// Takes what was found in shards.
  init(
    train: [File], validation: [File]?, test: [File], testSplit: String?, isWhole: Bool,
    classNames: [String], hasNumbersAlone: Bool, summary: String, account: FolderAccount
  ) {
    self.hasNumbersAlone = hasNumbersAlone
    (self.testSplit, self.isWhole) = (testSplit, isWhole)
    (self.train, self.validation, self.test) = (train, validation, test)
    (self.classNames, self.summary, shards) = (classNames, summary, account)
    (notes, ledger) = ([], nil)
  }

  /// Notes that images were found to be broken, and accounts for every file.
  consuming func account(broken: [BrokenImage]) -> FolderAccount {
    guard var ledger else { return shards }
    for image in broken { ledger.note(image.path, FolderAccount.broken) }
    return ledger.close()
  }

  // MARK: For other processes

  private enum CodingKeys: CodingKey {
    case train, validation, test, testSplit, isWhole, classNames, hasNumbersAlone, summary, notes, shards
  }

  /// Takes what another process has found.
  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func files(_ key: CodingKeys) throws -> [File]? {
      try values.decodeIfPresent(FileList.self, forKey: key)?.files
    }
    (train, validation, test) = (
      try files(.train) ?? [], try files(.validation), try files(.test) ?? []
    )
    testSplit = try values.decodeIfPresent(String.self, forKey: .testSplit)
    isWhole = try values.decode(Bool.self, forKey: .isWhole)
    classNames = try values.decode([String].self, forKey: .classNames)
    hasNumbersAlone = try values.decode(Bool.self, forKey: .hasNumbersAlone)
    summary = try values.decode(String.self, forKey: .summary)
    notes = try values.decode([String].self, forKey: .notes)
    shards = try values.decode(FolderAccount.self, forKey: .shards)
  }

  /// Gives everything but the account, which the first process writes.
  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(FileList(train), forKey: .train)
    try values.encodeIfPresent(validation.map { FileList($0) }, forKey: .validation)
    try values.encode(FileList(test), forKey: .test)
    try values.encodeIfPresent(testSplit, forKey: .testSplit)
    try values.encode(isWhole, forKey: .isWhole)
    try values.encode(classNames, forKey: .classNames)
    try values.encode(hasNumbersAlone, forKey: .hasNumbersAlone)
    try values.encode(summary, forKey: .summary)
    try values.encode(notes, forKey: .notes)
    try values.encode(shards, forKey: .shards)
  }

  /// Files as blocks of bytes: there may be millions.
  private struct FileList: Codable {
    private let paths: PackedStrings
    private let labels: PackedNumbers<Int64>

    init(_ files: [File]) {
      paths = PackedStrings(files.lazy.map(\.path))
      labels = PackedNumbers(files.map(\.label))
    }

    var files: [File] { zip(paths.strings, labels.values).map { File(path: $0, label: $1) } }
  }

  /// A sentence about classes, of which a few are named; none where there are none.
  private static func note(_ classes: [String], _ what: String) -> [String] {
    guard !classes.isEmpty else { return [] }
    let noun = classes.count == 1 ? "class" : "classes"
    return ["note: \(classes.count) \(noun) \(what): \(listed(classes, atMost: 5))"]
  }

  /// A sentence about classes with images in folders of their own; none where there are none.
  private static func noteOfNested(_ folder: FolderListing, _ classes: [String]) -> [String] {
    let nested = classes.compactMap { FolderGlance(folder.path(of: $0)).folders.first(where: ImageTree.hasImages) }
    guard let first = nested.first else { return [] }
    return [
      "note: \(nested.count) of \(quantity(classes.count, "class", plural: "classes")) have folders with images in them, all "
        + "of which are of that class; the first is \(first)"
    ]
  }

  /// Notes the images of other splits: those to evaluate on that are not asked for, and those that have no folders of
  /// classes, as those of a contest's test have not.
  private static func noteOtherSplits(
    of top: FolderListing, besides train: String?, in ledger: inout FolderLedger
  ) {
    guard let train, let own = train.split(separator: "/").first.map(String.init) else { return }
    for name in top.folders where SplitName(name) != nil && name != own {
      let isOfClasses = FolderListing(top.path(of: name)).folders.contains { folder in
        ClassFolders.isClass(top.path(of: name) + "/" + folder)
      }
      guard !isOfClasses else {
        ledger.noteAll(
          below: top.path(of: name), .leftOut(because: "in \(name)/, beside \(train)/, which is evaluated"))
        continue
      }
      for image in FolderListing(top.path(of: name)).images {
        ledger.note(
          top.path(of: name) + "/" + image,
          .leftOut(because: "in \(name)/, which has no folder for each class"))
      }
    }
  }

  /// Lists the class folders of a folder, and the images below them.
  ///
  /// - Parameters:
  ///   - root: the folder that no link may leave; nil where links may lead anywhere.
  ///   - folders: the class folders; nil for all that there are.
  ///   - classes: the classes that there may be; nil for those of the folders.
  private static func files(
    in folder: String, _ root: String?, folders: [String]? = nil, classes: [String]? = nil
  ) throws -> (names: [String], files: [File]) {
    let parent = try FolderListing.checked(folder, root: root)
    let names = folders ?? parent.folders
    // To Swift, names of the same letters are one, in whichever Unicode form.
    var known: Set<String> = []
    for name in names where !known.insert(name).inserted {
      throw LayoutError.sameLetters(folder: folder, name: name)
    }
    let numbers = Dictionary(
      (classes ?? names).enumerated().map { ($1, Int64($0)) }, uniquingKeysWith: { one, _ in one })
    var files: [File] = []
    for name in names {
      let path = parent.path(of: name)
      guard let number = numbers[name] else { throw DataError.classNotTrained(folder: path) }
      let images = try ImageTree.images(below: path, root: root)
      guard !images.isEmpty else {
        throw DataError.emptyClass(folder: path, there: FolderListing(path).contents)
      }
      files += images.map { File(path: $0, label: number) }
    }
    return (names, files)
  }

  /// Keeps a fifth of each class as the test set, and of more than one image at least one.
  ///
  /// Which images follows from the seed, the class's number and the number of its images; those of a run that has begun
  /// stay where they were.
  static func split(
    _ files: [File], of folder: String, classes: Int, seed: UInt64
  ) -> (train: [File], test: [File]) {
    var (train, test): ([File], [File]) = ([], [])
    let byClass = Dictionary(grouping: files, by: \.label)
    for label in 0..<classes {
      let own = byClass[Int64(label)] ?? []
      let held = TestFifth.places(of: own.count, seed: seed, group: label)
      for (index, file) in own.enumerated() {
        if held.contains(index) { test.append(file) } else { train.append(file) }
      }
    }
    return EarlierDivision.restoring((train, test), below: folder, path: \.path)
  }
}
