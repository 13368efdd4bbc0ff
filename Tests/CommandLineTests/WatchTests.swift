import Foundation
import TestSupport
import Testing

@Suite struct `The watch command` {
  private let directory = TemporaryDirectory()

  private func refused(_ arguments: [String], _ words: String) throws {
    let result = try Program.run(["watch"] + arguments, in: directory.url)
    #expect(result.status == 2)
    #expect(result.messages.contains(words), "\(result.messages)")
    #expect(result.messages.split(separator: "\n").count == 1)
  }

  @Test func `refuses what it cannot show in a sentence`() throws {
    try refused([], "There is no folder runs;")
    try directory.write("x", "file")
    try refused(["file"], "There is no folder file;")
    try FileManager.default.createDirectory(
      at: directory.url("runs"), withIntermediateDirectories: true)
    try refused([], "runs has no runs in it;")
    try FileManager.default.createDirectory(
      at: directory.url("runs/a-1"), withIntermediateDirectories: true)
    try directory.write("data: shapes\n", "runs/a-1/config.yaml")
    try refused(["--port", "70000"], "from 0 to 65535")
    try refused(["--host", "0.0.0.0"], "so it needs a --token")
    try refused(["--host", "0.0.0.0", "--token", "short"], "at least 16 characters")
    try refused(
      ["--host", "nowhere.invalid", "--token", "0123456789abcdef"], "cannot be listened on")
  }

  @Test func `says where it is, names a free port to a second one, and ends at a signal`() throws {
    try FileManager.default.createDirectory(
      at: directory.url("runs/a-1"), withIntermediateDirectories: true)
    try directory.write("data: shapes\n", "runs/a-1/config.yaml")
    let running = try Program.start(["watch", "--port", "0"], in: directory.url)
    let port = try running.port()
    try refused(["--port", "\(port)"], "Port \(port) is in use by another program; --port ")
    running.send(SIGTERM)
    #expect(try running.result().status == 0)
  }
}
