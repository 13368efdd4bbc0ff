import Files
import Foundation
import Runs
import TestSupport
import Testing

private func row(_ update: Int, _ split: MetricsRow.Split = .train) -> MetricsRow {
  MetricsRow(
    update: update, epoch: update / 3, split: split,
    learningRate: split == .train ? 0.1 / Double(update) : nil, momentum: nil, weightDecay: nil,
    loss: 2.3 / Double(update), values: [split == .train ? nil : 1.0 / 3, .nan], seconds: 0.5)
}

@Suite struct `A run folder` {
  @Test func `gets the next free number`() throws {
    let directory = TemporaryDirectory()
    let names = try (0..<3).map { _ in
      try RunFolder.create(under: directory.url, name: "net").url.lastPathComponent
    }
    #expect(names == ["net-1", "net-2", "net-3"])
  }

  @Test(arguments: ["", "a/b", "../a", "/tmp/a"])
  func `has a name that leads nowhere else`(name: String) throws {
    let directory = TemporaryDirectory()
    #expect(throws: RunError.badName(name)) {
      try RunFolder.create(under: directory.url, name: name)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url.path) == [])
  }

  @Test func `that cannot be made is reported, by path`() throws {
    let directory = TemporaryDirectory()
    let file = directory.url.appendingPathComponent("file")
    try Data().write(to: file)
    let error = #expect(throws: RunError.self) { try RunFolder.create(under: file, name: "net") }
    #expect("\(error.map { "\($0)" } ?? "")".contains(file.path))
  }

  @Test func `without settings is none`() throws {
    let directory = TemporaryDirectory()
    #expect(throws: RunError.notARun(path: directory.url.path)) {
      try RunFolder.open(directory.url.path)
    }
  }

  /// As of all folds, of a comparison, or the folder of all runs.
  @Test func `of several runs is none, and names them`() throws {
    let directory = TemporaryDirectory()
    for fold in [10, 2, 1, 3] {
      let url = directory.url.appendingPathComponent("fold-\(fold)")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      try Data().write(to: url.appendingPathComponent("config.yaml"))
    }
    let path = directory.url.path
    for typed in [path, path + "/"] {
      let error = #expect(throws: RunError.self) { try RunFolder.open(typed) }
      #expect(
        error?.description == "\(path) is not a run folder, but holds 4 of them. Name one of them: "
          + "\(path)/fold-1, \(path)/fold-2, \(path)/fold-3 and 1 more.")
    }
  }

  @Test func `that is missing, or a file, is none, and is called so`() throws {
    let directory = TemporaryDirectory()
    let file = directory.url.appendingPathComponent("file").path
    try Data().write(to: URL(fileURLWithPath: file))
    for (path, reason) in [(file + "s", "it does not exist"), (file, "it is a file, or lies")] {
      let error = #expect(throws: RunError.self) { try RunFolder.open(path) }
      let sentence = "\(error.map { "\($0)" } ?? "")"
      #expect(sentence.hasPrefix("\(path) is not a run folder: \(reason)"), "\(sentence)")
    }
  }

  @Test(arguments: ["9223372036854775807,0", "-1,0", "1,9223372036854775807", "1,-1"])
  func `has no rows of updates that cannot be counted`(counts: String) throws {
    let directory = TemporaryDirectory()
    let file = directory.url.appendingPathComponent("metrics.csv")
    let head = "update,epoch,split,learning_rate,momentum,weight_decay,loss,seconds\n"
    try Data((head + counts + ",train,0.1,,,2.3,0.5\n").utf8).write(to: file)
    let error = #expect(throws: RunError.self) { try MetricsTable.read(file) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("line 2: update, epoch or split"))
  }

  @Test func `is held by one at a time`() throws {
    let directory = TemporaryDirectory()
    let folder = try RunFolder.create(under: directory.url, name: "net")
    var lock: RunLock? = try RunLock(folder)
    let error = #expect(throws: RunError.self) { try RunLock(folder) }
    #expect(try RunLock.ifFree(folder) == nil)
    let pid = "\(ProcessInfo.processInfo.processIdentifier)"
    #expect("\(error.map { "\($0)" } ?? "")".contains("(process \(pid), which trains the run)"))
    lock?.work = .evaluation
    #expect(RunLock.Holder(of: folder)?.work == .evaluation)
    lock?.work = .request
    #expect(try Data(contentsOf: RunLock.file(in: folder)) == Data("\(pid) request\n".utf8))
    withExtendedLifetime(lock) {}
    lock = nil
    #expect(throws: Never.self) { try RunLock(folder) }
  }

  @Test func `is not held through a link that lies in the lock's place`() throws {
    let directory = TemporaryDirectory()
    let folder = try RunFolder.create(under: directory.url, name: "net")
    let (notes, lock) = (
      directory.url.appendingPathComponent("notes"), folder.url.appendingPathComponent(".lock")
    )
    try Data("mine".utf8).write(to: notes)
    try FileManager.default.createSymbolicLink(at: lock, withDestinationURL: notes)
    #expect(throws: FileError.isLink(path: lock.path)) { try RunLock(folder) }
    #expect(try Data(contentsOf: notes) == Data("mine".utf8))
  }

  @Test func `is waited for until it is let go`() async throws {
    let directory = TemporaryDirectory()
    let folder = try RunFolder.create(under: directory.url, name: "net")
    var lock: RunLock? = try RunLock(folder)
    let letGo = ContinuousClock.now + .milliseconds(200)
    let waiting = Task.detached {
      _ = try RunLock.whenFree(folder)
      return ContinuousClock.now
    }
    try await Task.sleep(until: letGo)
    withExtendedLifetime(lock) {}
    lock = nil
    #expect(try await waiting.value >= letGo)
  }

  @Test func `lists its checkpoints, and keeps the last and the troughs`() throws {
    let directory = TemporaryDirectory()
    let folder = try RunFolder.create(under: directory.url, name: "net")
    for update in [100, 50, 200, 300, 150] { try Data().write(to: folder.checkpoint(at: update)) }
    try Data().write(to: folder.checkpoints.appendingPathComponent("update-x.safetensors"))
    #expect(folder.listCheckpoints().map(\.update) == [50, 100, 150, 200, 300])
    try folder.removeOldCheckpoints(keepingLast: 2, and: [100])
    #expect(folder.listCheckpoints().map(\.update) == [100, 200, 300])
    #expect(folder.newestCheckpoint == folder.checkpoint(at: 300))
  }
}

@Suite struct `The table of metrics` {
  private let directory: TemporaryDirectory
  private let file: URL
  private let columns = ["box", "accuracy"]

  init() throws {
    directory = TemporaryDirectory()
    file = directory.url.appendingPathComponent("metrics.csv")
  }

  private func write(_ rows: [MetricsRow], keepingUpTo update: Int = 0) throws {
    let writer = try MetricsWriter(file: file, columns: columns, keepingUpTo: update)
    for row in rows { try writer.append(row) }
    try writer.flush()
  }

  @Test func `reads back equal`() throws {
    let rows = [row(1), row(2), row(2, .test), row(3)]
    try write(rows)
    let table = try MetricsTable.read(file)
    #expect(table.columns == columns)
    #expect(table.rows.map(\.update) == [1, 2, 2, 3])
    for (read, written) in zip(table.rows, rows) {
      #expect(read.learningRate == written.learningRate)
      #expect(read.loss == written.loss)
      #expect(read.values[0] == written.values[0])
      #expect(read.values[1] == nil, "what is undefined has an empty cell")
      #expect(read.split == written.split)
    }
  }

  @Test func `continues after a kill as if there had been none`() throws {
    try write([row(1), row(2), row(2, .test), row(3)])
    let whole = try Data(contentsOf: file)
    // The kill came amid a line, three updates after the last checkpoint.
    try write([row(1), row(2), row(2, .test), row(3), row(4), row(5)])
    let handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("6,2,train,0.0".utf8))
    try handle.close()
    #expect(try MetricsTable.read(file).rows.last?.update == 5)
    try write([row(3)], keepingUpTo: 2)
    #expect(try Data(contentsOf: file) == whole)
  }

  @Test func `of an older version, which had fewer columns, continues with empty cells`() throws {
    var first = row(1)
    first.values = [0.5]
    let old = try MetricsWriter(file: file, columns: ["box"], keepingUpTo: 0)
    try old.append(first)
    try old.flush()
    var second = row(2)
    second.values = [0.25, 0.75]
    try write([second], keepingUpTo: 1)
    let table = try MetricsTable.read(file)
    #expect(table.columns == columns)
    #expect(table.rows.map(\.values) == [[0.5, nil], [0.25, 0.75]])
    #expect(table.rows.map(\.seconds) == [first.seconds, second.seconds])
    // A column that is gone is not passed over.
    #expect(throws: RunError.self) {
      try MetricsWriter(file: file, columns: ["accuracy"], keepingUpTo: 2)
    }
  }

  @Test func `of an older version, which spelled a column otherwise, continues under today's name`()
    throws
  {
    var first = row(1)
    first.values = [0.5]
    let old = try MetricsWriter(file: file, columns: ["centre"], keepingUpTo: 0)
    try old.append(first)
    try old.flush()
    var second = row(2)
    second.values = [0.25]
    let new = try MetricsWriter(file: file, columns: ["centerness"], keepingUpTo: 1)
    try new.append(second)
    try new.flush()
    let table = try MetricsTable.read(file)
    #expect(table.columns == ["centerness"])
    #expect(table.rows.map(\.values) == [[0.5], [0.25]])
  }

  @Test(arguments: [
    ("update,loss\n", "line 1"), ("1,0,train,x,,,2,,,0\n", "'x' is not a number"),
    ("1,0,train\n", "3 cells"), ("a,0,train,,,,2,,,0\n", "line 2"),
    ("1,0,middle,,,,2,,,0\n", "line 2"),
  ])
  func `with a fault is refused, by its line`(text: String, words: String) throws {
    try write([])
    let header = try String(contentsOf: file, encoding: .utf8)
    try Data((text.hasPrefix("update") ? text : header + text).utf8).write(to: file)
    let error = #expect(throws: RunError.self) { try MetricsTable.read(file) }
    #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(error.map { "\($0)" } ?? "")")
  }
}

@Suite struct `A configuration file` {
  private struct Settings: Codable, Equatable {
    var rate: Double?
    var count: Int?
    var name: String?
    var flip: Bool?
  }

  private let directory: TemporaryDirectory
  private let file: URL

  init() throws {
    directory = TemporaryDirectory()
    file = directory.url.appendingPathComponent("config.yaml")
  }

  private func read(_ text: String) throws -> Settings {
    try Data(text.utf8).write(to: file)
    return try ConfigurationFile.read(
      file.path, as: Settings.self, keys: ["rate", "count", "name", "flip"])
  }

  @Test func `reads back equal, numbers to the last bit`() throws {
    let settings = Settings(rate: 0.1 + 0.2, count: -3, name: "12", flip: true)
    try ConfigurationFile.write(settings, to: file)
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.contains("rate: 0.30000000000000004\n"))
    #expect(try read(text) == settings)
  }

  @Test func `is read with a byte-order mark before it, which is part of no key`() throws {
    #expect(try read("\u{FEFF}rate: 0.5\n") == Settings(rate: 0.5))
  }

  @Test(arguments: [
    ("rate: 1\nrate: 2\n", "line 1: 'rate' is written twice here; remove one."),
    ("rate: {a: 1}\n", "'rate' is not a "),
    ("rate: 1\n\tb: 2\n", "line 2: it is not YAML (found a tab"),
    ("rate: 1\nrat: 2\n", "line 2: there is no setting 'rat'; did you mean 'rate'?"),
    ("banana: 1\n", "no setting 'banana'; remove the line."), ("- 1\n", "it is not a list of"),
    ("rate: high\n", "'rate' is not a number"), ("count: 1.5\n", "'count' is not a whole number"),
    ("flip: perhaps\n", "'flip' is not a true or false"), ("rate: [\n", "not YAML"),
  ])
  func `with a fault is refused, by its key`(text: String, words: String) {
    let error = #expect(throws: RunError.self) { try read(text) }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(sentence.contains(words), "\(sentence)")
    #expect(sentence.contains(file.path))
  }
}
