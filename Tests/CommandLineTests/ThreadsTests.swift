#if LIBTORCH && os(Linux)
  import Foundation
  import Testing

  @Suite struct `The compute threads` {
    @Test func `are as many as cores may be used`() throws {
      let result = try Program.run(["doctor"])
      let bound = Process()
      bound.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      bound.arguments = ["-u", "OMP_NUM_THREADS", "taskset", "-c", "0", Program.path, "doctor"]
      let alone = try Running(bound).result()
      try #require(alone.status == 0, "\(alone.words)")
      #expect(result.output.contains("\nthreads "))
      #expect(alone.output.contains(/\nthreads +1\n/), "\(alone.output)")
    }
  }
#endif
