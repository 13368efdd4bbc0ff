import Foundation
import TestSupport

/// A process that somebody started.
protocol StartedProcess {
  var processIdentifier: pid_t { get }
  var isRunning: Bool { get }
  /// The status with which it left, or the signal that ended it.
  var terminationStatus: Int32 { get }
  func waitUntilExit()
}

extension Process: StartedProcess {}

/// The program with its libraries loaded once, of which each run is a process of its own (`program_server.c`).
///
/// Loading LibTorch takes a fifth of a second, and the tests start the program a thousand times.
final class ProgramServer: @unchecked Sendable {
  /// The server, where there can be one: on Linux with a C compiler, as every Swift for it has.
  static let shared: ProgramServer? = {
    #if os(Linux)
      try? ProgramServer()
    #else
      nil
    #endif
  }()

  private struct Failed: Error {}

  private let server = Process()
  private let requests = Pipe()
  private let replies = Pipe()
  /// Guards what follows, and tells of its changes.
  private let changed = NSCondition()
  private var last = 0
  private var started: [Int: pid_t] = [:]
  private var ended: [Int: Int32] = [:]
  private var isOver = false

  private init() throws {
    let directory = TemporaryDirectory()
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    compiler.arguments = [
      "clang", "-shared", "-fPIC", "-O1", "-o", directory.path("server.so"),
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("program_server.c").path,
    ]
    try compiler.run()
    compiler.waitUntilExit()
    server.executableURL = URL(fileURLWithPath: Program.path)
    server.environment = Program.environment.merging(["LD_PRELOAD": directory.path("server.so")]) {
      $1
    }
    server.standardInput = requests
    server.standardOutput = replies
    guard compiler.terminationStatus == 0 else { throw Failed() }
    try server.run()
    // What a program says that is started without the server is another line, or none.
    let lines = Lines(replies.fileHandleForReading)
    guard lines.next() == "ready" else {
      server.terminate()
      throw Failed()
    }
    Thread.detachNewThread { [self] in
      while let line = lines.next() { note(line.split(separator: " ")) }
      changed.withLock {
        isOver = true
        changed.broadcast()
      }
    }
  }

  private func note(_ words: [Substring]) {
    guard words.count == 3, let id = Int(words[1]), let value = Int32(words[2]) else { return }
    changed.withLock {
      if words[0] == "started" { started[id] = value } else { ended[id] = value }
      changed.broadcast()
    }
  }

  /// Starts the program; see `Program.start`.
  func start(
    _ arguments: [String], in folder: URL?, largestFile: Int?, environment: [String: String],
    _ streams: StandardFiles
  ) throws -> Run {
    try changed.withLock {
      last += 1
      let id = last
      let fields =
        [
          "\(id)", folder?.path ?? ".", streams.input.path, streams.output.path,
          streams.words.path, "\(largestFile ?? -1)", "\(arguments.count)",
        ] + arguments + environment.map { "\($0)=\($1)" }
      let text = Data(fields.flatMap { Array($0.utf8) + [0] })
      let length = withUnsafeBytes(of: UInt32(text.count)) { Data($0) }
      try requests.fileHandleForWriting.write(contentsOf: length + text)
      while started[id] == nil, !isOver { changed.wait() }
      guard let process = started[id] else { throw Failed() }
      return Run(server: self, id: id, processIdentifier: process)
    }
  }

  /// A run of the program.
  struct Run: StartedProcess {
    fileprivate let server: ProgramServer
    fileprivate let id: Int
    let processIdentifier: pid_t

    var isRunning: Bool { server.changed.withLock { server.ended[id] == nil && !server.isOver } }

    func waitUntilExit() {
      server.changed.withLock {
        while server.ended[id] == nil, !server.isOver { server.changed.wait() }
      }
    }

    var terminationStatus: Int32 {
      let status = server.changed.withLock { server.ended[id] ?? -1 }
      return status & 0x7F == 0 ? status >> 8 & 0xFF : status & 0x7F
    }
  }

  /// The lines that come from a pipe.
  private final class Lines: @unchecked Sendable {
    private let pipe: FileHandle
    private var rest = Data()

    init(_ pipe: FileHandle) { self.pipe = pipe }

    func next() -> String? {
      while true {
        if let end = rest.firstIndex(of: 10) {
          defer { rest = rest[(end + 1)...] }
          return String(decoding: rest[..<end], as: UTF8.self)
        }
        let more = pipe.availableData
        if more.isEmpty { return nil }
        rest += more
      }
    }
  }
}
