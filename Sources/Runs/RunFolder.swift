import Files
import Formatting
import Foundation
import Numbers

/// The folder of one run, and where everything in it lies.
///
///     runs/fashion-mnist-1/
///       config.yaml        every setting, resolved
///       plan.json          the plan, as it was checked before the first update
///       range-test.csv     the range test's curve
///       advice.json        the range test, the prior and the rehearsals from which the peak follows
///       data.tsv           the classes and images that the run was begun with
///       samples.json       some training images as the network sees them
///       files.json         what became of every file below the data's folder
///       metrics.csv        a row an update, a row an evaluation
///       diverged-1.csv     the rows of a stretch from which the run was rolled back
///       land               there is a request to land
///       landed-1.csv       the rows of a landing after which the run went on
///       checkpoints/       update-00001200.safetensors
///       summary.json       the final metrics
///       evaluation.json    what `rondo evaluate` found last
///       report.html        all of it, to look at
public struct RunFolder: Sendable, Hashable {
  /// The folder.
  public let url: URL

  /// Names a folder without looking at it.
  public init(_ url: URL) { self.url = url }

  /// Every setting, resolved.
  public var configuration: URL { url.appendingPathComponent("config.yaml") }
  /// The command that makes the same run again, in another folder.
  public var repeating: String { "rondo train --config " + shellQuoted(configuration.relativePath) }
  /// The plan.
  public var plan: URL { url.appendingPathComponent("plan.json") }
  /// The range test's curve.
  public var rangeTest: URL { url.appendingPathComponent("range-test.csv") }
  /// What the peak follows from: range test, prior and rehearsals.
  public var advice: URL { url.appendingPathComponent("advice.json") }
  /// The classes and images that the run was begun with.
  public var data: URL { url.appendingPathComponent("data.tsv") }
  /// Some training images as the network sees them.
  public var samples: URL { url.appendingPathComponent("samples.json") }
  /// What became of every file below the data's folder.
  public var files: URL { url.appendingPathComponent("files.json") }
  /// A row an update, a row an evaluation.
  public var metrics: URL { url.appendingPathComponent("metrics.csv") }
  /// The final metrics.
  public var summary: URL { url.appendingPathComponent("summary.json") }
  /// What the last evaluation of a checkpoint found.
  public var evaluation: URL { url.appendingPathComponent("evaluation.json") }
  /// Why a run of a comparison failed, if it did.
  public var failure: URL { url.appendingPathComponent("failure.txt") }
  /// The run on one HTML page.
  public var report: URL { url.appendingPathComponent("report.html") }
  /// Where the checkpoints are.
  public var checkpoints: URL { url.appendingPathComponent("checkpoints") }

  // MARK: Creating and opening

  /// Creates the next free folder, NAME-1 or NAME-2 and so on, under a parent, made if need be.
  ///
  /// Two processes that ask at once get two folders.
  /// - Throws: `RunError.badName` for what is no name of a folder, `RunError.cannotWrite`.
  public static func create(under parent: URL, name: String) throws -> RunFolder {
    let folder = RunFolder(try createNumbered(under: parent, name: name))
    guard mkdir(folder.checkpoints.path, 0o777) == 0 else {
      throw RunError.cannotWrite(path: folder.checkpoints.path, reason: systemReason())
    }
    return folder
  }

  /// Creates the next free folder, NAME-1 or NAME-2 and so on, for something else than a run.
  ///
  /// - Throws: `RunError.badName` for what is no name of a folder, `RunError.cannotWrite`.
  public static func createNumbered(under parent: URL, name: String) throws -> URL {
    guard !name.isEmpty, !name.contains(where: { $0 == "/" || $0 == "\0" })
    else { throw RunError.badName(name) }
    try makeFolder(parent)
    for number in 1... {
      let url = parent.appendingPathComponent("\(name)-\(number)")
      if mkdir(url.path, 0o777) == 0 { return url }
      guard errno == EEXIST else {
        throw RunError.cannotWrite(path: url.path, reason: systemReason())
      }
    }
    throw RunError.cannotWrite(path: parent.path, reason: "every number is in use")
  }

  /// Makes this very folder, with all above it, where it is not there yet.
  ///
  /// - Throws: `RunError.cannotWrite`.
  public func make() throws { try Self.makeFolder(checkpoints) }

  /// Makes a folder, with all above it, where it is not there yet.
  ///
  /// - Throws: `RunError.cannotWrite`.
  public static func makeFolder(_ url: URL) throws {
    do throws(FileError) { try Files.makeFolder(url.path) } catch {
      guard case .notWritten(let path, let code) = error else { throw error }
      throw RunError.cannotWrite(path: path, reason: systemReason(code))
    }
  }

  /// Opens the folder of a run that has begun.
  ///
  /// - Throws: `RunError.notARun`, `RunError.severalRuns`, `RunError.cannotRead`.
  public static func open(_ path: String) throws -> RunFolder {
    let folder = RunFolder(URL(fileURLWithPath: path))
    var status = stat()
    guard stat(folder.configuration.path, &status) != 0 else {
      try folder.requireReadableCheckpoints()
      return folder
    }
    let (code, file) = (errno, folder.configuration.path)
    if lstat(file, &status) == 0 {
      throw RunError.cannotRead(path: file, reason: reasonNotOpened(file, code))
    }
    switch code {
    case ENOENT where access(path, F_OK) == 0:
      let runs = runs(in: path)
      let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
      throw runs.isEmpty
        ? RunError.notARun(path: path) : RunError.severalRuns(path: folder, runs: runs)
    case ENOENT: throw RunError.notARun(path: path, reason: "it does not exist")
    case ENOTDIR: throw RunError.notARun(path: path, reason: "it is a file, or lies below one")
    default: throw RunError.cannotRead(path: path, reason: reasonNotOpened(path, code))
    }
  }

  /// The names of the runs in a folder, fold-2 before fold-10.
  private static func runs(in path: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { access("\(path)/\($0)/config.yaml", F_OK) == 0 }
      .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
  }

  /// Removes what a killed process left unfinished; only for the holder of the lock.
  public func sweep() {
    AtomicFile.sweep(url)
    AtomicFile.sweep(checkpoints)
  }

  // MARK: Checkpoints

  private static let prefix = "update-"
  private static let suffix = ".safetensors"

  /// The file of the checkpoint after so many updates.
  public func checkpoint(at update: Int) -> URL {
    let digits = String(update)
    let padded = String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    return checkpoints.appendingPathComponent(Self.prefix + padded + Self.suffix)
  }

  /// The update after which a checkpoint was saved, by its file's name; nil for another name.
  public static func update(ofCheckpoint file: URL) -> Int? {
    let name = file.lastPathComponent
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
    return Int(name.dropFirst(prefix.count).dropLast(suffix.count))
  }

  /// The checkpoints that are there, the oldest first.
  public func listCheckpoints() -> [(update: Int, file: URL)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints.path)) ?? []
    return names.compactMap { name in
      let file = checkpoints.appendingPathComponent(name)
      return Self.update(ofCheckpoint: file).map { ($0, file) }
    }
    .sorted { $0.update < $1.update }
  }

  /// Checks that checkpoints can be listed where there is a place for them: a run would begin again beside those that
  /// it cannot see.
  private func requireReadableCheckpoints() throws {
    guard isThere(checkpoints.path) else { return }
    guard let listing = opendir(checkpoints.path) else {
      throw RunError.cannotRead(path: checkpoints.path, reason: reasonNotOpened(checkpoints.path))
    }
    closedir(listing)
  }

  /// Removes the checkpoints after an update, the newest first: killed during that, the folder is as a
  /// run's that was killed a little earlier.
  public func removeCheckpoints(after update: Int) throws {
    for (_, file) in listCheckpoints().reversed().prefix(while: { $0.update > update }) {
      try remove(file)
    }
  }

  func remove(_ file: URL) throws {
    do { try FileManager.default.removeItem(at: file) } catch {
      throw RunError.cannotWrite(path: file.path, reason: systemReason(of: error))
    }
  }

  /// The newest checkpoint, if any.
  public var newestCheckpoint: URL? { listCheckpoints().last?.file }

  /// Returns the checkpoint of a path, or of the name that it has among the run's: `update-00000500.safetensors`.
  ///
  /// - Throws: `RunError.noCheckpoint`.
  public func checkpoint(named name: String) throws -> URL {
    let file = URL(fileURLWithPath: name)
    if FileManager.default.fileExists(atPath: file.path) { return file }
    guard let own = listCheckpoints().first(where: { $0.file.lastPathComponent == name }) else {
      throw RunError.noCheckpoint(
        name, folder: url.relativePath, newest: newestCheckpoint?.lastPathComponent)
    }
    return own.file
  }

  /// Removes all checkpoints but the last few and those at the given updates.
  public func removeOldCheckpoints(keepingLast count: Int, and kept: Set<Int>) throws {
    for (update, file) in listCheckpoints().dropLast(count) where !kept.contains(update) {
      try remove(file)
    }
  }
}
