import Datasets
import Foundation
import Runs
import TestSupport
import Testing
import Torch

@testable import Training

/// What a run needs, and cannot find, is never made anew beside what is left of it.
@Suite struct `A run that lost files` {
  private let directory = TemporaryDirectory()

  /// A run of 60 updates that was killed after its last checkpoint.
  private func killedRun() throws -> RunFolder {
    let folder = try directory.folder()
    try run(in: folder)
    try FileManager.default.removeItem(at: folder.summary)
    return folder
  }

  private func expectRefused(_ folder: RunFolder, _ file: URL, _ words: String) throws {
    let rows = try Data(contentsOf: folder.metrics)
    let error = #expect(throws: (any Error).self) { try run(in: folder) }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(file.path), "\(sentence)")
    #expect(sentence.contains(words), "\(sentence)")
    #expect(try Data(contentsOf: folder.metrics) == rows, "its table stays as it was")
  }

  @Test func `does not begin again where its checkpoints are gone`() throws {
    let folder = try killedRun()
    for (_, file) in folder.listCheckpoints() { try FileManager.default.removeItem(at: file) }
    try expectRefused(folder, folder.checkpoints, "there is no checkpoint, though one is saved")
  }

  /// A run of 60 updates, killed before its first checkpoint was due, which is due more often from now on.
  @Test func `begins again where no checkpoint was due when it was killed`() throws {
    let folder = try directory.folder()
    try run(SceneTask(), settings { $0.machine.checkpointEvery = 100 }, in: folder)
    try FileManager.default.removeItem(at: folder.summary)
    for (_, file) in folder.listCheckpoints() { try FileManager.default.removeItem(at: file) }
    try run(SceneTask(), settings { $0.machine.checkpointEvery = 7 }, in: folder)
    #expect(folder.listCheckpoints().map(\.update).contains(60))
  }

  /// Checkpoints are due after 21, 28 and so on, and the images are gone at update 26.
  @Test func `keeps what it has trained when its images are gone`() throws {
    let (whole, broken) = (try directory.folder(), try directory.folder())
    try run(in: whole)
    let task = SceneTask()
    (task.breaksAt, task.losesData) = (25, true)
    var notes: [String] = []
    #expect(throws: DataError.self) {
      try run(task, in: broken) { if case .note(let note) = $0 { notes.append(note) } }
    }
    #expect(broken.listCheckpoints().last?.update == 25)
    #expect(notes.last?.contains("saved after update 25") == true, "\(notes)")
    try run(in: broken)
    #expect(try newestTensors(broken) == newestTensors(whole))
    #expect(try timelessRows(broken) == timelessRows(whole))
  }

  /// An epoch has six updates: the model is evaluated after 6, 12 and so on, and after 60 for the last time.
  @Test(arguments: [(2, 18), (9, 60)])
  func `keeps what it has trained when the images of an evaluation are gone`(evaluation: Int, update: Int) throws {
    let (whole, broken) = (try directory.folder(), try directory.folder())
    try run(in: whole)
    let task = SceneTask()
    task.losesEvaluation = evaluation
    #expect(throws: DataError.self) { try run(task, in: broken) }
    #expect(broken.listCheckpoints().last?.update == update)
    try run(in: broken)
    #expect(try newestTensors(broken) == newestTensors(whole))
    #expect(try timelessRows(broken) == timelessRows(whole))
  }

  @Test func `does not plan again where its plan is gone, or leads nowhere`() throws {
    let folder = try killedRun()
    try FileManager.default.removeItem(at: folder.plan)
    try expectRefused(folder, folder.plan, "does not exist, although the run has a checkpoint")
    try FileManager.default.createSymbolicLink(
      atPath: folder.plan.path, withDestinationPath: "nowhere")
    try expectRefused(folder, folder.plan, "it is a link to something that does not exist")
  }

  @Test func `keeps a table that it cannot read`() throws {
    let folder = try killedRun()
    var bytes = try Data(contentsOf: folder.metrics)
    bytes[300] = 0xFF
    try bytes.write(to: folder.metrics)
    try expectRefused(folder, folder.metrics, "to continue without its rows")
  }

  @Test(arguments: [("\"step\":\"60\"", "\"step\":\"24\""), ("\"seconds\":\"", "\"second5\":\"")])
  func `does not continue from metadata that were changed`(
    old: String, new: String
  ) throws {
    let folder = try killedRun()
    let newest = try #require(folder.newestCheckpoint)
    var bytes = try Data(contentsOf: newest)
    let place = try #require(bytes.firstRange(of: Data(old.utf8)))
    bytes.replaceSubrange(place, with: Data(new.utf8))
    try bytes.write(to: newest)
    try expectRefused(folder, newest, "its metadata are not those that were written")
  }

  @Test(arguments: [9, Int.max])
  func `does not continue from a checkpoint of another update than its name's`(step: Int) throws {
    let folder = try directory.folder()
    let task = SceneTask()
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    let file = folder.checkpoint(at: 8)
    try Checkpoint.write(
      task.model, optimizer, at: .init(step: step, seconds: 1), metadata: [:], to: file)
    #expect(throws: TrainingError.self) {
      try Checkpoint.resume(task.model, optimizer, from: file)
    }
  }
}
