import Foundation
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
    let process = Process()
    let limit = largestFile.map { "ulimit -f \($0); " } ?? ""
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    let drop =
      isUnprivileged && getuid() == 0
      ? "setpriv --bounding-set=-dac_override,-dac_read_search " : ""
    process.arguments = ["-c", limit + "exec " + drop + #""$0" "$@""#, path] + arguments
    process.currentDirectoryURL = folder
    // Runs whose bits are compared have equally many threads, whatever else the machine does meanwhile.
    process.environment = ["OMP_NUM_THREADS": "\(ProcessInfo.processInfo.activeProcessorCount)"]
      .merging(ProcessInfo.processInfo.environment) { $1 }.merging(environment) { $1 }
    return try Running(process, input: input)
  }

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

/// A program that has been started; its words go to files, so that it never waits for a reader.
final class Running {
  private let process: Process
  private let directory = TemporaryDirectory()

  init(_ process: Process, input: String? = nil) throws {
    self.process = process
    for name in ["output", "words"] { try directory.write([], name) }
    process.standardInput = FileHandle.nullDevice
    if let input {
      try directory.write(input, "input")
      process.standardInput = try FileHandle(forReadingFrom: directory.url("input"))
    }
    process.standardOutput = try FileHandle(forWritingTo: directory.url("output"))
    process.standardError = try FileHandle(forWritingTo: directory.url("words"))
    try process.run()
  }

  var isRunning: Bool { process.isRunning }

  /// What it has said until now.
  var said: String {
    (try? String(contentsOf: directory.url("words"), encoding: .utf8)) ?? ""
  }

  /// What it has written on standard output until now.
  var written: String {
    (try? String(contentsOf: directory.url("output"), encoding: .utf8)) ?? ""
  }

  /// The processes that it has started.
  var children: [pid_t] {
    let pid = process.processIdentifier
    let text = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
    return (text ?? "").split(separator: " ").compactMap { pid_t($0) }
  }

  /// Sends a signal, and waits for nothing.
  func send(_ signal: Int32) { Foundation.kill(process.processIdentifier, signal) }

  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  func result() throws -> Program.Result {
    process.waitUntilExit()
    return Program.Result(
      status: process.terminationStatus,
      output: try String(contentsOf: directory.url("output"), encoding: .utf8),
      messages: try String(contentsOf: directory.url("words"), encoding: .utf8))
  }
}

/// A folder that goes away with its owner.
final class TemporaryDirectory: Sendable {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("rondo-\(UUID().uuidString)")

  init() { try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: url) }

  func url(_ name: String) -> URL { url.appendingPathComponent(name) }

  func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: url(name)) }

  func write(_ text: String, _ name: String) throws { try write(Array(text.utf8), name) }
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
