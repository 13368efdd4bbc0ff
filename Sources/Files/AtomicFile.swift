import Foundation

/// Files that are whole or not there.
///
/// A file is written under another name in the same folder, one that nobody else has, brought to the disk,
/// and renamed into place. Killed at any moment, or with the disk full, the file that was there before is
/// still there. A file that is replaced keeps its permissions.
///
/// The name is taken as it stands: a link under it is replaced, and nothing outside the folder is touched.
/// What a user named is for `OutputRule`.
public enum AtomicFile {
  /// Writes data.
  ///
  /// - Throws: `FileError.notWritten`.
  public static func write(_ data: Data, to file: URL) throws {
    try write(to: file) { try $0.write(data) }
  }

  /// Lets the body write a file, and moves it into its place.
  ///
  /// - Throws: `FileError.notWritten`, or the body's error; nothing is left of the file then.
  public static func write<Result>(
    to file: URL, _ body: (FileWriter) throws -> Result
  ) throws -> Result {
    try write(to: file.path, isMarked: false, body)
  }

  /// Removes what killed processes left unfinished in a folder.
  public static func sweep(_ folder: URL) { TemporaryFile.sweep(folder.path) }

  /// - Parameter isMarked: whether Rondo is to know the file again as its own.
  static func write<Result>(
    to path: String, isMarked: Bool, _ body: (FileWriter) throws -> Result
  ) throws -> Result {
    let temporary = try TemporaryFile(beside: path)
    do {
      let result = try body(
        FileWriter(path: path, descriptor: temporary.descriptor, isStream: false))
      keepPermissions(of: path, for: temporary.descriptor)
      if isMarked { OwnershipMark.set(temporary.descriptor) }
      guard fsync(temporary.descriptor) == 0, rename(temporary.path, path) == 0 else {
        throw FileError.notWritten(path: path, code: errno)
      }
      temporary.closeDescriptor()
      synchronizeFolder(of: path)
      return result
    } catch {
      temporary.remove()
      throw error
    }
  }

  /// Gives a file the owner and the permissions of the one that it replaces; of a new one the system has
  /// decided.
  private static func keepPermissions(of path: String, for descriptor: Int32) {
    var before = stat()
    guard lstat(path, &before) == 0, before.st_mode & S_IFMT == S_IFREG else { return }
    // Only root can give files away; others own what they replace, or become its owner.
    _ = fchown(descriptor, before.st_uid, before.st_gid)
    _ = fchmod(descriptor, before.st_mode & 0o7777)
  }

  static func synchronizeFolder(of path: String) {
    let parent = parentFolder(of: path)
    let descriptor = open(parent.isEmpty ? "." : parent, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

/// Folders that are whole or not there.
public enum AtomicFolder {
  /// Lets the body fill a folder under a name that nobody else has, beside its place, and moves it there.
  ///
  /// - Throws: `FileError.folderIsThere` where the place is taken by more than an empty folder,
  ///   `FileError.notWritten`, or the body's error; nothing is left of the folder then.
  public static func write<Result>(
    to folder: URL, _ body: (URL) throws -> Result
  ) throws -> Result {
    let path = folder.path
    let temporary = try TemporaryFile(beside: path, isFolder: true)
    do {
      let result = try body(URL(fileURLWithPath: temporary.path, isDirectory: true))
      // Over an empty folder the system puts it, and over nothing else.
      guard rename(temporary.path, path) == 0 else {
        throw [EEXIST, ENOTEMPTY, ENOTDIR].contains(errno)
          ? FileError.folderIsThere(path: path) : FileError.notWritten(path: path, code: errno)
      }
      temporary.closeDescriptor()
      AtomicFile.synchronizeFolder(of: path)
      return result
    } catch {
      temporary.remove()
      throw error
    }
  }
}
