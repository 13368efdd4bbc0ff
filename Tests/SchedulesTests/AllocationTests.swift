import Foundation
import Testing

@Suite struct `Asking a schedule for its value` {
  /// Counted by a program of its own; see `Tests/AllocationProbe`.
  @Test func `puts nothing on the heap`() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("AllocationProbe")
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let counts = output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    guard counts.count == 2 else {
      print("skipped: this runtime tells nobody of its allocations")
      return
    }
    #expect(counts[0] == 0)
    #expect(counts[1] > 0, "the counter counts")
  }
}
