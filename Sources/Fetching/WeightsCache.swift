import Datasets
import Files
import Formatting
import Foundation
import Numbers

/// Where fetched weights lie: `weights/PUBLISHER/FILE` below `RONDO_CACHE`, or else below `rondo` in the user's
/// folder for caches.
///
/// Beside each file lies `FILE.json`, which says from where it came and by which sum it is known.
public struct WeightsCache: Sendable {
  /// The folder.
  public let folder: String
  /// An address or a folder below which the same files lie, instead of their publishers': `RONDO_MIRROR`.
  let mirror: String?

  /// The cache of this user.
  public init() {
    let environment = ProcessInfo.processInfo.environment
    self.init(
      in: CacheFolder.path(environment),
      mirror: environment["RONDO_MIRROR"].flatMap { $0.isEmpty ? nil : withHome($0) })
  }

  /// The cache in a folder.
  init(in folder: String, mirror: String? = nil) {
    self.folder = folder
    self.mirror = mirror
  }

  /// Where a file of weights lies once it is here.
  public func path(of weights: PublishedWeights) -> String { folder + "/" + weights.place }

  /// Whether a file of weights is here.
  public func has(_ weights: PublishedWeights) -> Bool {
    FileManager.default.fileExists(atPath: path(of: weights))
  }

  /// What the folder holds: so many files, of so many bytes together.
  public var contents: (files: Int, bytes: Int) {
    let files = PublishedWeights.catalog.entries.filter(has)
    return (files.count, files.reduce(0) { $0 + Self.bytes(path(of: $1)) })
  }

  private static func bytes(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  // MARK: Into the cache

  /// Returns the path of a file of weights, which is fetched if it is not here.
  ///
  /// Of one that is here the size is compared; its sum was compared when it came, or is now, the first time that a
  /// file is used that was put there by hand.
  ///
  /// - Throws: `FetchError`.
  public func locate(
    _ weights: PublishedWeights, by fetcher: Fetcher = Fetcher(),
    onFetch: (RemoteFile) -> Void = { _ in },
    onEvent: @escaping (Fetcher.Event) -> Void = { _ in }
  ) throws -> String {
    let path = path(of: weights)
    if has(weights) {
      guard let record = record(of: weights) else {
        _ = try verify(weights)
        return path
      }
      let bytes = Self.bytes(path)
      guard bytes == record.bytes else {
        throw FetchError.otherSize(path: path, expected: record.bytes, found: bytes)
      }
      return path
    }
    let file = remote(weights)
    onFetch(file)
    if let fetched = try fetcher.fetch(file, to: URL(fileURLWithPath: path), onEvent: onEvent) {
      keep(
        Record(
          sha256: fetched.sum.digits, bytes: fetched.bytes, url: file.url,
          compared: fetched.isCompared),
        of: weights)
    }
    return path
  }

  /// The file as its publisher or the mirror that is named by `RONDO_MIRROR` offers it.
  public func remote(_ weights: PublishedWeights) -> RemoteFile {
    let base = mirror.map { $0.contains("://") ? $0 : URL(fileURLWithPath: $0).absoluteString }
    let path = path(of: weights)
    return RemoteFile(
      name: weights.fileName,
      url: base.map { Fetcher.address(weights.place, below: $0) } ?? weights.url,
      checksum: weights.checksum, size: weights.size, purpose: .weights,
      instead: (mirror == nil ? "put the file" : "put the file from \(weights.url)") + " at \(path)"
    )
  }

  // MARK: What is known of a file

  /// From where a file came, and by which sum it is known.
  struct Record: Codable, Equatable {
    var sha256: String
    var bytes: Int
    var url: String?
    /// Whether the sum was compared with one that the publisher names.
    var compared: Bool
  }

  private func recordFile(_ weights: PublishedWeights) -> URL {
    URL(fileURLWithPath: path(of: weights) + ".json")
  }

  func record(of weights: PublishedWeights) -> Record? {
    (try? TextFile.data(recordFile(weights).path)).flatMap {
      try? JSONText.read(Record.self, from: $0)
    }
  }

  /// Writes the record down; where that cannot be done, the file's sum is compared each time.
  private func keep(_ record: Record, of weights: PublishedWeights) {
    if let data = try? JSONText.data(record, isPretty: true) {
      try? AtomicFile.write(data, to: recordFile(weights))
    }
  }

  /// How sure it is that a file is the published one.
  public enum Verdict: Sendable, Hashable {
    /// Its SHA-256 sum is the published one.
    case same
    /// The beginning of its sum is: as much as is published.
    case sameBeginning(digits: Int)
    /// Its sum is the one with which it came, which its server named beside it.
    case asServed
    /// No sum is published, and it is as it was when it came.
    case unverified
  }

  /// Compares a file's size and SHA-256 sum.
  ///
  /// - Throws: `FetchError.otherSize`, `FetchError.otherFile`, `FetchError.cannotWrite` for one that cannot be read.
  public func verify(_ weights: PublishedWeights) throws -> (verdict: Verdict, sum: String) {
    let path = path(of: weights)
    let (bytes, record) = (Self.bytes(path), record(of: weights))
    if let size = weights.size, !size.holds(bytes) {
      throw FetchError.otherSize(path: path, expected: size.bytes, found: bytes)
    }
    if let record, record.bytes != bytes {
      throw FetchError.otherSize(path: path, expected: record.bytes, found: bytes)
    }
    let found = try Checksum.sha256("").sum(ofFile: path, for: .weights)
    for expected in [weights.checksum, record.map { .sha256($0.sha256) }].compactMap(\.self)
    where !expected.holds(found) {
      throw FetchError.otherFile(path: path, expected: expected, found: found)
    }
    if record == nil {
      keep(
        Record(sha256: found.digits, bytes: bytes, url: nil, compared: weights.checksum != nil),
        of: weights)
    }
    guard let known = weights.checksum else {
      return (record?.compared == true ? .asServed : .unverified, found.digits)
    }
    return (known.isWhole ? .same : .sameBeginning(digits: known.digits.count), found.digits)
  }
}

extension PublishedWeights {
  /// The file's own name.
  public var fileName: String { place.split(separator: "/").last.map(String.init) ?? "" }

  /// Where they lie in the cache, and at a mirror.
  var place: String {
    let parts = name.split(separator: "/")
    let file = url.split(separator: "/").last.map(String.init) ?? ""
    // Hugging Face calls every file the same.
    let own = file == "model.safetensors" ? "\(parts.last ?? "").safetensors" : file
    return "weights/\(parts.first ?? "")/\(own)"
  }
}
