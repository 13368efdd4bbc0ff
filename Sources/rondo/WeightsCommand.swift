import ArgumentParser
import Fetching
import Formatting
import Foundation
import Numbers

#if LIBTORCH
  import Settings
  import Tasks
#endif

/// `rondo weights`: pretrained weights that can be given by name.
struct WeightsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights", abstract: "Lists, downloads and checks pretrained weights.",
    subcommands: [WeightsListCommand.self, WeightsFetchCommand.self, WeightsVerifyCommand.self])
}

/// `rondo weights list`: which weights have names.
struct WeightsListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the weights that can be given by name.",
    discussion: """
      rondo weights list
      rondo weights list resnet-50
      rondo train --data photos --model resnet-50 --weights imagenet

      Of each model the best known come first, which 'imagenet' and 'coco' stand for. The score is the publisher's \
      own: accuracy, mAP or mean IoU in percent. A license is that of the weights' package; the data that they were \
      trained on may have terms of its own.
      """)

  @Argument(help: "A model's name; all if left out.")
  var model: String?
  @Option(help: "text, or json for programs.")
  var format: OutputFormat = .text

  func run() throws {
    let entries = try model.map(PublishedWeights.list(for:)) ?? PublishedWeights.catalog.entries
    let cache = WeightsCache()
    guard format == .text else {
      return Console.output(try JSONText.line(entries.map { WeightsRow($0, in: cache) }))
    }
    let rows = entries.map { weights in
      [
        weights.name, weights.model, weights.data.title,
        weights.score.map { formatted($0, digits: 1) } ?? "-", weights.sizeWords, weights.license,
        cache.has(weights) ? "here" : "",
      ]
    }
    let header = ["name", "model", "trained on", "score", "size", "license", ""]
    alignedColumns([header] + rows, left: 3).forEach { Console.output(text: $0) }
  }
}

/// `rondo weights fetch`: downloads weights into the cache.
struct WeightsFetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Downloads weights into the cache.",
    discussion: """
      rondo weights list resnet-50
      rondo weights fetch torchvision/resnet50

      Partial downloads are resumed; size and SHA-256 sum are checked as far as they
      are published. The cache is RONDO_CACHE, or else rondo in your folder for
      caches. RONDO_MIRROR names a server or a folder that has the same files at the
      same places as another cache.
      """)

  @Argument(help: "The weights' names.")
  var names: [String]

  func run() throws {
    let cache = WeightsCache()
    for weights in try names.map(PublishedWeights.required) {
      if cache.has(weights) { Console.info("\(weights.name) is here already.") }
      Console.output(try WeightsFetching.fetch(weights))
    }
  }
}

/// `rondo weights verify`: compares weights in the cache with what is published of them.
struct WeightsVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compares weights in the cache with their SHA-256 sums.")

  @Argument(help: "The weights' names; all that are here if left out.")
  var names: [String] = []

  func run() throws {
    let cache = WeightsCache()
    let chosen =
      names.isEmpty
      ? PublishedWeights.catalog.entries.filter(cache.has)
      : try names.map(PublishedWeights.required)
    if chosen.isEmpty { Console.info("no weights are here: \(cache.folder)/weights") }
    var failures: [any Error] = []
    for weights in chosen {
      do {
        guard cache.has(weights) else {
          throw UnknownWeights.notHere(name: weights.name, path: cache.path(of: weights))
        }
        let (verdict, sum) = try cache.verify(weights)
        Console.output(text: "\(weights.name)  \(sum)  \(verdict.text)")
      } catch {
        if !failures.isEmpty { Console.error("rondo: " + sentence(for: error)) }
        failures.append(error)
      }
    }
    if let first = failures.first { throw first }
  }
}

/// Fetches weights, and tells from where, how large they are and where they go.
enum WeightsFetching {
  /// Fetches weights, unless they are here; returns their path.
  @discardableResult
  static func fetch(_ weights: PublishedWeights) throws -> String {
    let (cache, reporter) = (WeightsCache(), DownloadReporter())
    let path = try cache.locate(weights) { file in
      Console.info("fetching \(weights.name) (\(weights.sizeWords)) from \(file.url)")
      Console.info("into \(cache.path(of: weights))")
    } onEvent: {
      reporter.report($0)
    }
    reporter.end()
    return path
  }

  #if LIBTORCH
    /// Fetches the weights that settings name, if they are published ones that are not here.
    static func fetch(for settings: RunSettings) throws {
      if let weights = try weightsToFetch(for: settings) { try fetch(weights) }
    }
  #endif
}

extension PublishedWeights {
  /// Finds weights by a name that must be one.
  fileprivate static func required(_ name: String) throws -> PublishedWeights {
    if let found = try named(name) { return found }
    throw UnknownWeights(name)
  }

  /// The weights of a model, or of the classifier that it stands on.
  ///
  /// - Throws: `UnknownWeights` where there are none.
  fileprivate static func list(for model: String) throws -> [PublishedWeights] {
    #if LIBTORCH
      guard let (name, base) = modelAndBase(named: model) else {
        throw UnknownWeights.noModel(name: model, nearest: nearest(to: model, among: catalog.entries.map(\.model)))
      }
    #else
      let folded = foldedSpelling(model)
      let (name, base) = (catalog.entries.first { foldedSpelling($0.model) == folded }?.model ?? model, String?.none)
    #endif
    let fitting = catalog.entries.filter { $0.fits(name, on: base) }
    guard fitting.isEmpty else { return fitting }
    let others = catalog.entries.filter { $0.data == .imagenet }.map(\.model)
    throw UnknownWeights.noneFor(model: name, data: .imagenet, known: [], models: others)
  }

  /// The size, for display.
  fileprivate var sizeWords: String {
    size.map { formattedBytes($0.bytes) } ?? "size not published"
  }
}

extension WeightsCache.Verdict {
  /// What is known, for display.
  fileprivate var text: String {
    switch self {
    case .same: "is the published SHA-256 sum"
    case .sameBeginning(let digits): "begins with the published \(digits) digits"
    case .asServed: "is the sum that its server named"
    case .unverified: "unverified: no sum is published; unchanged since its download"
    }
  }
}

/// Weights, for programs.
private struct WeightsRow: Encodable {
  let name: String
  let model: String
  let data: String
  let classes: Int
  let score: Double?
  let url: String
  let sha256: String?
  let bytes: Int?
  let license: String
  let preprocessing: [String: String]
  let path: String?

  init(_ weights: PublishedWeights, in cache: WeightsCache) {
    name = weights.name
    model = weights.model
    data = weights.data.rawValue
    classes = weights.classes
    score = weights.score
    url = weights.url
    sha256 = weights.checksum?.digits
    bytes = weights.size?.bytes
    license = weights.license
    preprocessing = weights.preprocessing.metadata
    path = cache.has(weights) ? cache.path(of: weights) : nil
  }
}
