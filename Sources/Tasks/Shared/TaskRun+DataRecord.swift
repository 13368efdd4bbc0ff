import Datasets
import Foundation
import Planning
import Runs
import Settings
import Training

extension TaskRun {
  /// Compares the data with those that a run in this folder was begun with; returns what to report of them.
  ///
  /// - Throws: `DataChangeError` where classes or labels have moved.
  func checkData(_ record: DataRecord, in folder: RunFolder) throws -> [String] {
    let name = settings.data.source
    let checkpoint = try folder.newestCheckpoint.map { try Checkpoint.readMetadata($0) }
    if let classes = checkpoint?["classes"] {
      let before = classes.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      guard before == record.classNames else {
        throw DataChangeError.classes(data: name, now: record.classNames, before: before)
      }
    }
    if try folder.readData() != nil {
      guard let change = try folder.change(of: record, named: name) else { return [] }
      if SeriesFolder(of: folder.url.path) != nil { throw DataChangeError.series(data: name, changes: change) }
      return ["note: \(change). The run continues with the data as it is now"]
    }
    guard let checkpoint else { return [] }
    guard let digest = checkpoint[Checkpoint.dataDigestKey] else {
      return [
        "note: the run folder has no record of its data, as an older Rondo made it, so only the classes "
          + "were compared"
      ]
    }
    return digest == record.digest
      ? [
        "note: \(folder.data.lastPathComponent), the record of the run's images, is missing and written again; images that "
          + "it was trained on before its data changed, if any, are not known any more"
      ]
      : [
        "note: \(name) may have changed since the last checkpoint; \(folder.data.lastPathComponent), which "
          + "would show the differences, is missing"
      ]
  }
}

extension Checkpoint {
  /// Where a checkpoint has the digest of the data that it was trained on.
  static var dataDigestKey: String { "data_digest" }

  /// The digest of the data that a checkpoint was trained on; nil in older ones.
  static func dataDigest(of file: URL) throws -> String? { try readMetadata(file)[dataDigestKey] }
}
