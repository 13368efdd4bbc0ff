// What was measured, as files that a later start continues with: a folder a case, with
// sweeps.csv (sweep, seed, learning_rate, loss, batch_spread, constant_loss) and runs.csv (seed, peak, accuracy, seconds).

import Foundation
import Tuning

/// A training's outcome; the accuracy is nil where it diverged.
struct TrainingResult {
  let seed: UInt64
  let peak: Double
  let accuracy: Double?
}

/// A sweep's name: which, and by which seed.
struct SweepKey: Hashable {
  let kind: SweepKind
  let seed: UInt64
}

/// One case's files.
///
/// A lock holds them, so that several processes can share the cases.
final class CaseStore {
  private let folder: URL
  private let batchSize: Int
  private var lock: Int32 = -1
  private(set) var sweeps: [SweepKey: RangeTestCurve] = [:]
  private(set) var results: [TrainingResult] = []

  /// Opens a case's files for reading; with `locking`, alone, or not at all.
  init?(_ choice: Case, in results: URL, locking: Bool) throws {
    batchSize = choice.batchSize
    folder = results.appendingPathComponent(choice.name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    if locking {
      lock = open(folder.path, O_RDONLY)
      guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
        if lock >= 0 { close(lock) }
        return nil
      }
    }
    try read()
  }

  deinit { if lock >= 0 { close(lock) } }

  private var sweepFile: URL { folder.appendingPathComponent("sweeps.csv") }
  private var resultFile: URL { folder.appendingPathComponent("runs.csv") }

  private func rows(of file: URL) throws -> [[Substring]] {
    guard FileManager.default.fileExists(atPath: file.path) else { return [] }
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
  }

  private func read() throws {
    for row in try rows(of: sweepFile) {
      guard row.count == 6, let kind = SweepKind(rawValue: String(row[0])),
        let seed = UInt64(row[1]), let rate = Double(row[2]), let loss = Double(row[3])
      else { continue }
      var curve = sweeps[SweepKey(kind: kind, seed: seed)] ?? RangeTestCurve(points: [])
      curve.points.append(RangeTestPoint(learningRate: rate, loss: loss))
      curve.batchSpread = Double(row[4])
      curve.baselineLoss = Double(row[5])
      curve.updatesPerDecade = kind.sweep.updatesPerDecade
      curve.updateSize = batchSize
      sweeps[SweepKey(kind: kind, seed: seed)] = curve
    }
    for row in try rows(of: resultFile) {
      guard row.count == 4, let seed = UInt64(row[0]), let peak = Double(row[1]) else { continue }
      results.append(TrainingResult(seed: seed, peak: peak, accuracy: Double(row[2])))
    }
  }

  func add(_ curve: RangeTestCurve, _ key: SweepKey) throws {
    sweeps[key] = curve
    let context = [curve.batchSpread, curve.baselineLoss].map { value in
      value.map { String(format: "%.4g", $0) } ?? ""
    }.joined(separator: ",")
    let lines = curve.points.map {
      "\(key.kind.rawValue),\(key.seed),"
        + String(format: "%.4g,%.5g,", $0.learningRate, $0.loss) + context + "\n"
    }
    try append(
      lines.joined(), to: sweepFile,
      header: "sweep,seed,learning_rate,loss,batch_spread,constant_loss\n")
  }

  func add(_ result: TrainingResult, seconds: Double) throws {
    results.append(result)
    let accuracy = result.accuracy.map { String(format: "%.4f", $0) } ?? ""
    try append(
      "\(result.seed),\(result.peak),\(accuracy)," + String(format: "%.1f\n", seconds),
      to: resultFile, header: "seed,peak,accuracy,seconds\n")
  }

  func accuracy(seed: UInt64, peak: Double) -> TrainingResult? {
    results.first { $0.seed == seed && abs($0.peak / peak - 1) < 1e-6 }
  }

  private func append(_ text: String, to file: URL, header: String) throws {
    if !FileManager.default.fileExists(atPath: file.path) {
      try Data(header.utf8).write(to: file)
    }
    let handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }
}
