import Evaluation
import Foundation
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Torch

@testable import Datasets
@testable import Tasks

/// A run of two updates, evaluated and used by several processes.
@Suite(.serialized) final class `A trained run of several processes` {
  private let temporary = TemporaryDirectory()
  private var directory: URL { temporary.url }
  private let side = 12

  init() throws {
    try Library.setThreads(1)
    // More images than two batches of an evaluation hold.
    try write("train", 64)
    try write("t10k", 300)
  }

  private func pixels(_ image: Int) -> [UInt8] {
    (0..<side * side).map { UInt8(($0 * 7 + image * (image % 4 + 1) * 13) % 251) }
  }

  private func write(_ part: String, _ count: Int) throws {
    func header(_ kind: UInt8, _ sizes: [Int]) -> [UInt8] {
      [0, 0, 8, kind] + sizes.flatMap { [0, 0, UInt8($0 / 256), UInt8($0 % 256)] }
    }
    try Data(header(3, [count, side, side]) + (0..<count).flatMap(pixels))
      .write(to: directory.appendingPathComponent(part + "-images-idx3-ubyte"))
    try Data(header(1, [count]) + (0..<count).map { UInt8($0 % 4) })
      .write(to: directory.appendingPathComponent(part + "-labels-idx1-ubyte"))
  }

  private func train() throws -> RunFolder {
    var settings = RunSettings()
    settings.data.source = directory.path
    settings.model.name = "resnet-20"
    settings.budget.steps = 2
    settings.budget.batchSize = 8
    settings.schedule.kind = ScheduleEntry.catalog["constant"]
    settings.schedule.maxLR = 0.01
    settings.machine.precision = .float32
    settings.machine.threads = 1
    let folder = try RunFolder.create(under: directory, name: "run")
    let run = try makeRun(settings)
    try ConfigurationFile.write(run.settings, to: folder.configuration)
    _ = try run.train(in: folder)
    return folder
  }

  @Test func `has the metrics and the predictions of one`() throws {
    let path = try train().url.path
    @Sendable func evaluated() throws -> ClassificationEvaluation {
      try TrainedClassifier(TrainedRun(path)).evaluate(mistakes: 5)
    }
    let alone = try evaluated()
    #expect(alone.images == 300)
    for size in [2, 4] {
      for other in try members(size, evaluated) {
        #expect(other.confusionMatrix == alone.confusionMatrix)
        #expect(other.mistakes == alone.mistakes)
        #expect(Set(other.values.keys) == Set(alone.values.keys))
        for (name, value) in alone.values {
          #expect(
            abs((other.values[name] ?? .nan) - value) <= 1e-12 * max(1, abs(value)), "\(name)")
        }
      }
    }

    let images = directory.appendingPathComponent("images")
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    let paths = try (0..<150).map { image in
      let file = images.appendingPathComponent("\(image).png")
      let png = pixels(image).withUnsafeBufferPointer {
        PNG.encoded($0, width: side, height: side, channels: 1)
      }
      try (image == 140 ? png.prefix(30) : png).write(to: file)
      return file.path
    }
    @Sendable func predicted() throws -> ([Prediction], [String], PredictionCount) {
      var (predictions, broken): ([Prediction], [String]) = ([], [])
      // Process 0 alone has the list.
      let count = try TrainedClassifier(TrainedRun(path)).predict(
        ProcessGroup.isFirst ? paths : [], onBroken: { broken.append($0.path) },
        onBatch: { predictions += $0 })
      return (predictions, broken, count)
    }
    let one = try predicted()
    #expect(one.0.count == 149 && one.1 == [paths[140]])
    let all = try members(3, predicted)
    #expect(all[0].0 == one.0 && all[0].1 == one.1)
    #expect(all.allSatisfy { $0.2 == one.2 })
    #expect(all[1].0.isEmpty && all[2].1.isEmpty, "one process speaks")
  }

  @Test func `is refused where a process has other data`() throws {
    let path = try train().url.path
    let other = directory.appendingPathComponent("other")
    try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
    for part in ["train", "t10k"] {
      for name in ["-images-idx3-ubyte", "-labels-idx1-ubyte"] {
        var bytes = try Data(contentsOf: directory.appendingPathComponent(part + name))
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: other.appendingPathComponent(part + name))
      }
    }
    let (own, otherPath) = (directory.path, other.path)
    let failures = try members(2) { () -> String in
      do {
        _ = try TrainedClassifier(TrainedRun(path))
          .evaluate(on: ProcessGroup.isFirst ? own : otherPath)
        return "none"
      } catch { return "\(error)" }
    }
    #expect(failures.allSatisfy { $0.contains("process 1 has the data's digest") }, "\(failures)")
  }

  @Test func `has its folder listed once, also where a process fails before`() throws {
    struct Refused: Error {}
    let counts = try members(3) { () -> [Int] in
      var worked = 0
      let values = try ProcessGroup.together {
        try ["a", "b", "a"].map { name in
          try ProcessGroup.broadcastInTogether(name) {
            worked += 1
            return 7
          }
        }
      }
      let rank = try #require(ProcessGroup.current?.rank)
      #expect(throws: (any Error).self) {
        try ProcessGroup.together {
          if rank == 1 { throw Refused() }
          return try ProcessGroup.broadcastInTogether("a") { 8 }
        }
      }
      return values + [worked]
    }
    // What is asked for once more each works out by itself.
    #expect(counts == [[7, 7, 7, 3], [7, 7, 7, 1], [7, 7, 7, 1]])
  }
}
