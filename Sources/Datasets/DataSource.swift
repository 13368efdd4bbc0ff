import Foundation
import Words

/// A data set that can be named, and where it lies.
public enum DataSource: Sendable, Hashable {
  /// Fashion-MNIST: 60,000 and 10,000 grey images, 28x28, 10 classes.
  case fashionMNIST
  /// Coloured shapes that Rondo draws from a seed; always there.
  case shapes
  /// A folder of the user's.
  case folder(String)

  /// The sources that have names.
  public static let known: [DataSource] = [.fashionMNIST, .shapes]

  /// Finds a source by its name or path.
  ///
  /// - Throws: `DataError.unknown` with the nearest name.
  public init(named name: String) throws {
    if let source = Self.known.first(where: { $0.name == name }) {
      self = source
      return
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: name, isDirectory: &isFolder) else {
      let names = Self.known.map(\.name)
      throw DataError.unknown(name: name, known: names, nearest: nearest(to: name, among: names))
    }
    guard isFolder.boolValue else {
      throw DataError.unreadable(
        file: name, reason: "it is a file; name the folder that it lies in")
    }
    self = .folder(name)
  }

  /// The name by which the source is found again.
  public var name: String {
    switch self {
    case .fashionMNIST: "fashion-mnist"
    case .shapes: "shapes"
    case .folder(let path): path
    }
  }

  /// The last part of the name, fit for a run folder.
  public var shortName: String { URL(fileURLWithPath: name).lastPathComponent }

  /// Whether the source can be read here.
  public var isPresent: Bool {
    switch self {
    case .fashionMNIST: fashionFolder != nil
    case .shapes, .folder: true
    }
  }

  /// Where the source lies, or what to do to have it.
  public var whereItLies: String {
    switch self {
    case .fashionMNIST: fashionFolder ?? "not here. " + Self.fashionRemedy
    case .shapes: "drawn from a seed"
    case .folder(let path): path
    }
  }

  /// Reads or draws the data.
  ///
  /// - Throws: `DataError`.
  public func load(_ options: DataOptions = DataOptions()) throws -> ImageData {
    try read(options).resized(to: options.imageSize)
  }

  private func read(_ options: DataOptions) throws -> ImageData {
    switch self {
    case .fashionMNIST:
      try refuseLabels(options)
      guard let folder = fashionFolder else {
        throw DataError.absent(
          name: name, lookedIn: Self.fashionFolders, remedy: Self.fashionRemedy)
      }
      return try .idx(folder: folder, name: name, classNames: Self.fashionClasses)
    case .shapes:
      try refuseLabels(options)
      return Shapes.classification(train: 20_000, test: 4_000, seed: 1)
    case .folder(let path): return try Self.read(folder: path, options)
    }
  }

  private func refuseLabels(_ options: DataOptions) throws {
    guard options.labels == nil else { throw DataError.noChoiceOfLabels(data: name) }
  }

  private static func read(folder: String, _ options: DataOptions) throws -> ImageData {
    let layout = try DataLayout(of: folder)
    guard options.labels == nil || layout == .cifar100 else {
      throw DataError.noChoiceOfLabels(data: folder)
    }
    switch layout {
    case .idx: return try .idx(folder: folder, name: folder, classNames: nil)
    case .cifar10: return try CIFAR.ten(folder: folder, name: folder)
    case .cifar100:
      return try CIFAR.hundred(folder: folder, name: folder, labels: options.labels ?? .fine)
    case .splitFolders, .oneFolder:
      return try ImageFolderReader(folder: folder, options: options).read(layout, name: folder)
    }
  }

  // MARK: Fashion-MNIST

  private var fashionFolder: String? {
    Self.fashionFolders.first {
      FileManager.default.fileExists(atPath: $0 + "/train-images-idx3-ubyte.gz")
        || FileManager.default.fileExists(atPath: $0 + "/train-images-idx3-ubyte")
    }
  }

  private static var fashionFolders: [String] {
    let own =
      ProcessInfo.processInfo.environment["RONDO_DATA"].map { [$0 + "/fashion-mnist"] } ?? []
    return own + ["/usr/share/datasets/fashion-mnist"]
  }

  private static let fashionRemedy =
    "On Debian 'apt-get install dataset-fashion-mnist' brings it; elsewhere put its four IDX files "
    + "into a folder fashion-mnist and name the folder above it in RONDO_DATA; '--data shapes' "
    + "needs no files."

  /// - Source: Xiao, Rasul, Vollgraf, *Fashion-MNIST* (2017), table 2.
  private static let fashionClasses = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
  ]
}
