import Files
import Formatting
import Foundation

/// A data set that can be named, and where it lies.
public enum DataSource: Sendable, Hashable {
  /// A data set that its publisher offers, such as CIFAR-10.
  case published(PublishedData)
  /// Colored shapes that Rondo draws from a seed; always there.
  case shapes
  /// A folder of the user's, a tar archive, or a pattern of archives.
  case folder(String)

  /// Fashion-MNIST: 60,000 and 10,000 gray images, 28x28, 10 classes.
  public static let fashionMNIST = DataSource.published(.fashionMNIST)

  /// The sources that have names.
  public static let known = PublishedData.all.map { .published($0) } + [DataSource.shapes]

  /// Finds a source by its name or path; a name in another spelling only where nothing lies at that path.
  ///
  /// - Throws: `DataError.unknown` with the nearest name.
  public init(named name: String) throws {
    if let source = Self.known.first(where: { $0.name == name }) {
      self = source
      return
    }
    var isFolder: ObjCBool = false
    if ShardNames.isName(name), name.contains("{") || FileManager.default.fileExists(atPath: name) {
      self = .folder(name)
      return
    }
    guard FileManager.default.fileExists(atPath: name, isDirectory: &isFolder) else {
      if isThere(name) {
        var status = stat()
        _ = stat(name, &status)
        throw DataError.unreadable(file: name, reason: reasonNotOpened(name))
      }
      let names = Self.known.map(\.name)
      if let known = spelled(name, among: names),
        let source = Self.known.first(where: { $0.name == known })
      {
        self = source
        return
      }
      throw DataError.unknown(name: name, known: names, nearest: nearest(to: name, among: names))
    }
    if !isFolder.boolValue, ShardNames.isCompressed(name) {
      throw ShardError.compressed(file: name, kind: (name as NSString).pathExtension)
    }
    guard isFolder.boolValue || AnnotationFormat.recognized(at: name) != nil else {
      throw DataError.unreadable(file: name, reason: Self.reason(against: name))
    }
    self = .folder(name)
  }

  /// Why a file is no data set, and what to do, by the ending of its name.
  private static func reason(against file: String) -> String {
    switch (file as NSString).pathExtension.lowercased() {
    case "zip", "7z", "rar": "it is an archive; unpack it, and name the folder with its images"
    case "csv", "tsv", "txt", "xlsx":
      "tables of labels are not read; put the images into a folder for each class (train/CLASS/ and test/CLASS/)"
    default: "it is a file; name the folder that it is in"
    }
  }

  /// The name by which the source is found again.
  public var name: String {
    switch self {
    case .published(let data): data.name
    case .shapes: "shapes"
    case .folder(let path): path
    }
  }

  /// The last part of the name, fit for a run folder.
  public var shortName: String {
    ShardNames.short(URL(fileURLWithPath: name).lastPathComponent)
  }

  /// An image's path or a text for display, in which members of archives stand without the place of their bytes.
  public static func shown(_ text: String) -> String { TarMember.shown(text) }

  /// Whether the source has a name, and is no folder of the user's.
  public var isNamed: Bool {
    if case .folder = self { false } else { true }
  }

  /// Whether the source can be read here.
  public var isPresent: Bool {
    switch self {
    case .published(let data): data.folder != nil
    case .shapes, .folder: true
    }
  }

  /// Where the source lies, or what to do to have it.
  public var locationDescription: String {
    switch self {
    case .published(let data): data.folder ?? "not here. " + data.remedy
    case .shapes: "drawn from a seed"
    case .folder(let path): path
    }
  }

  /// Reads or draws the data.
  ///
  /// - Throws: `DataError`.
  public func load(_ options: DataOptions = DataOptions()) throws -> ImageData {
    let data = try read(options)
    if let size = options.imageSize { return data.resized(to: size, by: options.interpolation) }
    return data.isEnlarged
      ? data : data.enlarged(options.enlargement, by: options.interpolation)
  }

  private func read(_ options: DataOptions) throws -> ImageData {
    switch self {
    case .published(let data): return try read(data, options)
    case .shapes:
      try refuseLabels(options)
      return Shapes.classification(train: 20_000, test: 4_000, seed: 1)
    case .folder(let path): return try Self.read(folder: path, options)
    }
  }

  private func read(_ data: PublishedData, _ options: DataOptions) throws -> ImageData {
    guard let folder = data.folder else {
      throw DataError.absent(name: name, lookedIn: data.folders, remedy: data.remedy)
    }
    switch data.format {
    case .idx(let classNames):
      try refuseLabels(options)
      return try .idx(folder: folder, name: name, classNames: classNames)
    case .cifar10:
      try refuseLabels(options)
      return try CIFAR.ten(folder: folder, name: name)
    case .cifar100:
      return try CIFAR.hundred(folder: folder, name: name, labels: options.labels ?? .fine)
    }
  }

  private func refuseLabels(_ options: DataOptions) throws {
    guard options.labels == nil else { throw DataError.noChoiceOfLabels(data: name) }
  }

  private static func read(folder: String, _ options: DataOptions) throws -> ImageData {
    let layout = try layout(of: folder, isForEvaluation: options.isForEvaluation)
    guard options.labels == nil || layout == .cifar100 else {
      throw DataError.noChoiceOfLabels(data: folder)
    }
    switch layout {
    case .idx:
      return try ImageData.idx(folder: folder, name: folder, classNames: nil)
        .accounted(in: folder, for: DataLayout.idxNames)
    case .cifar10:
      return try CIFAR.ten(folder: folder, name: folder)
        .accounted(in: folder, for: CIFAR.tenNames + [CIFAR.tenClasses])
    case .cifar100:
      return try CIFAR.hundred(folder: folder, name: folder, labels: options.labels ?? .fine)
        .accounted(in: folder, for: CIFAR.hundredNames + [CIFAR.fineClasses, CIFAR.coarseClasses])
    case .splitFolders, .oneFolder, .shards:
      return try ImageFolderReader(folder: folder, options: options).read(layout, name: folder)
    }
  }

  /// Recognizes what lies in a folder.
  ///
  /// - Throws: `DataError.unrecognized`, or the error of the task whose data it looks like, which says
  ///   what is missing.
  static func layout(of folder: String, isForEvaluation: Bool = false) throws -> DataLayout {
    if ShardNames.isName(folder) { return .shards }
    do {
      return try DataLayout(of: folder, isForEvaluation: isForEvaluation)
    } catch DataError.unrecognized(let name, let there) {
      if let format = AnnotationFormat.recognized(at: folder) {
        throw LayoutError.boxes(folder: folder, format)
      }
      if let nearest = AnnotationFormat.nearest(at: folder) {
        throw AnnotationError.unrecognized(path: folder, nearest: nearest)
      }
      if let nearest = MaskLayoutFormat.nearest(at: folder) {
        throw MaskError.unrecognized(folder: folder, there: there, nearest: nearest)
      }
      throw DataError.unrecognized(folder: name, there: there)
    }
  }
}

extension ImageData {
  /// The data with an account of the folder that it was read from, in which these files are used.
  fileprivate func accounted(in folder: String, for names: [String]) -> ImageData {
    var ledger = FolderLedger(folder)
    for name in FolderListing(folder).files where names.contains(name) {
      ledger.note(folder + "/" + name, .used(as: "files of images and labels"))
    }
    var data = self
    data.account = ledger.close()
    return data
  }
}
