import Foundation

/// Where a path leads, with all links followed; nil where nothing is there.
func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// Checks that what lies at a path is within a folder, with all links followed.
///
/// - Throws: `DataError.linkLeaves`.
func checkLink(_ path: String, staysWithin root: String) throws {
  guard let home = realPath(root), let target = realPath(path) else { return }
  guard target == home || target.hasPrefix(home == "/" ? home : home + "/") else {
    throw DataError.linkLeaves(link: path, target: target, folder: root)
  }
}
