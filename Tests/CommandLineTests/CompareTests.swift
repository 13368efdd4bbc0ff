#if LIBTORCH
  import Foundation
  import Runs
  import TestSupport
  import Testing

  @Suite struct `The compare command` {
    private let directory = TemporaryDirectory()

    init() throws { try TinyData.write(to: directory) }

    private func compare(_ more: [String]) throws -> Program.Result {
      try Program.run(["compare"] + more, in: directory.url)
    }

    private var flags: [String] {
      ["--data", ".", "--batch-size", "8", "--steps", "16", "--threads", "1", "--no-flip"]
    }

    private func run(_ name: String) -> RunFolder {
      RunFolder(directory.url("runs").appendingPathComponent("trial-1/\(name)"))
    }

    @Test func `trains each schedule by each seed, says how they stand, and continues`() throws {
      let result = try compare(
        flags + [
          "--schedules", "constant@0.01,cosine@0.05:0.5,constant@1e30", "--seeds", "2",
          "--name", "trial",
        ])
      #expect(result.status == 1, "as of folds, where runs fail: \(result.messages)")
      #expect(
        result.messages.hasSuffix(
          "2 of 6 runs failed: constant@1e30 with seed 1, constant@1e30 with seed 2. The report says "
            + "why; to train one again, remove its folder and resume.\n"), "\(result.messages)")
      let lines = result.output.split(separator: "\n").map { $0.split(separator: " ") }
      try #require(lines.count == 4, "\(result.output)")
      #expect(lines[0].first == "schedule")
      #expect(lines[2].first == "cosine@0.05:0.5" && lines[2].contains("8"), "half of 16 updates")
      #expect(lines[3].suffix(3) == ["0,", "2", "failed"], "the loss is no number")
      let folder = run("").url
      for name in ["comparison.json", "comparison.csv", "report.html"] {
        #expect(
          FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path),
          "\(name)")
      }
      let table = try String(
        contentsOf: folder.appendingPathComponent("comparison.csv"), encoding: .utf8)
      #expect(table.hasPrefix("schedule,seed,accuracy,updates,seconds\nconstant@0.01,1,"))

      // One run that was killed before its end, and all others as they are. While another process makes
      // it, it is left to that one.
      let killed = run("cosine-at-0.05-of-budget-0.5-seed-2")
      let summary = try Data(contentsOf: killed.summary)
      try FileManager.default.removeItem(at: killed.summary)
      let kept = try Data(contentsOf: run("constant-at-0.01-seed-1").summary)
      var lock: RunLock? = try RunLock(killed)
      let beside = try compare(["--resume", folder.path])
      withExtendedLifetime(lock) {}
      lock = nil
      #expect(beside.status == 1, "\(beside.messages)")
      #expect(
        beside.messages.contains("1 run is still trained by other processes"), "\(beside.messages)")
      #expect(!FileManager.default.fileExists(atPath: killed.summary.path))
      let again = try compare(["--resume", folder.path])
      #expect(again.status == 1, "\(again.messages)")
      #expect(again.output == result.output)
      #expect(try Data(contentsOf: run("constant-at-0.01-seed-1").summary) == kept)
      let final = try #require(
        String(data: summary, encoding: .utf8)?.firstMatch(of: /"accuracy" : [0-9.]+/))
      #expect(try String(contentsOf: killed.summary, encoding: .utf8).contains(final.0))

      // The metrics on the test images can be requested later, whatever was evaluated since.
      let other = TemporaryDirectory()
      try TinyData.write(to: other, test: 8)
      let strayed = try Program.run(
        ["evaluate", run("constant-at-0.01-seed-1").url.path, "--data", other.url.path],
        in: directory.url)
      #expect(strayed.status == 0, "\(strayed.messages)")
      let evaluated = try compare([
        "--resume", folder.path, "--figures", "calibration_error,accuracy",
      ])
      #expect(evaluated.status == 1, "\(evaluated.messages)")
      let tables = evaluated.output.split(separator: "\n\n")
      try #require(tables.count == 3, "\(evaluated.output)")
      #expect("\(tables[0])\n" == result.output, "the runs themselves are as they were")
      #expect(tables[1].hasPrefix("schedule         calibration_error"), "\(tables[1])")
      let ends = tables.map { $0.split(separator: "\n").map { $0.split(separator: " ") } }
      #expect(ends[2][1][1] == ends[0][1][1], "accuracy is evaluated on the same images here")
      let lastEvaluation = try String(
        contentsOf: run("constant-at-0.01-seed-1").evaluation, encoding: .utf8)
      #expect(lastEvaluation.contains("\"images\":16"), "\(lastEvaluation.prefix(200))")
      let more = try String(
        contentsOf: folder.appendingPathComponent("comparison.csv"), encoding: .utf8)
      #expect(
        more.hasPrefix(
          "schedule,seed,accuracy,updates,seconds,evaluated_calibration_error,evaluated_accuracy\n")
      )
    }

    private static let refused = [
      (["--schedules", "cosine"], "two or more"),
      (["--schedules", "cosine,cosinus"], "did you mean 'cosine'?"),
      (["--schedules", "cosine,constant", "--max-lr", "1"], "--max-lr is given"),
      (["--seeds", "0"], "--seeds is 0"), (["--resume", "nowhere"], "that 'rondo compare' made"),
      (["--resume", ".", "--epochs", "3"], "leave out --epochs."),
      (["--resume", ".", "--name", "trial"], "leave out --name."),
      (["--metrics", "accuracy,dice"], "--metrics"),
    ]

    @Test func `refuses what cannot be meant, and makes nothing`() async throws {
      try await concurrently(Self.refused) { more, messages in
        let result = try compare(more.contains("--resume") ? more : flags + more)
        #expect(result.status == 2, "\(more)")
        #expect(result.messages.contains(messages), "\(result.messages)")
      }
      #expect(!FileManager.default.fileExists(atPath: directory.url("runs").path))
    }
  }
#endif
