#if LIBTORCH
  import Foundation
  import Planning
  import Runs
  import Testing

  /// Runs that came to their end, or whose plan is changed.
  @Suite final class `A run that is to go on`: TrainRuns {
    @Test func `continues by another cycle than planned, and keeps the reason`() throws {
      let short = ["--step-size", "5"]
      let folder = try train("run", short + ["--steps", "20"])
      let before = try timeless(folder)
      let result = try Program.run(
        [
          "train", "--resume", folder.url.path, "--extend-cycles", "1", "--reason",
          "still improving",
        ], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains("plan before: 20 updates; after: 30 updates"))
      #expect(
        result.messages.contains("changed after update 20: one cycle added (still improving)"),
        "\(result.messages)")
      #expect(folder.newestCheckpoint == folder.checkpoint(at: 30))
      #expect(result.messages.contains("plan: over 30 updates"), "\(result.messages)")
      for line in result.messages.split(separator: "\n") where line.contains("20 updates") {
        #expect(line.contains("when it was planned: ") || line.hasPrefix("plan before: "), "\(line)")
      }
      for (flags, named) in [
        (["--steps", "10"], "leave out --steps (--extend-cycles N"),
        (["--batch-size", "4"], "leave out --batch-size."),
        (["--epochs", "2", "--name", "x"], "leave out --epochs, --name ("),
      ] {
        let refused = try Program.run(["train", "--resume", folder.url.path] + flags, in: directory.url)
        #expect(refused.status == 2)
        #expect(refused.messages.contains(named), "\(refused.messages)")
        #expect(refused.messages.hasSuffix("  See 'rondo train --help'.\n"), "\(refused.messages)")
      }
      #expect(try timeless(folder).prefix(before.count) == before[...])
      // A run of three cycles from the start has the same weights: nothing was rescaled.
      let whole = try train("whole", short + ["--steps", "30"])
      #expect(try tensorBytes(folder.newestCheckpoint) == tensorBytes(whole.newestCheckpoint))
      #expect(try String(contentsOf: folder.report, encoding: .utf8).contains("still improving"))
    }

    @Test func `takes other bounds from its newest checkpoint on, without a jump`() throws {
      let folder = try train("run", ["--steps", "40"])
      let result = try Program.run(
        [
          "train", "--resume", folder.url.path, "--new-base-lr", "0.005", "--new-max-lr", "0.02",
        ], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      let more = try Program.run(
        ["train", "--resume", folder.url.path, "--extend-cycles", "2"], in: directory.url)
      #expect(more.status == 0, "\(more.messages)")
      #expect(folder.newestCheckpoint == folder.checkpoint(at: 90), "troughs at 60 and 90")
      #expect(more.messages.contains("plan: learning rate from 0.005 to 0.05"), "\(more.messages)")
      #expect(more.messages.contains("plan: 3 cycles, changed during the run"), "\(more.messages)")
      #expect(more.messages.contains("as flags, before it was changed: --schedule"))
      let rates = try MetricsTable.read(folder.metrics).rows.compactMap(\.learningRate)
      #expect(rates.count == 90)
      // It rose at update 40, and comes to the new peak at 45 in a straight line.
      #expect(rates[40] == rates[31..<41].max())
      #expect(rates[45...].max() == 0.02)
      // No update is further from the last than the old cycle's own were: 0.04 / 15.
      for (one, next) in zip(rates, rates.dropFirst()) { #expect(abs(next - one) < 0.0034) }
    }

    @Test(arguments: [
      (["--extend-cycles", "1"], "name it with --resume"),
      (["--resume", "run", "--reason", "why"], "needs a change of plan"),
      (["--resume", "run", "--new-max-lr", "1"], "are given together"),
      (["--resume", "run", "--extend-cycles", "1", "--floor-steps", "5"], "One change of plan"),
    ])
    func `refuses a change of plan that cannot be meant`(arguments: [String], messages: String)
      throws
    {
      let result = try Program.run(["train"] + arguments, in: directory.url)
      #expect(result.status == 2)
      #expect(result.messages.contains(messages), "\(result.messages)")
    }

    @Test func `that is over says so, and changes nothing`() throws {
      let run = try train("run", ["--steps", "20"])
      let before = try contents(of: run.url)
      let lock = try Data(contentsOf: run.url.appendingPathComponent(".lock"))
      var result = try resume(run)
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        result.messages.contains("this run is finished after 20 updates"), "\(result.messages)")
      #expect(try contents(of: run.url) == before)
      #expect(try Data(contentsOf: run.url.appendingPathComponent(".lock")) == lock)
      // But for a report that is missing.
      try FileManager.default.removeItem(at: run.report)
      result = try Program.run(
        ["train", "--resume", run.url.path, "--format", "json"], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      let summary = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
      #expect((summary as? [String: Any])?["updates"] as? Int == 20)
      #expect(try contents(of: run.url).keys.sorted() == before.keys.sorted())
      // Killed before its summary it is evaluated again, and keeps its speed.
      let speed = try #require(try RunSummary.read(from: run)).imagesPerSecond
      try FileManager.default.removeItem(at: run.summary)
      #expect(try resume(run).status == 0)
      let again = try #require(try RunSummary.read(from: run))
      #expect(again.imagesPerSecond > 0 && speed > 0)
      #expect(again.updates == 20)
    }

    @Test func `is made longer as often as is wished, by one-cycle of its own length`() throws {
      let run = try train("run", ["--steps", "20", "--schedule", "one-cycle", "--step-size", "5"])
      for end in [40, 60] {
        let result = try Program.run(
          ["train", "--resume", run.url.path, "--extend-cycles", "1"], in: directory.url)
        #expect(result.messages.contains("after: \(end) updates"), "\(result.messages)")
      }
      let last = try Program.run(
        [
          "train", "--resume", run.url.path, "--extend-cycles", "1", "--new-base-lr", "0.002",
          "--new-max-lr", "0.01",
        ], in: directory.url)
      #expect(last.status == 0, "\(last.messages)")
      let rates = try MetricsTable.read(run.metrics).rows.compactMap(\.learningRate)
      #expect(rates.count == 80)
      #expect(Array(rates[20..<40]) == Array(rates[0..<20]))
      #expect(Array(rates[40..<60]) == Array(rates[0..<20]))
      for (one, other) in zip(rates[60..<80], rates[0..<20]) {
        #expect(abs(one - other / 5) < 1e-12)
      }
    }

    @Test(arguments: ["constant", "step-decay", "cosine"])
    func `without cycles cannot be made longer by them, and says what can be done`(
      schedule: String
    ) throws {
      var others: Set = ["--step-size", "15", "--schedule", "triangular"]
      // A cosine has a lower bound.
      if schedule != "cosine" { others.formUnion(["--base-lr", "0.01"]) }
      let flags = Self.flags.filter { !others.contains($0) }
      let trained = try Program.run(
        flags + ["--name", "run", "--steps", "16", "--schedule", schedule], in: directory.url)
      #expect(trained.status == 0, "\(trained.messages)")
      let run = folder("run-1")
      let before = try contents(of: run.url)
      let result = try Program.run(
        ["train", "--resume", run.url.path, "--extend-cycles", "1"], in: directory.url)
      #expect(result.status == 2)
      #expect(
        result.messages.contains("has no cycles to add"),
        "\(result.messages)")
      #expect(result.messages.contains("--floor-steps"))
      #expect(try contents(of: run.url) == before)
    }
  }
#endif
