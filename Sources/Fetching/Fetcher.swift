import Datasets
import Files
import Foundation
import Numbers
import Words

/// Fetches published data sets: each file is resumed where it was left, checked by its sum, and only then
/// put in its place.
public struct Fetcher {
  /// What is reported while a file comes.
  public enum Event: Sendable, Hashable {
    /// So many bytes of a file are here, of so many if the server says it.
    case came(file: String, bytes: Int, of: Int?)
    /// The connection broke, and is made anew.
    case again(file: String, reason: String)
    /// The sum is right, and the file is being unpacked.
    case unpacking(file: String)
  }

  /// An address under which the files lie by their names, instead of their publisher's.
  public var mirror: String?
  /// How often a broken connection is made anew without anything having come.
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
    do throws(FileError) { try makeFolder(folder.path) } catch {
      guard case .notWritten(let path, let code) = error else { throw error }
      throw FetchError.cannotWrite(path: path, reason: systemReason(code))
    }
    for file in data.files {
      let target = folder.appendingPathComponent(file.name)
      let wasThere = FileManager.default.fileExists(atPath: target.path)
      if wasThere {
        try check(target, file)
      } else {
        try fetch(file, to: target, of: data, onEvent: onEvent)
      }
      if data.isArchived {
        onEvent(.unpacking(file: file.name))
        try unpack(target, data.contents, into: folder)
        // An archive that the user put there is the user's.
        if !wasThere { try? FileManager.default.removeItem(at: target) }
      }
    }
  }

  /// Checks a file that was put there by hand, or by a fetch that was stopped later.
  private func check(_ target: URL, _ file: PublishedData.File) throws {
    guard let handle = try? FileHandle(forReadingFrom: target) else {
      throw FetchError.cannotWrite(path: target.path, reason: "it cannot be read either")
    }
    let found = try Self.sum(handle, target)
    guard found == file.md5 else {
      throw FetchError.otherFile(path: target.path, expected: file.md5, found: found)
    }
  }

  private func unpack(_ archive: URL, _ names: [String], into folder: URL) throws {
    let bytes = try gunzipped(Data(contentsOf: archive), file: archive.path)
    for (name, content) in try Tar(bytes).files(names, archive: archive.path) {
      let target = folder.appendingPathComponent(name)
      if let there = try? Data(contentsOf: target) {
        guard there == content else { throw FetchError.otherContent(path: target.path) }
      } else {
        try AtomicFile.write(content, to: target)
      }
    }
  }

  // MARK: One file

  /// Fetches one file, checks its sum, and moves it into its place.
  func fetch(
    _ file: PublishedData.File, to target: URL, of data: PublishedData,
    onEvent: @escaping (Event) -> Void
  ) throws {
    #if NETWORK
      let address = mirror.map { ($0.hasSuffix("/") ? $0 : $0 + "/") + file.name } ?? file.url
      guard let url = URL(string: address), ["http", "https"].contains(url.scheme ?? ""),
        url.host != nil
      else { throw FetchError.badAddress(address) }
      let part = target.appendingPathExtension("part")
      let descriptor = open(part.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else {
        throw FetchError.cannotWrite(path: part.path, reason: systemReason())
      }
      let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        throw FetchError.busy(path: target.path)
      }
      let wasThere = try handle.seekToEnd() > 0
      func ask() throws -> String {
        try download(url, to: handle, at: part, file.name, instead: Self.instead(data), onEvent)
        return try Self.sum(handle, part)
      }
      var found = try ask()
      if found != file.md5, wasThere {
        // The part may be of another time, or of another server's file.
        try handle.truncate(atOffset: 0)
        found = try ask()
      }
      guard found == file.md5 else {
        try? FileManager.default.removeItem(at: part)
        throw FetchError.wrongSum(url: address, expected: file.md5, found: found)
      }
      guard fsync(descriptor) == 0, rename(part.path, target.path) == 0 else {
        throw FetchError.cannotWrite(path: target.path, reason: systemReason())
      }
    #else
      throw FetchError.noNetwork(instead: Self.instead(data))
    #endif
  }

  private static func instead(_ data: PublishedData) -> String {
    "put \(data.files.map(\.name).joined(separator: ", ")) into \(data.ownFolder)"
      + (data.isArchived ? " and run this command again" : "")
  }

  #if NETWORK
    private func download(
      _ url: URL, to handle: FileHandle, at part: URL, _ name: String, instead: String,
      _ onEvent: @escaping (Event) -> Void
    ) throws {
      var (left, hasCome) = (attempts, false)
      while true {
        let there = Int(try handle.seekToEnd())
        let download = Download(url, to: handle, there: there, timeout: timeout) {
          onEvent(.came(file: name, bytes: $0, of: $1))
        }
        switch download.run() {
        case .whole: return
        case .refused(let status):
          throw FetchError.refused(url: url.absoluteString, status: status, instead: instead)
        case .unwritable(let reason):
          throw FetchError.cannotWrite(path: part.path, reason: reason)
        case .failed(let reason):
          left = download.hasCome ? attempts : left - 1
          hasCome = hasCome || download.hasCome
          guard left > 0 else {
            let kept = Int(try handle.seekToEnd())
            if kept == 0 { try? FileManager.default.removeItem(at: part) }
            throw hasCome
              ? FetchError.broken(url: url.absoluteString, reason: reason, kept: kept)
              : FetchError.unreachable(url: url.absoluteString, reason: reason, instead: instead)
          }
          onEvent(.again(file: name, reason: reason))
          Thread.sleep(forTimeInterval: pause)
        }
      }
    }
  #endif

  private static func sum(_ handle: FileHandle, _ part: URL) throws -> String {
    var sum = MD5()
    do {
      try handle.seek(toOffset: 0)
      while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty { sum.add(data) }
    } catch {
      throw FetchError.cannotWrite(path: part.path, reason: "it cannot be read again")
    }
    return sum.finished()
  }
}
