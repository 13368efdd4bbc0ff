#if LIBTORCH
  import Foundation
  import Planning
  import Runs
  import Testing

  /// `rondo train` from its beginning to its end.
  @Suite final class `The train command`: TrainRuns {
    @Test func `leaves a folder with everything, which evaluates to the same metrics`() throws {
      let result = try Program.run(
        Self.flags + ["--steps", "60", "--format", "json"], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      let folder = try #require(
        try FileManager.default.contentsOfDirectory(
          at: directory.url("runs"), includingPropertiesForKeys: nil
        ).first.map(RunFolder.init))
      for file in [
        folder.configuration, folder.plan, folder.metrics, folder.summary, folder.report,
      ] {
        #expect(FileManager.default.fileExists(atPath: file.path), "\(file.path)")
      }
      #expect(folder.newestCheckpoint == folder.checkpoint(at: 60))
      let summary = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let final = try #require(summary["final"] as? [String: Double])
      #expect(try #require(final["accuracy"]) > 0.9, "a bright quarter is soon learned")
      let evaluated = try Program.run(
        ["evaluate", folder.url.path, "--format", "json"], in: directory.url)
      let evaluation = try #require(
        try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
      let values = try #require(evaluation["values"] as? [String: Double])
      #expect(values["accuracy"] == final["accuracy"])
      #expect(values["balanced_accuracy"] == final["balanced_accuracy"])
      let row = try MetricsTable.read(folder.metrics)
      #expect(row.columns == ["accuracy", "balanced_accuracy"])
      #expect(row.rows.last?.values == row.columns.map { final[$0] })
      let loss = try #require(values["loss"])
      #expect(abs(loss - (final["loss"] ?? .nan)) < 1e-6, "summed in another precision")
      #expect(evaluation["images"] as? Int == 16)
    }

    @Test func `is written down for TensorBoard, unless that is turned off`() throws {
      func eventFiles(_ folder: RunFolder) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
          .count { $0.hasPrefix("events.out.tfevents.") }
      }
      #expect(try eventFiles(train("with", ["--steps", "2"])) == 1)
      #expect(try eventFiles(train("without", ["--steps", "2", "--no-tensorboard"])) == 0)
    }

    @Test func `finds its range itself, and prints it as flags that give the same run`() throws {
      var open = Self.flags
      open.removeSubrange(5..<9)
      let result = try Program.run(open + ["--steps", "30", "--name", "found"], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      let line = try #require(
        result.messages.split(separator: "\n").first { $0.hasPrefix("as flags: ") })
      let pasted = line.dropFirst("as flags: ".count).split(separator: " ").map(String.init)
      let again = try Program.run(
        [
          "train", "--data", ".", "--checkpoint-every", "8", "--threads", "1", "--no-flip",
          "--name", "pasted",
        ] + pasted, in: directory.url)
      #expect(again.status == 0, "\(again.messages)")
      #expect(try timeless(folder("pasted-1")) == timeless(folder("found-1")))
      #expect(
        try tensorBytes(folder("pasted-1").newestCheckpoint)
          == tensorBytes(folder("found-1").newestCheckpoint))
    }

    @Test func `is repeated by its own configuration file`() throws {
      let first = try train("first", ["--steps", "20"])
      let result = try Program.run(
        ["train", "--config", first.configuration.path, "--name", "second"], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        try tensorBytes(folder("second-1").newestCheckpoint) == tensorBytes(first.newestCheckpoint))
    }

    @Test func `takes several batches to an update, and counts them as one`() throws {
      let folder = try train("run", ["--steps", "30", "--batch-size", "4", "--accumulate", "2"])
      let rows = try MetricsTable.read(folder.metrics).rows
      // 64 images, 8 to an update: an epoch is 8 updates.
      #expect(rows.filter { $0.split == .train }.map(\.epoch) == (0..<30).map { $0 / 8 })
      #expect(try #require(rows.last?.values.first ?? nil) > 0.9)
    }

    @Test func `gives groups of parameters rates of their own, and says so`() throws {
      let result = try Program.run(
        Self.flags + ["--steps", "30", "--group", "head=fc:2", "--group", "stem=conv1,bn1:0"],
        in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        result.messages.contains("plan: group head (fc): 2 times the rate"), "\(result.messages)")
      #expect(
        result.messages.contains("plan: group stem (conv1, bn1): frozen"), "\(result.messages)")
    }

    @Test func `finds the range of a group while the others rest`() throws {
      let test = ["find-lr", "--data", ".", "--batch-size", "8", "--group", "head=fc:1"]
      let result = try Program.run(test + ["--sweep-group", "head"], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      let whole = try Program.run(test, in: directory.url)
      #expect(result.output != whole.output)
      let wrong = try Program.run(test + ["--sweep-group", "haed"], in: directory.url)
      #expect(wrong.status == 2)
      #expect(wrong.messages.contains("did you mean 'head'?"), "\(wrong.messages)")
      let metric = try Program.run(test + ["--range-test-on", "accuracy"], in: directory.url)
      #expect(
        metric.messages.contains("range test: accuracy on 8 evaluation images after each update"),
        "\(metric.messages)")
      #expect(metric.output != whole.output)
      let term = try Program.run(test + ["--curve-of", "dice"], in: directory.url)
      #expect(term.status == 2)
      #expect(term.messages.contains("this task's loss has no terms"), "\(term.messages)")
      let alone = try Program.run(test + ["--others-lr", "0.1"], in: directory.url)
      #expect(alone.status == 2)
      #expect(alone.messages.contains("needs --sweep-group"), "\(alone.messages)")
    }

    @Test func `plans so many minutes, and prints them as updates`() throws {
      let running = try Program.start(
        Self.flags.filter { !["--step-size", "15", "--schedule", "triangular"].contains($0) }
          + ["--minutes", "60", "--name", "timed"], in: directory.url)
      let timed = folder("timed-1")
      running.wait(in: timed)
      #expect(running.isRunning)
      running.kill()
      let messages = try running.result().messages
      #expect(messages.contains(" s per update, "), "\(messages)")
      let configuration = try String(contentsOf: timed.configuration, encoding: .utf8)
      let steps = try #require(configuration.firstMatch(of: /\nsteps: (\d+)\n/)).1
      #expect(messages.contains("--steps \(steps) "), "\(messages)")
      #expect(try #require(Int(steps)) > 100)
    }

    @Test func `says that it diverged, or takes itself back to a rate that such runs take`() throws {
      let steep = Self.flags + ["--steps", "60", "--max-lr", "1e12"]
      var result = try Program.run(steep + ["--name", "said"], in: directory.url)
      #expect(result.status == 1, "\(result.messages)")
      #expect(
        result.messages.contains("rondo: The loss became nan at update"), "\(result.messages)")
      #expect(result.messages.contains("or have --watch act do it"), "\(result.messages)")
      result = try Program.run(steep + ["--name", "acted", "--watch", "act"], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains("(rollback 1 of at most 3)"), "\(result.messages)")
      let acted = folder("acted-1")
      #expect(try acted.readDivergedRows().count == 1)
      #expect(try Program.run(["report", acted.url.path], in: directory.url).status == 0)
      let page = try String(contentsOf: acted.report, encoding: .utf8)
      #expect(page.components(separatedBy: "Changed after update 0: rolled back").count == 2)
    }
  }
#endif
