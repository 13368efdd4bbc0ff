import Settings
import TestSupport
import Testing
import Torch
import Training

@testable import Tasks

@Suite struct `A batch that is to fit into memory` {
  /// 512 images of 48 by 48 pixels, as IDX files.
  private static let images = PreparedDirectory { directory in
    for (part, count) in [("train", 512), ("t10k", 8)] {
      func write(_ name: String, _ kind: UInt8, _ sizes: [Int], _ bytes: [UInt8]) throws {
        let header = sizes.flatMap { [UInt8](arrayLiteral: 0, 0, UInt8($0 / 256), UInt8($0 % 256)) }
        try directory.write([0, 0, 8, kind] + header + bytes, "\(part)-\(name)-ubyte")
      }
      // Each image is another: the same bytes, shifted.
      let bytes = (0..<48 * 48 + count).map { UInt8(truncatingIfNeeded: $0 * 31 + $0 / 256) }
      try write(
        "images-idx3", 3, [count, 48, 48], (0..<count).flatMap { bytes[$0..<$0 + 48 * 48] })
      try write("labels-idx1", 1, [count], (0..<count).map { UInt8($0 % 4) })
    }
  }

  private func settings(_ more: [String: String]) throws -> RunSettings {
    var settings = RunSettings()
    try settings.set("data", to: Self.images.shared().url.path)
    try settings.set("steps", to: "2")
    for (key, text) in more { try settings.set(key, to: text) }
    return settings
  }

  @Test func `is the default where that fits, and stays so in the settings`() throws {
    var told: [String] = []
    let run = try makeRun(settings(["batch-size": "auto"])) { told.append($0) }
    #expect(run.settings.open.budget.batchSize == 10, "a fiftieth of the images")
    #expect(run.settings.budget.accumulate == 1)
    #expect(told.count == 1 && told[0].hasPrefix("batch size: 10, the default"), "\(told)")
  }

  @Test func `is split where an update of it would not fit, and keeps the update's size`() throws {
    let run = try makeRun(settings(["batch-size": "512"]))
    let fitted = try #require(try run.fittedBatch(isAsked: true, free: 1 << 40))
    #expect(fitted.parts == 1 && fitted.batchSize == 512)
    // Not even asked for where it surely fits.
    #expect(try run.fittedBatch(isAsked: false, free: 1 << 40) == nil)
    // Where the system does not say what a process takes, nothing is split.
    guard let need = try estimate(run)?.bytes(for: 512) else { return }
    #expect(need > 50_000_000 && need < 10_000_000_000, "\(need)")
    let small = try #require(try run.fittedBatch(isAsked: false, free: need / 4 * 3))
    #expect(small.parts > 1 && small.batchSize * small.parts == 512, "\(small)")
    #expect(
      small.sentence.hasSuffix("--batch-size \(small.batchSize) --accumulate \(small.parts)"),
      "\(small)")
    #expect(throws: BatchError.self) { try run.fittedBatch(isAsked: true, free: 0) }
  }

  private func estimate<Run: TaskRun>(_ run: Run) throws -> UpdateMemoryEstimate? {
    try UpdateMemory(run.task, run.settings).estimate(upTo: 512, free: 1 << 40)
  }

  @Test func `that no system measures is the default`() throws {
    let run = try makeRun(settings([:]))
    #expect(try run.fittedBatch(isAsked: false, free: nil) == nil)
    #expect(try run.fittedBatch(isAsked: true, free: nil)?.sentence.contains("the default") == true)
  }

  @Test func `is found by one of several processes, for all`() throws {
    let settings = try settings(["batch-size": "auto"])
    let found = try members(2) {
      var told: [String] = []
      let run = try ProcessGroup.together { try makeRun(settings) { told.append($0) } }
      return ["\(run.settings.budget.batchSize)", "\(run.settings.budget.accumulate)"] + told
    }
    #expect(found[0] == found[1])
    #expect(found[0].prefix(2) == ["10", "1"] && found[0].count == 3, "\(found)")
    #expect(found[0].last?.hasPrefix("batch size: 10, the default") == true, "\(found)")
  }

  @Test func `has what several processes of one machine take together`() throws {
    let run = try makeRun(self.settings(["batch-size": "512"]))
    guard let estimate = try estimate(run) else { return }
    // Each process has half of the batch, and the gradients of all parameters once more.
    let each = estimate.bytes(for: 256) + 4 * run.task.model.parameterCount
    /// A fifth of what is free is kept, and 100 MB at least.
    func fitted(in room: Int, here: Int) throws -> FittedBatch {
      try #require(
        try run.fittedBatch(
          isAsked: true, free: room + max(room / 4, 100_000_000), sharing: (all: 2, here: here)))
    }
    #expect(try fitted(in: 4 * each, here: 2).parts == 1)
    let split = try fitted(in: each, here: 2)
    #expect(split.parts > 1 && split.batchSize * split.parts == 512, "\(split)")
    #expect(try fitted(in: 2 * each, here: 1).parts == 1, "the other one is on another machine")
  }

  @Test func `is refused beside what it finds out`() throws {
    #expect(throws: SettingsError.self) {
      try makeRun(settings(["batch-size": "auto", "accumulate": "2"]))
    }
    #expect(throws: SettingsError.self) { try settings(["batch-size": "many"]) }
    #expect(throws: SettingsError.self) { try settings(["batch-size": "0"]).check() }
  }
}
