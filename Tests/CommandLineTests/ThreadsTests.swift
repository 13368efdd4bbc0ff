#if LIBTORCH && os(Linux)
  import Foundation
  import TestSupport
  import Testing

  @Suite struct `The compute threads` {
    @Test func `are as many as cores may be used`() throws {
      let result = try Program.run(["doctor"])
      let bound = Process()
      bound.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      bound.arguments = ["-u", "OMP_NUM_THREADS", "taskset", "-c", "0", Program.path, "doctor"]
      let alone = try Running(starting: bound).result()
      try #require(alone.status == 0, "\(alone.messages)")
      #expect(result.output.contains("\nthreads "))
      #expect(alone.output.contains(/\nthreads +1\n/), "\(alone.output)")
    }

    @Test func `leave the cores to other programs that are busy, and say so`() throws {
      let cores = ProcessInfo.processInfo.activeProcessorCount
      let others = try (0..<cores).map { _ in
        let other = Process()
        other.executableURL = URL(fileURLWithPath: "/bin/bash")
        // Ends by itself too, should the test not come to its end.
        other.arguments = ["-c", "while (( SECONDS < 30 )); do :; done"]
        other.standardOutput = FileHandle.nullDevice
        other.standardError = FileHandle.nullDevice
        try other.run()
        return other
      }
      defer { others.forEach { $0.terminate() } }
      let directory = TemporaryDirectory()
      try TinyData.write(to: directory)
      let run = Process()
      run.currentDirectoryURL = directory.url
      run.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      run.arguments = [
        "-u", "OMP_NUM_THREADS", Program.path, "train", "--data", ".",
        "--steps", "2", "--batch-size", "8", "--base-lr", "0.001", "--max-lr", "0.01",
      ]
      let result = try Running(starting: run).result()
      try #require(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains("device: cpu with 1 thread, "), "\(result.messages)")
      #expect(
        cores == 1 || result.messages.contains("note: other programs use "), "\(result.messages)")
    }
  }
#endif
