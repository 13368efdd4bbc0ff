import Datasets
import Files
import Formatting
import Foundation
import Numbers

/// Fetches published files: each is resumed where it was left, checked by its size and its sum, and only then
/// put in its place.
public struct Fetcher {
  /// What is reported while a file comes.
  public enum Event: Sendable, Hashable {
    /// The number of bytes of a file that have arrived, and of the whole file where the server says it.
    case came(file: String, bytes: Int, of: Int?)
    /// The connection broke, and is opened again.
    case again(file: String, reason: String)
    /// The bytes that are here may be of another version of the file, so the download starts again.
    case anew(file: String, kept: Int, reason: String)
    /// Another process is fetching the file; this one waits for it.
    case waiting(file: String)
    /// The sum is right, and the file is being unpacked.
    case unpacking(file: String)
  }

  /// An address under which the files lie by their names, instead of their publisher's.
  public var mirror: String?
  /// How often a broken connection is made anew without more of the file having come than before.
  public var attempts = 3
  /// Seconds of silence after which a connection counts as broken.
  public var timeout = 60.0
  /// Seconds before a connection is made anew.
  public var pause = 1.0

  /// Creates a fetcher.
  public init(mirror: String? = nil) { self.mirror = mirror }

  /// Finds a data set by its name, in any spelling.
  ///
  /// - Throws: `FetchError.unknown` with the nearest name.
  public static func data(named name: String) throws -> PublishedData {
    let known = PublishedData.all.map(\.name)
    if let word = spelled(name, among: known),
      let data = PublishedData.all.first(where: { $0.name == word })
    {
      return data
    }
    throw FetchError.unknown(name: name, known: known, nearest: nearest(to: name, among: known))
  }

  /// Fetches a data set into its folder.
  ///
  /// - Throws: `FetchError`, `DataError`, `FileError`: whatever is whole by then stays, a file that came in
  ///   part continues the next time, and one that is wrong is removed.
  public func fetch(_ data: PublishedData, onEvent: @escaping (Event) -> Void) throws {
    let folder = URL(fileURLWithPath: data.ownFolder)
    for file in data.files {
      let target = folder.appendingPathComponent(file.name)
      let wasThere = FileManager.default.fileExists(atPath: target.path)
      if wasThere {
        let sum = Checksum.md5(file.md5)
        let found = try sum.sum(ofFile: target.path, for: .data)
        guard sum.holds(found) else {
          throw FetchError.otherFile(path: target.path, expected: sum, found: found)
        }
      } else {
        try fetch(remote(file, of: data), to: target, onEvent: onEvent)
      }
      if data.isArchived {
        onEvent(.unpacking(file: file.name))
        try unpack(target, data.contents, into: folder)
        // An archive that the user put there is the user's.
        if !wasThere { try? FileManager.default.removeItem(at: target) }
      }
    }
  }

  private func remote(_ file: PublishedData.File, of data: PublishedData) -> RemoteFile {
    let names = data.files.map(\.name).joined(separator: ", ")
    return RemoteFile(
      name: file.name, url: mirror.map { Self.address(file.name, below: $0) } ?? file.url,
      checksum: .md5(file.md5), size: nil, purpose: .data,
      instead: "put \(names) into \(data.ownFolder)"
        + (data.isArchived ? " and run this command again" : ""))
  }

  /// The address of a file below another one.
  static func address(_ name: String, below base: String) -> String {
    (base.hasSuffix("/") ? base : base + "/") + name
  }

  private func unpack(_ archive: URL, _ names: [String], into folder: URL) throws {
    let bytes = try gunzipped(TextFile.data(archive.path), file: archive.path)
    for (name, content) in try Tar(bytes).files(names, archive: archive.path) {
      let target = folder.appendingPathComponent(name)
      if let there = try? TextFile.data(target.path) {
        guard there == content else { throw FetchError.otherContent(path: target.path) }
      } else {
        try AtomicFile.write(content, to: target)
      }
    }
  }

  // MARK: One file

  /// Fetches one file, checks its size and sum, and moves it into its place.
  ///
  /// Two processes that fetch the same file do not disturb each other: of data the second one is refused; of
  /// weights it waits, and takes what the first one has fetched.
  ///
  /// - Returns: what came; nil where another process has put the file there meanwhile.
  /// - Throws: `FetchError`.
  @discardableResult
  public func fetch(
    _ file: RemoteFile, to target: URL, onEvent: @escaping (Event) -> Void
  ) throws -> FetchedFile? {
    guard let url = URL(string: file.url), let scheme = url.scheme,
      ["http", "https"].contains(scheme) && url.host != nil
        || scheme == "file" && file.purpose == .weights
    else { throw FetchError.badAddress(file.url) }
    let folder = target.deletingLastPathComponent()
    do throws(FileError) { try makeFolder(folder.path) } catch {
      guard case .notWritten(let path, let code) = error else { throw error }
      throw FetchError.cannotWrite(path: path, reason: systemReason(code), purpose: file.purpose)
    }
    guard let part = try PartialFile(of: target, for: file, onEvent: onEvent) else { return nil }
    let wasThere = try part.count() > 0
    func ask() throws -> FetchedFile {
      let stated = try bring(file, from: url, to: part, onEvent)
      return try part.measured(stated: stated)
    }
    var found = try ask()
    if wasThere, part.fault(of: found) != nil {
      // The part may be of another time, or of another server's file.
      try part.begin(version: nil)
      found = try ask()
    }
    if let fault = part.fault(of: found) {
      part.remove()
      throw fault
    }
    try part.finish()
    return found
  }

  /// Brings a file's bytes, from a server or from a folder; returns the sum that the server names.
  private func bring(
    _ file: RemoteFile, from url: URL, to part: PartialFile, _ onEvent: @escaping (Event) -> Void
  ) throws -> Checksum? {
    if url.isFileURL {
      try part.copy(from: url.path) { onEvent(.came(file: file.name, bytes: $0, of: nil)) }
      return nil
    }
    #if NETWORK
      return try download(url, file, to: part, onEvent)
    #else
      part.removeIfEmpty()
      throw FetchError.noNetwork(file)
    #endif
  }

  #if NETWORK
    private func download(
      _ url: URL, _ file: RemoteFile, to part: PartialFile, _ onEvent: @escaping (Event) -> Void
    ) throws -> Checksum? {
      var (left, hasCome, most) = (attempts, false, try part.count())
      while true {
        let download = Download(
          url, to: part.handle, there: try part.count(), version: part.version, size: file.size,
          isChecked: file.checksum != nil, timeout: timeout, onStart: { part.keep(version: $0) }
        ) {
          onEvent(.came(file: file.name, bytes: $0, of: $1))
        }
        let end = download.run()
        switch end {
        case .whole: return download.statedSum
        case .unwritable(let reason): throw part.unwritable(reason)
        case .refused, .badRedirect, .webPage, .otherSize: part.removeIfEmpty()
        case .failed, .doubtful: break
        }
        switch end {
        case .whole, .unwritable: break
        case .doubtful(let reason):
          onEvent(.anew(file: file.name, kept: try part.count(), reason: reason))
          try part.begin(version: nil)
        case .refused(let status): throw FetchError.refused(file, status: status)
        case .badRedirect(let target, let reason):
          throw FetchError.badRedirect(file, to: target, reason: reason)
        case .webPage: throw FetchError.webPage(file)
        case .otherSize(let bytes):
          part.remove()
          throw FetchError.wrongSize(file, expected: file.size?.bytes ?? 0, found: bytes)
        case .failed(let reason):
          // A server that knows no parts begins anew each time, and may never come further.
          left = download.there > most ? attempts : left - 1
          most = max(most, download.there)
          hasCome = hasCome || download.hasCome
          guard left > 0 else {
            let isKnown =
              file.checksum != nil || download.statedSum != nil || part.version != nil
            let kept = isKnown ? try part.count() : 0
            if kept == 0 { part.remove() }
            throw hasCome
              ? FetchError.broken(file, reason: reason, kept: kept)
              : FetchError.unreachable(file, reason: reason)
          }
          onEvent(.again(file: file.name, reason: reason))
          Thread.sleep(forTimeInterval: pause)
        }
      }
    }
  #endif
}
