import Foundation
import Runs
import Testing

@Suite struct `Files of a run that cannot be read` {
  /// Makes a run's folder, calls a body with it, and removes it.
  private func withFolder(_ body: (RunFolder) throws -> Void) throws {
    let parent = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rondo-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: parent) }
    let folder = try RunFolder.create(under: parent, name: "run")
    try Data("{}\n".utf8).write(to: folder.configuration)
    try body(folder)
  }

  @Test func `are its checkpoints, behind a link that leads nowhere`() throws {
    try withFolder { folder in
      #expect(try RunFolder.open(folder.url.path).checkpoints.path == folder.checkpoints.path)
      try FileManager.default.removeItem(at: folder.checkpoints)
      // A folder that is not there yet has no checkpoints.
      #expect(try RunFolder.open(folder.url.path).newestCheckpoint == nil)
      try FileManager.default.createSymbolicLink(
        atPath: folder.checkpoints.path, withDestinationPath: "not-mounted")
      let error = #expect(throws: RunError.self) { try RunFolder.open(folder.url.path) }
      #expect("\(try #require(error))".hasPrefix(folder.checkpoints.path))
    }
  }

  @Test func `are checkpoints for which the disk has no room`() throws {
    try withFolder { folder in
      try folder.requireRoom()
      try folder.requireRoom(of: 1000)
      #expect(folder.noteOfRoom(forCheckpoints: 3, of: 1000) == nil)
      func refusal() throws -> String {
        let error = #expect(throws: RunError.self) { try folder.requireRoom(of: .max) }
        return "\(try #require(error))"
      }
      let sentence = try refusal()
      #expect(sentence.hasPrefix("\(folder.checkpoints.path) has no room for a checkpoint"), "\(sentence)")
      #expect(sentence.hasSuffix("or choose another folder (--runs)."), "\(sentence)")
      try Data([1]).write(to: folder.checkpoint(at: 5))
      #expect(try refusal().hasSuffix("Free space there."), "a run that has begun stays where it is")
      // One has room, and a million of them have not.
      let note = try #require(folder.noteOfRoom(forCheckpoints: 1_000_000_000, of: 100_000_000))
      #expect(note.contains("999999999 of about 100.0 MB each"), "\(note)")
    }
  }

  @Test func `are its settings, behind a link to itself or to nothing`() throws {
    for (target, reason) in [("config.yaml", "leads back to itself"), ("gone", "does not exist")] {
      try withFolder { folder in
        let file = folder.configuration.path
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: target)
        let error = #expect(throws: RunError.self) { try RunFolder.open(folder.url.path) }
        let sentence = "\(try #require(error))"
        #expect(sentence.hasPrefix("\(file) cannot be read: it is a link "), "\(sentence)")
        #expect(sentence.contains(reason), "\(sentence)")
      }
    }
  }

  /// Opened as a file, a pipe that nobody writes into is waited for without end.
  @Test func `are its table, where that is a pipe`() throws {
    try withFolder { folder in
      #expect(mkfifo(folder.metrics.path, 0o600) == 0)
      var reader = MetricsReader(folder.metrics)
      #expect(throws: RunError.self) { try reader.read(begin: { _ in }, { _, _ in }) }
      #expect(throws: RunError.self) { try MetricsReader.last(of: folder.metrics) }
    }
  }
}
