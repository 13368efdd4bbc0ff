import Datasets
import Foundation
import Runs
import Settings
import Torch

extension TrainedRun {
  /// Compares data, as an evaluation finds them, with those of the other processes, and the run's own with those
  /// that it was begun with.
  ///
  /// - Throws: `DataChangeError` where labels have moved; `GroupError` where processes have other data.
  func check<Parts: DataSplits>(
    _ found: Parts, isOwn: Bool, _ onLine: (String) -> Void
  ) throws {
    if ProcessGroup.current != nil {
      try ProcessGroup.checkSame(["the data's digest": found.record(readsFiles: false).digest])
    }
    guard isOwn else { return }
    try ProcessGroup.broadcastFromFirstIfAny {
      try folder.change(
        of: found.record, named: found.name,
        afterHoldOut: settings.data.validation?.share == nil && settings.data.folds == nil)
    }
    .map { onLine("note: \($0)") }
  }

  /// Reports which images of other data than the run's own are evaluated, and what was found among them.
  ///
  /// - Returns: how many of the images the run was trained on; nil where that is not known, and in other processes
  ///   than the first.
  func report(_ found: some DataSplits, isOwn: Bool, _ onLine: (String) -> Void) -> Int? {
    if !isOwn {
      found.evaluationLines.forEach(onLine)
    } else if found.name != settings.data.source {
      onLine(
        "note: \(found.name) has the images that the run began with, which stay divided: its test images are evaluated")
    }
    guard ProcessGroup.isFirst else { return nil }
    let owner: (record: DataRecord?, isOther: Bool)
    do { owner = try recordOfTraining() } catch {
      onLine("note: whether images are ones that the run was trained on is not known: \(error)")
      return nil
    }
    guard let before = owner.record else { return nil }
    let record = found.record
    let trained = before.trainedImages(among: record)
    // What became of the run's own data was reported when they were compared.
    if trained > 0, !isOwn || owner.isOther {
      let all = record.parts.first { $0.name == "test" }?.contents.count ?? trained
      let run = owner.isOther ? "the checkpoint's run" : "the run"
      onLine("note: \(trained) of \(all) images are ones that \(run) was trained on, so the metrics are too good")
    }
    return trained
  }

  /// What the checkpoint was trained on: the record of its own run, where it is another's, as far as there is one.
  private func recordOfTraining() throws -> (record: DataRecord?, isOther: Bool) {
    let own = folder.url.resolvingSymlinksInPath().path + "/"
    let isOther = !checkpoint.resolvingSymlinksInPath().path.hasPrefix(own)
    if isOther, let record = try RunFolder.recordOfRun(of: checkpoint.path) { return (record, true) }
    return (try folder.readData(), false)
  }

  /// Opens other data, or the run's own; nil stands for these.
  ///
  /// - Throws: `DataError`: `moved` where the run's own are not in their place.
  func source(_ data: String?) throws -> DataSource {
    if let data { return try DataSource(named: data) }
    return try DataError.reportingMoved { try DataSource(named: settings.data.source) }
  }

  /// Whether data are those that the run was trained on; nil stands for these.
  ///
  /// They are also where they have been moved or copied to: where nearly all images that the run began with are, by their
  /// names and contents.
  ///
  /// - Parameter now: what the data hold, divided as the run's own.
  func isOwn(_ data: String?, now: () throws -> DataRecord) throws -> Bool {
    func place(_ name: String) -> String {
      URL(fileURLWithPath: name).resolvingSymlinksInPath().path
    }
    // Each process is to come here, whatever it was given.
    return try ProcessGroup.broadcastFromFirst { () -> Bool in
      guard let data else { return true }
      let own = settings.data.source
      if data == own || place(data) == place(own) { return true }
      guard let before = try folder.readData(), before.mayBe(at: data), let now = try? now() else { return false }
      return before.withoutHoldOut.isMostly(in: now.withoutHoldOut)
    }
  }

  /// Reads data to evaluate, of several processes together.
  ///
  /// - Parameter takeAsOther: is called before the run's own data, of which only the test images are left, are read again
  ///   as other data are.
  /// - Throws: what `read` throws.
  func read<Parts>(isOwn: Bool, _ read: () throws -> Parts, takeAsOther: () -> Void) throws -> Parts {
    try ProcessGroup.together {
      try ProcessGroup.discoveringOnce {
        do { return try read() } catch {
          guard isOwn, MissingTraining.isSaid(by: error) else { throw error }
          takeAsOther()
          return try read()
        }
      }
    }
  }

  /// How many images all processes together have found to be broken.
  func count(_ broken: [BrokenImage]) throws -> Int {
    try Set(ProcessGroup.allGather(broken.map(\.path)).joined()).count
  }
}
