import Foundation
import Metrics
import Planning
import Runs
import SwiftProtobuf
import TestSupport
import Testing

@testable import TensorBoard

@Suite struct `CRC-32C` {
  /// RFC 3720, appendix B.4.
  @Test(
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 255, count: 32), 0x62A8_AB43),
      ([UInt8](0..<32), 0x46DD_794E), ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
    ] as [([UInt8], UInt32)])
  func `is the standard's`(bytes: [UInt8], checksum: UInt32) {
    #expect(CRC32C.checksum(bytes) == checksum)
  }

  /// TensorFlow's `Mask` turns right by 15 bits and adds 0xA282EAD8: by hand of the first example.
  @Test func `is masked as TensorFlow masks it`() {
    #expect(CRC32C.masked([UInt8](repeating: 0, count: 32)) == 0x0FD7_FFFA)
  }
}

@Suite struct `TensorBoard's event file` {
  private let directory = TemporaryDirectory()

  private func events(_ file: URL) throws -> [Tensorboard_Event] {
    let bytes = [UInt8](try Data(contentsOf: file))
    var events: [Tensorboard_Event] = []
    var offset = 0
    func number(_ count: Int) -> UInt64 {
      defer { offset += count }
      return (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }
    while offset < bytes.count {
      let head = Array(bytes[offset..<offset + 8])
      let count = try #require(Int(exactly: number(8)))
      #expect(number(4) == UInt64(CRC32C.masked(head)))
      let data = Array(bytes[offset..<offset + count])
      offset += count
      #expect(number(4) == UInt64(CRC32C.masked(data)))
      events.append(try Tensorboard_Event(serializedBytes: data))
    }
    return events
  }

  private func record(_ update: Int, loss: Double) -> UpdateRecord {
    UpdateRecord(
      update: update, total: 4, epoch: 0, learningRate: 0.1, momentum: 0.9, loss: loss,
      terms: [MetricValue("dice_loss", 0.25)], measures: [MetricValue("accuracy", 0.5)],
      seconds: Double(update))
  }

  @Test func `holds records with checksums, and a scalar of each metric`() throws {
    let folder = try RunFolder.create(under: directory.url, name: "run")
    let logger = TensorBoardLogger(folder)
    _ = try logger.willTrain(after: 0)
    _ = try logger.didUpdate(record(1, loss: 2))
    _ = try logger.didUpdate(record(2, loss: .nan))
    _ = try logger.didEvaluate(
      EvaluationRecord(
        update: 2, epoch: 0, split: .validation,
        model: .init(
          values: [MetricValue("loss", 1.5), MetricValue("accuracy", 0.75)], seconds: 3),
        average: .init(values: [MetricValue("loss", 1.25)], seconds: 4), endsCycle: true,
        endsRun: false))
    // The run was killed, and continues after the first update in the same second.
    let resumed = TensorBoardLogger(folder)
    _ = try resumed.willTrain(after: 1)
    try resumed.willEnd()

    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      .filter { $0.contains("tfevents") }.sorted()
    try #require(names.count == 2)
    let first = try events(folder.url.appendingPathComponent(names[0]))
    #expect(first.first?.fileVersion == "brain.Event:2")
    #expect(first[1].sessionLog.status == .start && first[1].step == 1)
    let tags = first.map { event in event.summary.value.map(\.tag) }
    let ofUpdates = [
      "train/loss", "train/learning_rate", "train/momentum", "train/dice_loss", "train/accuracy",
    ]
    #expect(
      tags.filter { !$0.isEmpty } == [
        ofUpdates, ofUpdates, ["val/loss", "val/accuracy", "average/loss"],
      ])
    #expect(first[2].step == 1 && first[2].summary.value[0].simpleValue == 2)
    #expect(first[3].step == 2 && first[3].summary.value[0].simpleValue.isNaN)
    #expect(first[4].summary.value.map(\.simpleValue) == [1.5, 0.75, 1.25])
    #expect(first.allSatisfy { $0.wallTime > 1e9 })
    let second = try events(folder.url.appendingPathComponent(names[1]))
    #expect(second.last?.sessionLog.status == .start && second.last?.step == 2)
  }
}
