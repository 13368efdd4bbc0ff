import Foundation

/// Whether there is something at a path: a link that leads nowhere and what may not be looked at count as there, so that
/// whoever reads them says why they cannot be read.
public func isThere(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) == 0 || errno != ENOENT
}
