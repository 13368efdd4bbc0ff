import Foundation
import TestSupport

/// A server on this machine that serves a folder, and goes away with its owner.
final class Server {
  /// What the server does wrong, if anything; see `server.py`.
  enum Mode: String {
    case good, whole, cut, short, slow, stall, redirect, lie, loop, local, page
    case bare = "good-bare"
    case cutBare = "cut-bare"
    case dated = "good-dated"
  }

  private let directory = TemporaryDirectory()
  var folder: URL { directory.url }
  private let log: URL
  private let process = Process()
  /// Its address, or nothing where it did not start.
  let address: String

  init(_ files: [String: Data], _ mode: Mode = .good) throws {
    log = directory.url("log")
    for (name, content) in files { try directory.write(content, name) }
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("server.py")
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", script.path, directory.url.path, mode.rawValue, log.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let port = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
    address = "http://127.0.0.1:" + port.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  deinit {
    // A milder signal may be blocked in the thread that started it, and so in the server.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// The parts that were asked for, `-` for the whole.
  var asked: [String] {
    ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
  }
}
