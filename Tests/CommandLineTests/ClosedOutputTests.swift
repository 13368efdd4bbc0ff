import Foundation
import TestSupport
import Testing

/// A program whose output is a pipe that nobody reads any more, or a disk that is full.
@Suite struct `Output that is not taken` {
  /// Runs a line of shell in which `$0` is the program.
  private func shell(_ line: String) throws -> (status: Int32, messages: String) {
    let process = Process()
    let messages = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", line, Program.path]
    process.standardError = messages
    try process.run()
    let said = messages.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }

  private static let schedule =
    #""$0" schedule triangular --base-lr 0.1 --max-lr 1 --step-size-up 5 --steps 200000 --format csv"#

  private static let lines = [
    (schedule + " > /dev/full", "No space left on device"),
    (schedule + " | true; exit ${PIPESTATUS[0]}", "Broken pipe"),
    (schedule + " >&-", "Bad file descriptor"),
    (#""$0" --help > /dev/full"#, "No space left on device"),
    (#""$0" --version > /dev/full"#, "No space left on device"),
    (#""$0" schedule --help > /dev/full"#, "No space left on device"),
    (#""$0" doctor > /dev/full"#, "No space left on device"),
  ]

  @Test func `ends a command that serves programs with one sentence`() async throws {
    try await concurrently(Self.lines) { line, reason in
      let (status, messages) = try shell(line)
      #expect(status == 1, "\(line)")
      #expect(
        messages == "rondo: standard output cannot be written: \(reason).\n", "\(line)")
    }
  }

  #if LIBTORCH
    @Test(arguments: [
      ("| true; exit ${PIPESTATUS[0]}", "Broken pipe"), ("> /dev/full", "No space left on device"),
      (">&-", "Bad file descriptor"),
    ])
    func `does not end a training, which says it once`(ending: String, reason: String) throws {
      let directory = TemporaryDirectory()
      try TinyData.write(to: directory)
      let run = directory.url("runs/run-1").path
      func train(_ more: String) throws -> (status: Int32, messages: String) {
        try shell(
          #"cd '\#(directory.url.path)'; "$0" train --data . --batch-size 8 --max-lr 0.05 --schedule cosine "#
            + "--steps 16 --threads 1 --name run \(more) \(ending)")
      }
      let (status, messages) = try train("--progress json")
      #expect(status == 0)
      #expect(
        messages
          == "rondo: standard output cannot be written: \(reason). Training continues without it.\n"
      )
      for file in ["summary.json", "report.html"] {
        #expect(FileManager.default.fileExists(atPath: "\(run)/\(file)"))
      }
      // Its result is what the program was asked for.
      let (other, words) = try train("--quiet --format json")
      #expect(other == 1)
      #expect(words == "rondo: standard output cannot be written: \(reason).\n")
      #expect(FileManager.default.fileExists(atPath: directory.url("runs/run-2/summary.json").path))
    }
  #endif

  @Test func `does not matter where it is words for people`() throws {
    #expect(try shell(#""$0" schedule triangluar 2> /dev/full"#).status == 2)
    #expect(
      try shell(#""$0" schedule triangluar 2>&1 > /dev/null | true; exit ${PIPESTATUS[0]}"#).status
        == 2)
  }
}
