import Datasets
import Files
import Formatting
import Foundation
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
    let place = (try? RunSettings.read(from: configuration.path))?.data.source
    return place.map(record.named) ?? record
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
    func leaked(to part: String, _ what: String) -> String? {
      let count = isEvaluated ? before.trainedImages(among: now, of: part) : 0
      return count > 0
        ? "\(quantity(count, "image")) that the run was trained on \(count == 1 ? "is" : "are") \(what)" : nil
    }
    let sentences = [
      change.summary.map { "\(name) has changed since the run was trained: \($0)" },
      leaked(
        to: "test", "evaluated now, which makes the metrics too good: a test/ of its own keeps images apart"),
      leaked(to: "validation", "held out now, which makes what is chosen by them too good"),
    ].compactMap(\.self)
    return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
  }

  /// Writes down what a run trains on, and what it was trained on before its data changed.
  func write(_ record: DataRecord) throws {
    let before = try readData()
    // A record that was lost is written again where the data are those of the newest checkpoint.
    guard try before != nil || newestCheckpoint.map({ try Checkpoint.dataDigest(of: $0) == record.digest }) ?? true
    else { return }
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
    let places = [folder, folder.deletingLastPathComponent()].map(RunFolder.init)
    // A file of this name beside other weights is its owner's.
    return try places.first { FileManager.default.fileExists(atPath: $0.configuration.path) }?.readData()
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
