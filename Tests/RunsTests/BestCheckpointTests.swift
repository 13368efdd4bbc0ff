import Foundation
import Runs
import Testing

@Suite struct `The best checkpoint` {
  private let folder = RunFolder(
    FileManager.default.temporaryDirectory.appendingPathComponent("rondo-\(UUID().uuidString)"))

  /// Makes a run that was judged after some updates and has the checkpoints of some.
  private func make(judged: [(update: Int, loss: Double, accuracy: Double)], kept: [Int]) throws {
    try FileManager.default.createDirectory(
      at: folder.checkpoints, withIntermediateDirectories: true)
    let writer = try MetricsWriter(file: folder.metrics, columns: ["accuracy"], keepingUpTo: 0)
    for (update, loss, accuracy) in judged {
      try writer.append(
        MetricsRow(
          update: update, epoch: 0, split: .test, learningRate: nil, momentum: nil,
          weightDecay: nil, loss: loss, values: [accuracy], seconds: 0))
    }
    try writer.flush()
    for update in kept { try Data().write(to: folder.checkpoint(at: update)) }
  }

  private func best(_ figure: String) throws -> Int? {
    let file = try folder.bestCheckpoint(by: figure)
    return folder.listCheckpoints().first { $0.file.lastPathComponent == file?.lastPathComponent }?
      .update
  }

  @Test func `is that of the best figure among those that are there`() throws {
    defer { try? FileManager.default.removeItem(at: folder.url) }
    try make(
      judged: [(5, 0.9, 0.5), (10, 0.2, 0.95), (15, 0.4, 0.8), (20, 0.3, 0.8), (25, .nan, .nan)],
      kept: [5, 15, 20, 25, 30])
    #expect(try best("accuracy") == 20, "update 10's is gone; of equals it is the newest")
    #expect(try best("loss") == 20)
    let error = #expect(throws: RunError.self) { try folder.bestCheckpoint(by: "beauty") }
    #expect("\(try #require(error))".contains("no figure 'beauty', but loss, accuracy"))
  }

  @Test func `is none where none was judged`() throws {
    defer { try? FileManager.default.removeItem(at: folder.url) }
    try make(judged: [(5, 0.9, 0.5)], kept: [7])
    #expect(try best("accuracy") == nil)
  }
}
