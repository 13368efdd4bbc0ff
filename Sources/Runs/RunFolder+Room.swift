import Foundation
import Numbers

extension RunFolder {
  /// Checks before a run that its disk has room for a checkpoint beside those that are there.
  ///
  /// - Parameters:
  ///   - count: the checkpoints that are kept, and the one that is being written.
  ///   - bytes: about the size of a checkpoint.
  /// - Returns: a note where one has room, but not all of them.
  /// - Throws: `RunError.noRoom` where not even one has.
  public func requireRoom(forCheckpoints count: Int, of bytes: Int) throws -> String? {
    var disk = statvfs()
    guard statvfs(checkpoints.path, &disk) == 0 else { return nil }
    let free = Int(clamping: disk.f_bavail).multipliedOrMax(by: Int(clamping: disk.f_frsize))
    guard free >= bytes else { throw RunError.noRoom(path: checkpoints.path, needed: bytes, free: free) }
    let missing = max(1, count - listCheckpoints().count)
    guard free < bytes.multipliedOrMax(by: missing) else { return nil }
    return "note: \(formattedBytes(free)) are free for the run's checkpoints, \(missing) of about "
      + "\(formattedBytes(bytes)) each; free space, or the run ends when the disk is full"
  }
}
