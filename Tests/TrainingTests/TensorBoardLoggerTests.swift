import Datasets
import Foundation
import Planning
import Runs
import Settings
import TensorBoard
import TestSupport
import Testing
import Torch

/// What TensorBoard's own reader finds in a run's folder.
private struct Reading {
  /// The scalars, by tag: the value at each step.
  var scalars: [String: [Int: Float]] = [:]
  /// The texts, by tag.
  var texts: [String: String] = [:]
  /// The sizes of images, by tag, in pixels.
  var images: [String: [Int]] = [:]

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The Python of `Scripts/setup-oracles`, or the system's.
  private static let python: [String] = {
    let own = root.appendingPathComponent(".oracles/bin/python3").path
    return FileManager.default.isExecutableFile(atPath: own) ? [own] : ["/usr/bin/env", "python3"]
  }()

  static let isPossible = (try? output(["-c", "import tensorboard"])) != nil

  struct Failed: Error {}

  private static func output(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python[0])
    process.arguments = python.dropFirst() + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed() }
    return String(decoding: output, as: UTF8.self)
  }

  init(_ folder: RunFolder) throws {
    let script = """
      import sys
      from tensorboard.backend.event_processing import plugin_event_accumulator as events
      from tensorboard.util import tensor_util
      reader = events.EventAccumulator(
          sys.argv[1], size_guidance={"tensors": 0},
          tensor_size_guidance={"scalars": 0, "images": 0, "text": 0})
      reader.Reload()
      for tag in reader.Tags()["tensors"]:
          plugin = reader.SummaryMetadata(tag).plugin_data.plugin_name
          for event in reader.Tensors(tag):
              array = tensor_util.make_ndarray(event.tensor_proto)
              if plugin == "scalars":
                  value = repr(float(array.item()))
              elif plugin == "images":
                  value = " ".join(str(int(side)) for side in array[:2])
              else:
                  value = array.item().decode().replace("\\n", "\\\\n")
              print(plugin, tag, event.step, value, sep="\\t")
      """
    for line in try Self.output(["-c", script, folder.url.path]).split(separator: "\n") {
      let cells = line.split(separator: "\t", maxSplits: 3).map(String.init)
      try #require(cells.count == 4)
      switch cells[0] {
      case "scalars":
        let step = try #require(Int(cells[2]))
        #expect(scalars[cells[1]]?[step] == nil, "\(cells[1]) has step \(step) twice")
        let value: Float = try #require(Float(cells[3]))
        scalars[cells[1], default: [:]][step] = value
      case "images": images[cells[1]] = cells[3].split(separator: " ").compactMap { Int($0) }
      default: texts[cells[1]] = cells[3]
      }
    }
  }

  /// Expects that every scalar is the one of the table, and that none is missing.
  func expectTable(of folder: RunFolder, except: Set<String> = ["train/images_per_second"]) throws {
    let table = try MetricsTable.read(folder.metrics)
    var expected: [String: [Int: Float]] = [:]
    for row in table.rows {
      let part = row.split == .validation ? "val" : row.split.rawValue
      var cells: [(String, Double?)] = Array(zip(table.columns, row.values))
      cells += [
        ("loss", row.loss), ("learning_rate", row.learningRate), ("momentum", row.momentum),
        ("weight_decay", row.weightDecay),
      ]
      for (name, value) in cells {
        if let value { expected["\(part)/\(name)", default: [:]][row.update] = Float(value) }
      }
    }
    let found = scalars.filter { !except.contains($0.key) && !$0.key.hasPrefix("final/") }
    #expect(Set(found.keys) == Set(expected.keys))
    for (tag, values) in expected { #expect(found[tag] == values, "\(tag)") }
  }
}

@Suite(.enabled(if: Reading.isPossible, "needs Python's tensorboard (Scripts/setup-oracles)"))
struct `TensorBoard's reader` {
  private let directory = TemporaryDirectory()

  @Test func `finds every metric of the table, and texts and pictures`() throws {
    let folder = try directory.folder()
    let pixels = [UInt8](repeating: 7, count: 12 * 10)
    let png = pixels.withUnsafeBufferPointer {
      PNG.encoded($0, width: 12, height: 10, channels: 1)
    }
    try SampleImages(width: 12, height: 10, images: [.init(caption: "a square", png: png)])
      .write(to: folder)
    let found = settings { ($0.schedule.baseLR, $0.schedule.maxLR) = (nil, nil) }
    let summary = try run(
      SceneTask(), found, in: folder, observers: [TensorBoardLogger(folder)])
    let reading = try Reading(folder)
    try reading.expectTable(of: folder)
    #expect(reading.scalars["train/loss"]?.count == 60)
    #expect(reading.scalars["train/images_per_second"]?.values.allSatisfy { $0 > 0 } == true)
    #expect(reading.scalars["final/loss"] == [60: Float(try #require(summary.final["loss"]))])
    #expect(reading.texts["configuration/text_summary"]?.contains("    seed: 3\\n") == true)
    #expect(reading.texts["plan/text_summary"]?.contains("--max-lr") == true)
    #expect(reading.images == ["samples/1": [12, 10], "range_test": [640, 320]])
  }

  /// A kill takes what was not yet handed to the system with it, and leaves what comes after the checkpoint.
  @Test(arguments: [7, 20]) func `finds a resumed run's metrics once`(moment: Int) throws {
    let folder = try directory.folder()
    let task = SceneTask()
    task.breaksAt = moment
    #expect(throws: Killed.self) {
      try run(task, in: folder, observers: [TensorBoardLogger(folder)])
    }
    try run(in: folder, observers: [TensorBoardLogger(folder)])
    try Reading(folder).expectTable(of: folder)
  }

  @Test func `finds nothing of the updates from which a run was rolled back`() throws {
    let folder = try directory.folder()
    var calls = 0
    let task = SceneTask()
    task.disturbance = { _, loss in
      calls += 1
      return calls == 55 ? loss * Double.infinity : loss
    }
    let steep = settings {
      ($0.budget.steps, $0.schedule.stepSize) = (120, .steps(20))
      ($0.schedule.maxLR, $0.evaluation.watch) = (0.8, .act)
    }
    try run(task, steep, in: folder, observers: [TensorBoardLogger(folder)])
    #expect(try MetricsTable.read(folder.diverged(1)).rows.isEmpty == false)
    try Reading(folder).expectTable(of: folder)
  }
}
