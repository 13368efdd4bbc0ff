import Datasets
import Runs
import Settings
import Training

extension TaskRun {
  /// Where a checkpoint has the digest of the data that it was trained on.
  static var digestKey: String { "data_digest" }

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
      return try folder.change(of: record, named: name).map {
        ["note: \($0). The run continues with the data as it is now"]
      } ?? []
    }
    guard let checkpoint else { return [] }
    guard let digest = checkpoint[Self.digestKey] else {
      return [
        "note: the run folder has no record of its data, as an older Rondo made it, so only the classes "
          + "were compared"
      ]
    }
    return digest == record.digest
      ? []
      : [
        "note: \(name) has changed since the last checkpoint; \(folder.data.lastPathComponent), which "
          + "would show the differences, is missing"
      ]
  }
}
