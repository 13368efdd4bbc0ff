import Foundation

/// Whether there is something at a path: a link that leads nowhere and what may not be looked at count as there, so that
/// whoever reads them says why they cannot be read.
public func isThere(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) == 0 || errno != ENOENT
}

/// Whether there is a folder at a path, or a link to one.
public func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
