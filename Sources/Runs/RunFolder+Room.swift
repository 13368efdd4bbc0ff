import Foundation
import Numbers

extension RunFolder {
  /// Checks that the run's disk has room for a checkpoint beside those that are there.
  ///
  /// - Parameter bytes: about the size of a checkpoint; nil for that of the newest one, if there is one.
  /// - Throws: `RunError.noRoom` where it has none.
  public func requireRoom(of bytes: Int? = nil) throws {
    guard let free = freeBytes, let bytes = bytes ?? newestCheckpoint.flatMap(size), free < bytes else { return }
    throw RunError.noRoom(
      path: checkpoints.path, needed: bytes, free: free, mayMove: newestCheckpoint == nil)
  }

  /// A note where the run's disk has room for a checkpoint, but not for all that are kept; nil where it has.
  ///
  /// - Parameters:
  ///   - count: the most checkpoints that are there at once.
  ///   - bytes: about the size of a checkpoint.
  public func noteOfRoom(forCheckpoints count: Int, of bytes: Int) -> String? {
    let missing = max(1, count - listCheckpoints().count)
    guard let free = freeBytes, free < bytes.multipliedOrMax(by: missing) else { return nil }
    return "note: \(formattedBytes(free)) are free for the run's checkpoints, \(missing) of about "
      + "\(formattedBytes(bytes)) each; free space, or the run ends when the disk is full"
  }

  /// The free bytes of the disk on which the checkpoints lie.
  private var freeBytes: Int? {
    var disk = statvfs()
    guard statvfs(checkpoints.path, &disk) == 0 else { return nil }
    return Int(clamping: disk.f_bavail).multipliedOrMax(by: Int(clamping: disk.f_frsize))
  }

  private func size(of file: URL) -> Int? {
    var status = stat()
    return stat(file.path, &status) == 0 ? Int(status.st_size) : nil
  }
}
