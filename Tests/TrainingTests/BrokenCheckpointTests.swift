import Foundation
import Runs
import TestSupport
import Testing
import Torch

@testable import Training

@Suite struct `A checkpoint that is broken beside others of its run` {
  private let directory = TemporaryDirectory()

  /// Breaks a file: cuts it, empties it, fills it with zeros, or changes one bit of a tensor.
  private static let harms: [(reason: String, harm: @Sendable (Data) -> Data)] = [
    ("truncated", { $0.prefix($0.count - 100) }),
    ("it is empty", { _ in Data() }),
    ("is not the JSON of safetensors", { Data(count: $0.count) }),
    ("not those that were written (crc32)", { $0.dropLast() + [($0.last ?? 0) ^ 1] }),
  ]

  private func checkpoints(_ folder: RunFolder, _ updates: [Int]) throws {
    let task = SceneTask()
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    for update in updates {
      try Checkpoint.write(
        task.model, optimizer, at: .init(step: update, seconds: 1), metadata: [:],
        to: folder.checkpoint(at: update))
    }
  }

  private func resume(_ file: URL) throws {
    let task = SceneTask(seed: 99)
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    let before = state(task.model, optimizer)
    defer { #expect(state(task.model, optimizer) == before) }
    _ = try Checkpoint.resume(task.model, optimizer, from: file)
  }

  @Test(arguments: harms.indices)
  func `is reported with what is wrong, the newest whole one, and the way on`(index: Int) throws {
    let folder = try directory.folder()
    try checkpoints(folder, [10, 20, 30])
    let (reason, harm) = Self.harms[index]
    let newest = folder.checkpoint(at: 30)
    try harm(try Data(contentsOf: newest)).write(to: newest)
    var error = #expect(throws: TrainingError.self) { try resume(newest) }
    var sentence = "\(try #require(error))"
    #expect(sentence.hasPrefix("\(newest.path) cannot be used: "), "\(sentence)")
    #expect(sentence.contains(reason), "\(sentence)")
    #expect(
      sentence.hasSuffix(
        "\(folder.checkpoint(at: 20).path) is complete: continue from there by removing the broken file (rm "
          + "'\(newest.path)'), or use it as it is by --checkpoint \(folder.checkpoint(at: 20).path)."
      ),
      "\(sentence)")

    // The one before may be broken too.
    let before = folder.checkpoint(at: 20)
    try harm(try Data(contentsOf: before)).write(to: before)
    error = #expect(throws: TrainingError.self) { try resume(newest) }
    sentence = "\(try #require(error))"
    #expect(sentence.contains("\(folder.checkpoint(at: 10).path) is complete: "), "\(sentence)")
    error = #expect(throws: TrainingError.self) { try resume(before) }
    sentence = "\(try #require(error))"
    #expect(sentence.hasSuffix("\(folder.checkpoint(at: 10).path) is complete: name it instead."))
    try Data().write(to: folder.checkpoint(at: 10))
    error = #expect(throws: TrainingError.self) { try resume(newest) }
    sentence = "\(try #require(error))"
    #expect(
      sentence.hasSuffix(
        "No other checkpoint of the run is complete; use another copy, or train again."),
      "\(sentence)")
  }

  @Test(arguments: [("model", Float.nan), ("optimizer", .infinity)])
  func `by NaN or infinite numbers is reported with the tensor and the way on`(
    part: String, value: Float
  ) throws {
    let folder = try directory.folder()
    try checkpoints(folder, [10, 20])
    let newest = folder.checkpoint(at: 20)
    var (tensors, metadata) = try Safetensors.read(newest)
    let name = try #require(
      tensors.keys.sorted().first { $0.hasPrefix(part) && tensors[$0]?.type == .float32 })
    let tensor = try #require(tensors[name])
    tensors[name] = Tensor([Float](repeating: value, count: tensor.count), shape: tensor.shape)
    metadata["crc32"] = nil
    try Safetensors.write(
      tensors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, metadata: metadata,
      isChecked: true, to: newest)
    var error: (any Error)? = #expect(throws: TrainingError.self) { try resume(newest) }
    let before = folder.checkpoint(at: 10)
    var sentence = "\(try #require(error))"
    #expect(
      sentence.hasPrefix("\(newest.path) cannot be used: '\(name)' has NaN or infinite numbers."),
      "\(sentence)")
    #expect(sentence.contains("\(before.path) is complete: continue from there"), "\(sentence)")
    // The last one that is left.
    try FileManager.default.removeItem(at: before)
    error = #expect(throws: SafetensorsError.self) { try resume(newest) }
    sentence = "\(try #require(error))"
    #expect(sentence.contains("'\(name)'") && sentence.contains("train anew"), "\(sentence)")
  }

  @Test func `goes on from the one before, once it is removed, and ends as if it had not been`()
    throws
  {
    let (whole, broken) = (try directory.folder(), try directory.folder())
    try run(in: whole)
    try run(in: broken)
    let newest = try #require(broken.newestCheckpoint)
    try FileManager.default.removeItem(at: newest)
    try FileManager.default.removeItem(at: broken.summary)
    try run(in: broken)
    #expect(try newestTensors(broken) == newestTensors(whole))
    #expect(try timelessRows(broken) == timelessRows(whole))
  }
}
