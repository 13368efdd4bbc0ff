import Foundation

/// What kind of data to classify lies in a folder.
enum DataLayout: Equatable {
  /// Four files as MNIST's.
  case idx
  /// CIFAR-10's binary version.
  case cifar10
  /// CIFAR-100's binary version.
  case cifar100
  /// A folder of images for each class, in one folder to train on and one or two to evaluate on.
  case splitFolders(train: String, validation: String?, test: String)
  /// A folder of images for each class; `below` is where they lie, or nil for the folder itself.
  case oneFolder(below: String?)
  /// Tar archives of images with their labels.
  case shards

  /// Recognizes what lies in a folder by the names in it.
  ///
  /// - Parameter isForEvaluation: whether nothing is trained on it, so that a split to evaluate on, or one class, is
  ///   enough.
  /// - Throws: `DataError.unrecognized`, with what was looked for and what is there; `DataError.unreadable`
  ///   for a folder in it that cannot be listed, since it may be a class; `LayoutError` for images that lie in
  ///   another way than those of classes do.
  init(of folder: String, isForEvaluation: Bool = false) throws {
    let listing = try FolderListing.checked(folder, root: nil)
    if listing.files.contains(where: Self.idxNames.contains) {
      self = .idx
    } else if listing.files.contains(where: CIFAR.tenNames.contains) {
      self = .cifar10
    } else if listing.files.contains(where: CIFAR.hundredNames.contains) {
      self = .cifar100
    } else if let layout = try ClassFolders(listing, isForEvaluation: isForEvaluation).layout() {
      self = layout
    } else if ShardNames.areIn(folder) {
      self = .shards
    } else if let file = listing.files.first(where: ShardNames.isCompressed) {
      throw ShardError.compressed(
        file: listing.path(of: file), kind: (file as NSString).pathExtension)
    } else {
      throw DataError.unrecognized(folder: folder, there: listing.contents)
    }
  }

  /// The names of evaluation splits: of several the last is for the end, the first for before it.
  static let evaluationNames = ["val", "valid", "validation", "test"]

  /// The splits evaluated during training and at its end; nil where there is none.
  static func evaluationSplits(
    where isThere: (String) -> Bool
  ) -> (validation: String?, test: String)? {
    let there = evaluationNames.filter(isThere)
    guard let test = there.last else { return nil }
    return (there.dropLast().first, test)
  }

  /// MNIST's file names, plain and gzipped, with a hyphen or a point before `idx`.
  static let idxNames = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ].flatMap { [$0, $0 + ".gz"] }.flatMap { [$0, withPoint($0)] }

  /// A file of MNIST's as Kaggle names it: `train-images.idx3-ubyte`.
  static func withPoint(_ name: String) -> String { name.replacing("-idx", with: ".idx") }

  /// What is looked for in a folder, for display.
  static let lookedFor =
    "IDX files (train-images-idx3-ubyte ...), CIFAR binaries (data_batch_1.bin ... or train.bin), "
    + "or images (\(FolderListing.kinds)) in a folder for each class (train/CLASS/ and test/CLASS/, "
    + "or CLASS/ alone), or tar shards of them (train-000000.tar ...)"
}

/// The folders of classes and splits in a folder: which layout they are, or why they are none.
struct ClassFolders {
  private let top: FolderListing
  /// The folders with images in them or below, but for run folders.
  private let withImages: [String]
  /// Whether nothing is trained on them.
  private let isForEvaluation: Bool

  /// Looks below a folder.
  ///
  /// - Throws: `DataError.unreadable` for a folder that cannot be listed, since it may be a class.
  init(_ top: FolderListing, isForEvaluation: Bool = false) throws {
    (self.top, self.isForEvaluation) = (top, isForEvaluation)
    withImages = try top.folders.filter { name in
      let own = FolderListing(top.path(of: name))
      if let fault = own.fault { throw DataError.unreadable(file: own.path, reason: fault) }
      return Self.isClass(own.path)
    }
  }

  /// Whether a folder may be a class: it has images, and is not full of Rondo's runs.
  static func isClass(_ folder: String) -> Bool {
    let glance = FolderGlance(folder)
    let isRuns = FolderGlance.isRun(folder) || glance.folders.contains(where: FolderGlance.isRun)
    return !isRuns && (glance.hasImages || ImageTree.hasImages(folder))
  }

  /// The layout; nil where there are no images.
  ///
  /// - Throws: `LayoutError` for images that lie otherwise.
  func layout() throws -> DataLayout? {
    try LayoutClues(top).refuseOtherTasks()
    let layout = try layoutByParts()
    for folder in layout.map(classFolders) ?? [] {
      let listing = FolderListing(folder)
      let classes = listing.folders.filter { Self.isClass(listing.path(of: $0)) }
      try LayoutClues(listing).refuseMasks(in: classes)
      try LayoutClues(listing).refuseCounterparts(in: classes)
      try refuseSameFolders(in: listing, classes)
    }
    return layout
  }

  /// The folders in which those of classes lie.
  private func classFolders(of layout: DataLayout) -> [String] {
    switch layout {
    case .splitFolders(let train, let validation, let test):
      [train, validation, test].compactMap(\.self).map(top.path(of:))
    case .oneFolder(let below): [below.map(top.path(of:)) ?? top.path]
    case .idx, .cifar10, .cifar100, .shards: []
    }
  }

  private func layoutByParts() throws -> DataLayout? {
    let divided = try SplitName.allCases.reduce(into: [SplitName: String]()) { found, part in
      found[part] = try folder(of: part)
    }
    if let train = divided[.train] {
      try LayoutClues(FolderListing(top.path(of: train))).refuseOtherTasks()
      let (validation, test) = (divided[.validation], divided[.test])
      guard let last = test ?? validation else { return .oneFolder(below: train) }
      return .splitFolders(train: train, validation: test == nil ? nil : validation, test: last)
    }
    let classes = withImages.filter { SplitName($0) == nil }
    let parts = withImages.filter { SplitName($0) != nil }
    if let part = divided[.test] ?? divided[.validation] {
      guard classes.isEmpty else {
        throw LayoutError.classesBesideSplit(folder: top.path, part: part)
      }
      if isForEvaluation { return .oneFolder(below: part) }
      let flat = parts.filter { SplitName($0) == .train }
      guard flat.isEmpty else { throw try noClassFolders(flat) }
      throw LayoutError.noTrainingSplit(folder: top.path, parts: parts)
    }
    guard parts.count < 2, parts.isEmpty || classes.count >= 2 else {
      throw try noClassFolders(parts)
    }
    for name in classes { try refuseParts(in: name, beside: classes) }
    try LayoutClues(top).refuseDomains(in: classes)
    try refusePrefixedParts(classes)
    return try layout(of: classes + parts)
  }

  /// Why images in these splits, or side by side, cannot be read.
  private func noClassFolders(_ parts: [String]) throws -> LayoutError {
    try LayoutClues(top).refuseUnreadLabels(of: parts)
    return .noClassFolders(folder: top.path, parts: parts)
  }

  private func layout(of classes: [String]) throws -> DataLayout? {
    switch classes.count {
    case 0 where top.hasImages: throw try noClassFolders([])
    case 0: return nil
    case 1:
      try refuseWhatIsWrong(in: classes[0])
      try LayoutClues(top).refuseUnreadLabels(of: classes)
      if isForEvaluation, FolderListing(top.path(of: classes[0])).hasImages { return .oneFolder(below: nil) }
      throw LayoutError.oneFolder(folder: top.path, name: classes[0])
    default: return .oneFolder(below: nil)
    }
  }

  /// The folder of a split that has folders of classes in it; where it holds nothing but another of the same
  /// split, as `training_set/training_set` does, that one.
  private func folder(of part: SplitName) throws -> String? {
    let found = top.folders.filter { SplitName($0) == part }.compactMap { name in
      folder(of: part, name)
    }
    guard found.count <= 1 else { throw LayoutError.partTwice(folder: top.path, names: found) }
    return found.first
  }

  private func folder(of part: SplitName, _ name: String) -> String? {
    let listing = FolderListing(top.path(of: name))
    let classes = listing.folders.filter { Self.isClass(listing.path(of: $0)) }
    if classes.count == 1, SplitName(classes[0]) == part {
      return folder(of: part, name + "/" + classes[0])
    }
    return classes.isEmpty ? nil : name
  }

  /// Refuses a folder that has splits of its own, as a data set in a folder beside others does.
  private func refuseParts(in name: String, beside all: [String]) throws {
    let parts = parts(in: name)
    let kinds = Set(parts.compactMap { SplitName($0) })
    guard kinds.contains(.train), kinds.count > 1 else { return }
    let own = FolderListing(top.path(of: name))
    let hasClasses = parts.contains { part in
      FolderListing(own.path(of: part)).folders.contains { folder in
        ImageTree.hasImages(own.path(of: part) + "/" + folder)
      }
    }
    if !hasClasses, all.count > 1, all.allSatisfy({ !self.parts(in: $0).isEmpty }) {
      throw LayoutError.splitsInClasses(folder: top.path, name: name, parts: parts)
    }
    try refuseWhatIsWrong(in: name)
    throw LayoutError.splitsBelow(folder: top.path, name: name, parts: parts)
  }

  private func parts(in name: String) -> [String] {
    let listing = FolderListing(top.path(of: name))
    return listing.folders.filter {
      SplitName($0) != nil && ImageTree.hasImages(listing.path(of: $0))
    }
  }

  /// Refuses what a folder below would be refused for, before it is named as where the data set lies.
  private func refuseWhatIsWrong(in name: String) throws {
    let path = top.path(of: name)
    if MaskLayoutFormat.recognized(at: path) != nil || AnnotationFormat.recognized(at: path) != nil {
      throw LayoutError.otherTaskBelow(folder: top.path, name: name)
    }
    // Each step goes one folder down; a link to a folder above would lead down for ever.
    guard path.utf8.count < 2048, let own = FileIdentity(of: path),
      own != FileIdentity(of: top.path)
    else { return }
    do { _ = try ClassFolders(FolderListing(path)).layout() } catch LayoutError.noClassFolders(
      _, let parts) where parts.isEmpty
    {
      // Images and nothing else: the folder is a class.
    }
  }

  /// Refuses folders that are splits by one of several words of their names: `seg_train` beside `seg_test`.
  private func refusePrefixedParts(_ folders: [String]) throws {
    let named = folders.compactMap { name in
      SplitName.prefixed(name).map { (name: name, part: $0.part, rest: $0.rest) }
    }
    for (_, group) in Dictionary(grouping: named, by: \.rest).sorted(by: { $0.key < $1.key }) {
      let kinds = Set(group.map(\.part))
      guard kinds.contains(.train), kinds.count > 1 else { continue }
      let parts = group.map { (from: innermost($0.name), to: $0.part.folder) }
      throw LayoutError.prefixedSplits(
        folder: top.path, parts: parts.map(\.from), names: parts.map(\.to))
    }
  }

  /// A folder, or the one in it where it holds nothing else, as often as that is so: `seg_train/seg_train`.
  private func innermost(_ name: String) -> String {
    var (name, steps) = (name, 0)
    while steps < 8 {
      let listing = FolderListing(top.path(of: name))
      let inner = listing.folders.filter { ImageTree.hasImages(listing.path(of: $0)) }
      guard inner.count == 1, !listing.hasImages else { return name }
      // A single folder with nothing but images is a class.
      guard !FolderListing(listing.path(of: inner[0])).hasImages else { return name }
      name += "/" + inner[0]
      steps += 1
    }
    return name
  }

  /// Refuses folders that all hold folders of the same names: these are the classes, or splits of another kind.
  private func refuseSameFolders(in listing: FolderListing, _ folders: [String]) throws {
    guard folders.count > 1 else { return }
    var inner: [String]?
    for name in folders {
      let own = FolderListing(listing.path(of: name))
      let names = own.folders.filter { ImageTree.hasImages(own.path(of: $0)) }
      guard !own.hasImages, names.count > 1,
        Set(names.map { $0.lowercased() }) == Set((inner ?? names).map { $0.lowercased() })
      else { return }
      inner = inner ?? names
    }
    throw LayoutError.sameFolders(folder: listing.path, names: folders, inner: inner ?? [])
  }
}
