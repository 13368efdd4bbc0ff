import Foundation
import Runs
import TestSupport
import Testing

/// Lets a body check each of some cases, as many at once as there are cores: for cases that start a program each.
func concurrently<Case: Sendable>(
  _ cases: [Case], _ body: @escaping @Sendable (Case) throws -> Void
) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for one in cases { group.addTask { try body(one) } }
    try await group.waitForAll()
  }
}

/// The built program, run as its user runs it.
enum Program {
  struct Result {
    let status: Int32
    /// Standard output, for programs.
    let output: String
    /// Standard error, for display.
    let messages: String
  }

  /// The program that `RONDO_PROGRAM` names, as `make test` does, or the one that lies beside the tests.
  static let path =
    ProcessInfo.processInfo.environment["RONDO_PROGRAM"]
    ?? URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("rondo").path

  /// Starts the program.
  ///
  /// - Parameters:
  ///   - largestFile: how large a file may become, in KiB, as on a disk that is nearly full.
  ///   - input: what is on standard input.
  ///   - environment: variables that are set beside the tests' own.
  ///   - isUnprivileged: whether it may read only what its user may by the files' modes, also where that
  ///     user is root.
  static func start(
    _ arguments: [String], in folder: URL? = nil, largestFile: Int? = nil, input: String? = nil,
    environment: [String: String] = [:], isUnprivileged: Bool = false
  ) throws -> Running {
    let environment = Self.environment.merging(environment) { $1 }
    let streams = try StandardFiles(input: input)
    let drops = isUnprivileged && getuid() == 0
    if !drops, let server = ProgramServer.shared {
      return Running(
        try server.start(
          [path] + arguments, in: folder, largestFile: largestFile, environment: environment,
          streams),
        streams)
    }
    let process = Process()
    let limit = largestFile.map { "ulimit -f \($0); " } ?? ""
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    let drop = drops ? "setpriv --bounding-set=-dac_override,-dac_read_search " : ""
    process.arguments = ["-c", limit + "exec " + drop + #""$0" "$@""#, path] + arguments
    process.currentDirectoryURL = folder
    process.environment = environment
    return try Running(starting: process, streams)
  }

  /// The tests' own variables.
  ///
  /// Runs whose bits are compared have equally many threads, whatever else the machine does meanwhile.
  static let environment = [
    "OMP_NUM_THREADS": "\(ProcessInfo.processInfo.activeProcessorCount)"
  ].merging(ProcessInfo.processInfo.environment) { $1 }

  static func run(
    _ arguments: [String], in folder: URL? = nil, largestFile: Int? = nil, input: String? = nil,
    environment: [String: String] = [:], isUnprivileged: Bool = false
  ) throws -> Result {
    try start(
      arguments, in: folder, largestFile: largestFile, input: input, environment: environment,
      isUnprivileged: isUnprivileged
    ).result()
  }
}

/// The files of a program's standard streams, so that it never waits for a reader.
final class StandardFiles: Sendable {
  private let directory = TemporaryDirectory()
  let input: URL
  var output: URL { directory.url("output") }
  var words: URL { directory.url("words") }

  init(input: String? = nil) throws {
    self.input = input == nil ? URL(fileURLWithPath: "/dev/null") : directory.url("input")
    for name in ["output", "words"] { try directory.write("", name) }
    if let input { try directory.write(input, "input") }
  }
}

/// A program that has been started.
final class Running {
  private let process: any StartedProcess
  private let streams: StandardFiles

  init(_ process: any StartedProcess, _ streams: StandardFiles) {
    (self.process, self.streams) = (process, streams)
  }

  /// Starts a process.
  convenience init(starting process: Process, _ streams: StandardFiles? = nil) throws {
    let streams = try streams ?? StandardFiles()
    process.standardInput = try FileHandle(forReadingFrom: streams.input)
    process.standardOutput = try FileHandle(forWritingTo: streams.output)
    process.standardError = try FileHandle(forWritingTo: streams.words)
    try process.run()
    self.init(process, streams)
  }

  var isRunning: Bool { process.isRunning }

  /// What it has said until now.
  var said: String {
    (try? String(contentsOf: streams.words, encoding: .utf8)) ?? ""
  }

  /// Waits until something is so, or the program has ended.
  func wait(until isSo: () throws -> Bool) rethrows {
    while try isRunning && !isSo() { usleep(1_000) }
  }

  /// Waits for a checkpoint of so many updates.
  func wait(for update: Int = 0, in folder: RunFolder) {
    wait { folder.listCheckpoints().last.map { $0.update >= update } ?? false }
  }

  /// The port of this machine's address that it says it listens on.
  func port() throws -> Int {
    var port: Int?
    wait {
      port = said.firstMatch(of: /127\.0\.0\.1:(\d+)\//).flatMap { Int($0.1) }
      return port != nil
    }
    return try #require(port, "\(said)")
  }

  /// What it has written on standard output until now.
  var written: String {
    (try? String(contentsOf: streams.output, encoding: .utf8)) ?? ""
  }

  /// The processes that it has started.
  var children: [pid_t] {
    let threads = "/proc/\(process.processIdentifier)/task"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: threads)) ?? []
    return names.flatMap { name in
      let text = try? String(contentsOfFile: "\(threads)/\(name)/children", encoding: .utf8)
      return (text ?? "").split(separator: " ").compactMap { pid_t($0) }
    }
  }

  /// Sends a signal, and waits for nothing.
  func send(_ signal: Int32) { Foundation.kill(process.processIdentifier, signal) }

  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Waits until it has ended, ten minutes at most: no test's program takes so long.
  func result() throws -> Program.Result {
    let latest = ContinuousClock.now + .seconds(600)
    while isRunning, ContinuousClock.now < latest { usleep(500) }
    if isRunning {
      kill()
      Issue.record("The program had not ended after ten minutes, and was killed.")
    }
    return Program.Result(
      status: process.terminationStatus,
      output: try String(contentsOf: streams.output, encoding: .utf8),
      messages: try String(contentsOf: streams.words, encoding: .utf8))
  }
}

/// Every file below a folder with its content, to see that nothing was touched; but for the lock,
/// which names its last holder.
func contents(of folder: URL) throws -> [String: Data] {
  let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
  return try names.reduce(into: [:]) { found, name in
    let file = folder.appendingPathComponent(name)
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
    if !isFolder.boolValue, name != ".lock" { found[name] = try Data(contentsOf: file) }
  }
}

#if LIBTORCH
  extension Program {
    /// Trains the run `run` on the images in `data` for four updates.
    static func trainBriefly(_ more: [String] = [], in folder: URL) throws {
      let result = try run(
        [
          "train", "--data", "data", "--steps", "4", "--batch-size", "4", "--base-lr", "0.001",
          "--max-lr", "0.01", "--threads", "1", "--name", "run",
        ] + more, in: folder)
      try #require(result.status == 0, "\(result.messages)")
    }
  }
#endif
