import Foundation
import Runs
import TestSupport
import Testing

@Suite struct `The best checkpoint` {
  private let directory = TemporaryDirectory()
  private var folder: RunFolder { RunFolder(directory.url) }

  private typealias Row = (
    update: Int, split: MetricsRow.Split, loss: Double, accuracy: Double
  )

  /// Makes a run that was evaluated after some updates and has the checkpoints of some.
  private func make(_ rows: [Row], kept: [Int]) throws {
    try FileManager.default.createDirectory(
      at: folder.checkpoints, withIntermediateDirectories: true)
    let writer = try MetricsWriter(file: folder.metrics, columns: ["accuracy"], keepingUpTo: 0)
    for row in rows {
      try writer.append(
        MetricsRow(
          update: row.update, epoch: 0, split: row.split, learningRate: nil, momentum: nil,
          weightDecay: nil, loss: row.loss, values: [row.accuracy], seconds: 0))
    }
    try writer.flush()
    for update in kept { try Data().write(to: folder.checkpoint(at: update)) }
  }

  private func best(_ metric: String, averaged: Set<Int> = []) throws -> RankedCheckpoint? {
    let files = Set(averaged.map { folder.checkpoint(at: $0).lastPathComponent })
    return try folder.bestCheckpoint(by: metric, smallerIsBetter: { $0 == "loss" }) {
      files.contains($0.lastPathComponent)
    }
  }

  private func update(_ best: RankedCheckpoint?) -> Int? {
    folder.listCheckpoints().first { $0.file.lastPathComponent == best?.file.lastPathComponent }?
      .update
  }

  @Test func `is that of the best metric among those that are there`() throws {
    try make(
      [
        (5, .test, 0.9, 0.5), (10, .test, 0.2, 0.95), (15, .test, 0.4, 0.8),
        (20, .test, 0.3, 0.8), (25, .test, .nan, .nan),
      ],
      kept: [5, 15, 20, 25, 30])
    #expect(try update(best("accuracy")) == 20, "update 10's is gone; of equals it is the newest")
    let lost = try [best("accuracy")?.better, best("loss")?.better]
    #expect(lost.map { $0?.update } == [10, 10] && lost.map { $0?.value } == [0.95, 0.2])
    #expect(try update(best("loss")) == 20)
    #expect(try best("loss")?.value == 0.3)
    let error = #expect(throws: RunError.self) { try best("beauty") }
    #expect("\(try #require(error))".contains("It has loss, accuracy"))
  }

  @Test func `is none where none was evaluated`() throws {
    try make([(5, .test, 0.9, 0.5)], kept: [7])
    #expect(try best("accuracy") == nil)
  }

  /// The model itself is best after 5 updates, its average after 15.
  @Test func `ranks by what it is used by: its average, where it holds one`() throws {
    try make(
      [
        (5, .validation, 0.1, 0.9), (5, .average, 0.5, 0.5),
        (10, .validation, 0.2, 0.8), (10, .average, 0.4, 0.6),
        (15, .validation, 0.3, 0.7), (15, .average, 0.3, 0.75),
        (20, .validation, 0.4, 0.6), (20, .average, 0.4, 0.65),
      ], kept: [5, 10, 15, 20])
    let averaged = try best("accuracy", averaged: [5, 10, 15, 20])
    #expect(update(averaged) == 15)
    #expect(averaged?.value == 0.75 && averaged?.isAverage == true)
    #expect(averaged?.part == .validation)
    // Of a stochastic weight average the first cycle has none.
    let mixed = try best("loss", averaged: [10, 15, 20])
    #expect(update(mixed) == 5 && mixed?.isAverage == false)
    // Snapshots have rows of their own, and none of their checkpoints holds an average.
    let own = try best("accuracy")
    #expect(update(own) == 5 && own?.value == 0.9)
  }
}
