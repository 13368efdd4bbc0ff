import Datasets
import Files
import Formatting
import Foundation
import Planning
import Runs
import Settings
import Torch
import Training

extension RunFolder {
  /// Reads the record of the data that the run was begun with; nil where there is none.
  ///
  /// - Throws: `RunError` for a file that is damaged.
  func readData() throws -> DataRecord? {
    guard FileManager.default.fileExists(atPath: data.path) else { return nil }
    func damaged() -> RunError {
      .cannotRead(path: data.path, reason: "it is damaged; remove it to continue without the comparison")
    }
    let text: String
    do throws(TextFile.Fault) { text = try TextFile.read(data.path) } catch {
      guard case .unreadable(let reason) = error else { throw damaged() }
      throw RunError.cannotRead(path: data.path, reason: reason)
    }
    guard let record = DataRecord(text) else { throw damaged() }
    return record
  }

  /// Runs a body in which images stay in the parts in which they were when the run began, where splits are drawn.
  ///
  /// - Throws: `RunError` for a record that is damaged; what the body throws.
  public func keepingDivision<Value>(_ body: () throws -> Value) throws -> Value {
    let earlier = try ProcessGroup.broadcastFromFirst { try readData().flatMap { EarlierDivision($0) } }
    return try EarlierDivision.$current.withValue(earlier, operation: body)
  }

  /// Compares the data with those that the run was trained on, and says what differs.
  ///
  /// - Parameters:
  ///   - isEvaluated: whether its test images are evaluated, so that images that were trained on do not belong there.
  /// - Throws: `DataChangeError` where labels have moved; `RunError` for a record that is damaged.
  func change(
    of now: DataRecord, named name: String, afterHoldOut: Bool = true, isEvaluated: Bool = true
  ) throws -> String? {
    guard let before = try readData() else { return nil }
    guard before.classNames == now.classNames else {
      throw DataChangeError.classes(data: name, now: now.classNames, before: before.classNames)
    }
    guard before != now else { return nil }
    let change = DataChange(
      from: afterHoldOut ? before : before.withoutHoldOut,
      to: afterHoldOut ? now : now.withoutHoldOut)
    if let first = change.relabeled.first {
      throw DataChangeError.labels(data: name, count: change.relabeled.count, first: first)
    }
    let leaked = isEvaluated ? before.trainedImages(among: now) : 0
    let sentences = [
      change.summary.map { "\(name) has changed since the run was trained: \($0)" },
      leaked > 0
        ? "\(quantity(leaked, "image")) that the run was trained on \(leaked == 1 ? "is" : "are") evaluated now, which makes "
          + "the metrics too good: a test/ of its own keeps images apart" : nil,
    ].compactMap(\.self)
    return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
  }

  /// Writes down what a run trains on, and what it was trained on before its data changed.
  func write(_ record: DataRecord) throws {
    let before = try readData()
    guard before != nil || newestCheckpoint == nil else { return }
    let all = before.map(record.rememberingTraining) ?? record
    guard all != before else { return }
    try AtomicFile.write(to: data) { file in
      try all.forEachPiece { try file.write($0) }
    }
  }

  /// Returns the record of the run that a file of weights is a checkpoint of; nil where it is none, or has no record.
  ///
  /// - Throws: `RunError` for a record that is damaged.
  static func recordOfRun(of weights: String?) throws -> DataRecord? {
    guard let weights, FileManager.default.fileExists(atPath: weights) else { return nil }
    let folder = URL(fileURLWithPath: weights).resolvingSymlinksInPath().deletingLastPathComponent()
    return try [folder, folder.deletingLastPathComponent()].lazy.compactMap { try RunFolder($0).readData() }.first
  }
}

extension DataRecord {
  /// Warns where images that are evaluated are ones on which the run of some weights was trained; nil where none is.
  ///
  /// - Parameter earlier: the record of that run.
  func noteOfTraining(on earlier: DataRecord, before weights: String) -> String? {
    let counts = [("test", "test"), ("validation", "held-out")].compactMap { part, name -> String? in
      let leaked = earlier.trainedImages(among: self, of: part)
      let of = parts.first { $0.name == part }?.contents.count ?? leaked
      return leaked > 0 ? "\(leaked) of \(quantity(of, "\(name) image"))" : nil
    }
    guard !counts.isEmpty else { return nil }
    return "note: \(counts.joined(separator: " and ")) are images that the run of \(weights) was trained on, so their "
      + "metrics are too good: a test/ of its own keeps images apart"
  }
}

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
  func report(_ found: some DataSplits, isOwn: Bool, _ onLine: (String) -> Void) {
    if !isOwn {
      found.evaluationLines.forEach(onLine)
      return noteTrained(among: found).map(onLine) ?? ()
    }
    guard found.name != settings.data.source else { return }
    onLine(
      "note: \(found.name) has the images that the run began with, which stay divided: its test images are evaluated")
  }

  /// Warns where images of other data are ones that the run was trained on; nil where none is.
  private func noteTrained(among found: some DataSplits) -> String? {
    guard ProcessGroup.isFirst else { return nil }
    let own: DataRecord?
    do { own = try folder.readData() } catch {
      return "note: whether images are ones that the run was trained on is not known: \(error)"
    }
    guard let own else { return nil }
    let record = found.record
    let trained = own.trainedImages(among: record)
    guard trained > 0 else { return nil }
    let of = record.parts.first { $0.name == "test" }?.contents.count ?? trained
    return "note: \(trained) of \(of) images are ones that the run was trained on, so the metrics are too good"
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

  /// How many images all processes together have found to be broken.
  func count(_ broken: [BrokenImage]) throws -> Int {
    try Set(ProcessGroup.allGather(broken.map(\.path)).joined()).count
  }
}
