#if LIBTORCH && os(Linux)
  import Foundation
  import Testing

  @Suite struct `The compute threads` {
    /// Runs a short command with variables for OpenMP, which then says how its threads wait.
    private func openMP(_ variables: String...) throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments =
        ["-u", "OMP_WAIT_POLICY", "OMP_DISPLAY_ENV=VERBOSE"] + variables
        + [Program.path, "schedule", "constant", "--max-lr", "1", "--steps", "3"]
      let result = try Running(process).result()
      try #require(result.status == 0, "\(result.words)")
      return result.words
    }

    @Test func `sleep while they wait`() throws {
      #expect(try openMP().contains("GOMP_SPINCOUNT = '0'"))
    }

    @Test(arguments: [
      ("OMP_WAIT_POLICY=ACTIVE", "OMP_WAIT_POLICY = 'ACTIVE'"),
      ("GOMP_SPINCOUNT=1234", "GOMP_SPINCOUNT = '1234'"),
    ])
    func `wait as the user says`(variable: String, shown: String) throws {
      #expect(try openMP(variable).contains(shown))
    }

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
