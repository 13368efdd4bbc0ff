import Files
import Formatting
import Foundation
import Numbers
import Runs

/// A folder of runs, or of comparisons with runs in them, or a run itself.
struct WatchedFolder: Sendable {
  /// A run, and how it is called in this folder: `photos-1`, or `photos-comparison-1/one-cycle-seed-0`.
  struct Entry: Sendable {
    let name: String
    let folder: RunFolder
  }

  let url: URL

  /// Names a folder in which runs are.
  ///
  /// - Throws: `WatchError` where there is none, or no run in it.
  init(_ path: String) throws(WatchError) {
    url = URL(fileURLWithPath: path)
    guard isFolder(path) else { throw .noFolder(path: path) }
    guard !entries.isEmpty else { throw .noRuns(path: path) }
  }

  /// The runs that are there now.
  var entries: [Entry] {
    if Self.isRun(url) { return [Entry(name: url.lastPathComponent, folder: RunFolder(url))] }
    return Self.folders(in: url).flatMap { name, inner -> [Entry] in
      if Self.isRun(inner) { return [Entry(name: name, folder: RunFolder(inner))] }
      return Self.folders(in: inner).filter { Self.isRun($0.url) }
        .map { Entry(name: "\(name)/\($0.name)", folder: RunFolder($0.url)) }
    }
  }

  private static func isRun(_ url: URL) -> Bool {
    access(RunFolder(url).configuration.path, F_OK) == 0
      && access(url.appendingPathComponent("comparison.json").path, F_OK) != 0
  }

  private static func folders(in url: URL) -> [(name: String, url: URL)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted().map { name in
      (name, url.appendingPathComponent(name, isDirectory: true))
    }
  }
}

/// Why there is nothing to watch.
public enum WatchError: DescribedError, Equatable {
  /// There is no such folder.
  case noFolder(path: String)
  /// There is no run in it.
  case noRuns(path: String)

  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .noFolder(let path):
      "There is no folder \(path); name the folder of your runs, or begin one with 'rondo train'."
    case .noRuns(let path):
      "\(path) has no runs in it; name the folder of your runs, such as runs, or begin one with "
        + "'rondo train'."
    }
  }
}
