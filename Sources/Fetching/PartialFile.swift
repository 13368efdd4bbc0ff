import Files
import Formatting
import Foundation
import Numbers

/// A file that has come in part: `NAME.part`, held by one process at a time, and beside it `NAME.part.version`, the
/// entity tag of what its server offered when it began, or when that was modified.
final class PartialFile: @unchecked Sendable {
  let handle: FileHandle
  private let target: URL
  private let part: URL
  private let file: RemoteFile
  private let descriptor: Int32

  private var versionFile: URL { part.appendingPathExtension("version") }

  /// Opens the part of a file, and holds it.
  ///
  /// - Returns: nil where another process has put the whole file into its place meanwhile.
  /// - Throws: `FetchError.busy` where another process holds it, and is not waited for; `FetchError.cannotWrite`;
  ///   `FileError.isLink`.
  init?(of target: URL, for file: RemoteFile, onEvent: (Fetcher.Event) -> Void) throws {
    self.target = target
    self.file = file
    part = target.appendingPathExtension("part")
    var isWaiting = false
    while true {
      let descriptor: Int32
      do throws(FileError) {
        try OwnFile.check(part.appendingPathExtension("version").path)
        descriptor = try OwnFile.open(part.path)
      } catch {
        guard case .notWritten(let path, let code) = error else { throw error }
        throw FetchError.cannotWrite(path: path, reason: systemReason(code), purpose: file.purpose)
      }
      let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        guard file.purpose == .weights else { throw FetchError.busy(path: target.path) }
        if !isWaiting { onEvent(.waiting(file: file.name)) }
        isWaiting = true
        Thread.sleep(forTimeInterval: 0.2)
        continue
      }
      // Whoever held it may have moved it into its place, or have removed it.
      var (held, named) = (stat(), stat())
      guard fstat(descriptor, &held) == 0, stat(part.path, &named) == 0,
        held.st_ino == named.st_ino
      else { continue }
      if FileManager.default.fileExists(atPath: target.path) {
        unlink(part.path)
        return nil
      }
      self.descriptor = descriptor
      self.handle = handle
      return
    }
  }

  /// Bytes that are there; the next ones go behind them.
  func count() throws -> Int {
    do { return Int(try handle.seekToEnd()) } catch { throw unwritable(systemReason(of: error)) }
  }

  /// The version of what is there, if its server named one.
  var version: String? {
    (try? TextFile.read(versionFile.path)).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Keeps the version of a file that begins anew.
  func keep(version: String?) {
    guard let version else {
      unlink(versionFile.path)
      return
    }
    try? Data(version.utf8).write(to: versionFile)
  }

  /// Begins anew.
  func begin(version: String?) throws {
    do { try handle.truncate(atOffset: 0) } catch { throw unwritable(systemReason(of: error)) }
    keep(version: version)
  }

  /// Copies a file of this machine.
  func copy(from path: String, onProgress: (Int) -> Void) throws {
    guard let source = FileHandle(forReadingAtPath: path) else {
      let reason = systemReason(errno == 0 ? ENOENT : errno)
      removeIfEmpty()
      throw FetchError.unreachable(file, reason: reason)
    }
    try begin(version: nil)
    var copied = 0
    do {
      while let data = try source.read(upToCount: 1 << 20), !data.isEmpty {
        try handle.write(contentsOf: data)
        copied += data.count
        onProgress(copied)
      }
    } catch { throw unwritable(systemReason(of: error)) }
  }

  /// Sums up what is there; `stated` is the sum that the server names for the file.
  func measured(stated: Checksum?) throws -> FetchedFile {
    let expected = file.checksum ?? stated
    do {
      let sum = try (expected ?? .sha256("")).sum(of: handle)
      return FetchedFile(
        bytes: try count(), sum: sum, isCompared: expected != nil, stated: stated)
    } catch let error as FetchError { throw error } catch {
      throw FetchError.cannotWrite(
        path: part.path, reason: "it cannot be read again", purpose: file.purpose)
    }
  }

  /// Why what is there is not the published file; nil where it is.
  func fault(of found: FetchedFile) -> FetchError? {
    if let size = file.size, !size.holds(found.bytes) {
      return .wrongSize(file, expected: size.bytes, found: found.bytes)
    }
    if let expected = [file.checksum, found.stated].compactMap(\.self).first(where: {
      $0.name == found.sum.name && !$0.holds(found.sum)
    }) {
      return .wrongSum(file, expected: expected, found: found.sum)
    }
    return nil
  }

  /// Moves the file into its place, whole and on the disk.
  func finish() throws {
    guard fsync(descriptor) == 0, rename(part.path, target.path) == 0 else {
      throw FetchError.cannotWrite(
        path: target.path, reason: systemReason(), purpose: file.purpose)
    }
    unlink(versionFile.path)
  }

  /// Removes what is there.
  func remove() {
    unlink(part.path)
    unlink(versionFile.path)
  }

  /// Removes a part of which nothing has come.
  func removeIfEmpty() { if (try? count()) == 0 { remove() } }

  func unwritable(_ reason: String) -> FetchError {
    .cannotWrite(path: part.path, reason: reason, purpose: file.purpose)
  }
}

extension Checksum {
  /// Returns the same kind of sum of a file.
  ///
  /// - Throws: `FetchError.cannotWrite` for a file that cannot be read.
  func sum(ofFile path: String, for purpose: FetchPurpose) throws -> Checksum {
    guard let handle = FileHandle(forReadingAtPath: path), let found = try? sum(of: handle) else {
      throw FetchError.cannotWrite(
        path: path, reason: "it cannot be read either", purpose: purpose)
    }
    return found
  }
}
