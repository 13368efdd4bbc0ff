import Foundation

/// Makes a folder, with all above it, where it is not there yet.
///
/// Foundation's own way has for a file among those above neither its name nor the system's cause.
///
/// - Throws: `FileError.notWritten` with the first path that cannot be a folder.
public func makeFolder(_ path: String) throws(FileError) {
  var status = stat()
  if stat(path, &status) == 0 {
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .notWritten(path: path, code: ENOTDIR) }
    return
  }
  guard errno == ENOENT || errno == ENOTDIR else { throw .notWritten(path: path, code: errno) }
  let parent = parentFolder(of: path)
  if !parent.isEmpty, parent != path { try makeFolder(parent) }
  guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
    throw .notWritten(path: path, code: errno)
  }
}
