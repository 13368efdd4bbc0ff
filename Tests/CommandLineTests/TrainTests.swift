#if LIBTORCH
  import Foundation
  import Planning
  import Randomness
  import Runs
  import Testing

  /// A table's lines without their last cell, which is the time.
  private func timeless(_ folder: RunFolder) throws -> [Substring] {
    try String(contentsOf: folder.metrics, encoding: .utf8).split(separator: "\n")
      .map { $0[..<($0.lastIndex(of: ",") ?? $0.endIndex)] }
  }

  @Suite struct `The train command` {
    private let place = Place()
    /// In float32, so that runs that diverge do so at the same update on every processor.
    private static let flags = [
      "train", "--data", ".", "--batch-size", "8", "--base-lr", "0.01", "--max-lr", "0.05",
      "--schedule", "triangular", "--step-size", "15", "--checkpoint-every", "8", "--threads", "1",
      "--no-flip", "--precision", "float32",
    ]

    init() throws { try TinyData.write(to: place) }

    private func folder(_ name: String) -> RunFolder { RunFolder(place.url("runs/\(name)")) }

    @discardableResult
    private func train(_ name: String, _ more: [String]) throws -> RunFolder {
      let result = try Program.run(Self.flags + ["--name", name] + more, in: place.url)
      #expect(result.status == 0, "\(result.words)")
      return folder(name + "-1")
    }

    private func resume(
      _ folder: RunFolder, largestFile: Int? = nil
    ) throws -> Program.Result {
      try Program.run(
        ["train", "--resume", folder.url.path], in: place.url, largestFile: largestFile)
    }

    @Test func `leaves a folder with everything, which evaluates to the same metrics`() throws {
      let result = try Program.run(
        Self.flags + ["--steps", "60", "--format", "json"], in: place.url)
      #expect(result.status == 0, "\(result.words)")
      let folder = try #require(
        try FileManager.default.contentsOfDirectory(
          at: place.url("runs"), includingPropertiesForKeys: nil
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
      let judged = try Program.run(
        ["evaluate", folder.url.path, "--format", "json"], in: place.url)
      let evaluation = try #require(
        try JSONSerialization.jsonObject(with: Data(judged.output.utf8)) as? [String: Any])
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
      let result = try Program.run(open + ["--steps", "30", "--name", "found"], in: place.url)
      #expect(result.status == 0, "\(result.words)")
      let line = try #require(
        result.words.split(separator: "\n").first { $0.hasPrefix("as flags: ") })
      let pasted = line.dropFirst("as flags: ".count).split(separator: " ").map(String.init)
      let again = try Program.run(
        [
          "train", "--data", ".", "--checkpoint-every", "8", "--threads", "1", "--no-flip",
          "--name", "pasted",
        ] + pasted, in: place.url)
      #expect(again.status == 0, "\(again.words)")
      #expect(try timeless(folder("pasted-1")) == timeless(folder("found-1")))
      #expect(
        try tensorBytes(folder("pasted-1").newestCheckpoint)
          == tensorBytes(folder("found-1").newestCheckpoint))
    }

    @Test func `is repeated by its own configuration file`() throws {
      let first = try train("first", ["--steps", "20"])
      let result = try Program.run(
        ["train", "--config", first.configuration.path, "--name", "second"], in: place.url)
      #expect(result.status == 0, "\(result.words)")
      #expect(
        try tensorBytes(folder("second-1").newestCheckpoint) == tensorBytes(first.newestCheckpoint))
    }

    /// The short form of `make kill-test`.
    @Test func `killed at random moments and resumed ends as if it had been left alone`() throws {
      let steps = ["--steps", "240"]
      let whole = try train("whole", steps)
      var running = try Program.start(Self.flags + ["--name", "killed"] + steps, in: place.url)
      let killed = folder("killed-1")
      var kills = 0
      while kills < 5 {
        usleep(UInt32.random(in: 300_000...900_000))
        guard running.isRunning else { break }
        running.kill()
        kills += 1
        // Killed before its folder was a run's, there is nothing to resume yet.
        let isRun = FileManager.default.fileExists(atPath: killed.configuration.path)
        running = try Program.start(
          isRun
            ? ["train", "--resume", killed.url.path] : Self.flags + ["--name", "killed"] + steps,
          in: place.url)
      }
      let result = try running.result()
      #expect(result.status == 0, "\(result.words)")
      #expect(kills > 0)
      #expect(try tensorBytes(killed.newestCheckpoint) == tensorBytes(whole.newestCheckpoint))
      #expect(try timeless(killed) == timeless(whole))
    }

    @Test func `with a full disk keeps the last checkpoint, and continues when there is room`()
      throws
    {
      let whole = try train("whole", ["--steps", "40"])
      let running = try Program.start(
        Self.flags + ["--name", "full", "--steps", "40"], in: place.url)
      let full = folder("full-1")
      while full.newestCheckpoint == nil, running.isRunning { usleep(1_000) }
      running.kill()
      let kept = try #require(full.newestCheckpoint)
      let before = try Data(contentsOf: kept)
      let result = try resume(full, largestFile: 1000)
      #expect(result.status == 1, "\(result.words)")
      #expect(result.words.contains("free space"), "\(result.words)")
      #expect(full.newestCheckpoint == kept)
      #expect(try Data(contentsOf: kept) == before)
      #expect(try resume(full).status == 0)
      #expect(try tensorBytes(full.newestCheckpoint) == tensorBytes(whole.newestCheckpoint))
      #expect(try timeless(full) == timeless(whole))
    }

    @Test func `does not resume a checkpoint that is cut short, nor another model's`() throws {
      let folder = try train("run", ["--steps", "20"])
      let checkpoint = try #require(folder.newestCheckpoint)
      let whole = try Data(contentsOf: checkpoint)
      try whole.dropLast(1000).write(to: checkpoint)
      let before = try contents(of: folder.url)
      var result = try resume(folder)
      #expect(result.status == 2)
      #expect(result.words.contains("the file has only"), "\(result.words)")
      #expect(try contents(of: folder.url) == before)
      // Nor is the plan changed then, which a second try would change twice.
      result = try Program.run(
        ["train", "--resume", folder.url.path, "--extend-cycles", "1"], in: place.url)
      #expect(result.status == 2)
      #expect(try contents(of: folder.url) == before)

      try whole.write(to: checkpoint)
      let text = try String(contentsOf: folder.configuration, encoding: .utf8)
      try Data(text.replacing("resnet-11", with: "resnet-20").utf8).write(to: folder.configuration)
      result = try resume(folder)
      #expect(result.status == 2)
      #expect(
        result.words.contains("has model: resnet-20, and the run was planned with resnet-11"),
        "\(result.words)")
      #expect(try Data(contentsOf: checkpoint) == whole)
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
        in: place.url)
      #expect(result.status == 0, "\(result.words)")
      #expect(result.words.contains("plan: group head (fc): 2 times the rate"), "\(result.words)")
      #expect(result.words.contains("plan: group stem (conv1, bn1): frozen"), "\(result.words)")
    }

    @Test func `finds the range of a group while the others rest`() throws {
      let test = ["find-lr", "--data", ".", "--batch-size", "8", "--group", "head=fc:1"]
      let result = try Program.run(test + ["--sweep-group", "head"], in: place.url)
      #expect(result.status == 0, "\(result.words)")
      let whole = try Program.run(test, in: place.url)
      #expect(result.output != whole.output)
      let wrong = try Program.run(test + ["--sweep-group", "haed"], in: place.url)
      #expect(wrong.status == 2)
      #expect(wrong.words.contains("did you mean 'head'?"), "\(wrong.words)")
      let metric = try Program.run(test + ["--range-test-on", "accuracy"], in: place.url)
      #expect(
        metric.words.contains("range test: accuracy on 8 evaluation images after each update"),
        "\(metric.words)")
      #expect(metric.output != whole.output)
      let term = try Program.run(test + ["--curve-of", "dice"], in: place.url)
      #expect(term.status == 2)
      #expect(term.words.contains("this task's loss has no terms"), "\(term.words)")
      let alone = try Program.run(test + ["--others-lr", "0.1"], in: place.url)
      #expect(alone.status == 2)
      #expect(alone.words.contains("needs --sweep-group"), "\(alone.words)")
    }

    @Test func `plans so many minutes, and prints them as updates`() throws {
      let running = try Program.start(
        Self.flags.filter { !["--step-size", "15", "--schedule", "triangular"].contains($0) }
          + ["--minutes", "60", "--name", "timed"], in: place.url)
      let timed = folder("timed-1")
      while timed.newestCheckpoint == nil, running.isRunning { usleep(1_000) }
      #expect(running.isRunning)
      running.kill()
      let words = try running.result().words
      #expect(words.contains(" s per update, "), "\(words)")
      let configuration = try String(contentsOf: timed.configuration, encoding: .utf8)
      let steps = try #require(configuration.firstMatch(of: /\nsteps: (\d+)\n/)).1
      #expect(words.contains("--steps \(steps) "), "\(words)")
      #expect(try #require(Int(steps)) > 100)
    }

    @Test func `continues by another cycle than planned, and keeps the reason`() throws {
      let folder = try train("run", ["--steps", "60"])
      let before = try timeless(folder)
      let result = try Program.run(
        [
          "train", "--resume", folder.url.path, "--extend-cycles", "1", "--reason",
          "still improving",
        ], in: place.url)
      #expect(result.status == 0, "\(result.words)")
      #expect(result.words.contains("plan before: 60 updates; after: 90 updates"))
      #expect(
        result.words.contains("changed after update 60: one cycle added (still improving)"),
        "\(result.words)")
      #expect(folder.newestCheckpoint == folder.checkpoint(at: 90))
      #expect(try timeless(folder).prefix(before.count) == before[...])
      // A run of three cycles from the start has the same weights: nothing was rescaled.
      let whole = try train("whole", ["--steps", "90"])
      #expect(try tensorBytes(folder.newestCheckpoint) == tensorBytes(whole.newestCheckpoint))
      #expect(try String(contentsOf: folder.report, encoding: .utf8).contains("still improving"))
    }

    @Test func `takes other bounds from its newest checkpoint on, without a jump`() throws {
      let folder = try train("run", ["--steps", "40"])
      let result = try Program.run(
        [
          "train", "--resume", folder.url.path, "--new-base-lr", "0.005", "--new-max-lr", "0.02",
        ], in: place.url)
      #expect(result.status == 0, "\(result.words)")
      let more = try Program.run(
        ["train", "--resume", folder.url.path, "--extend-cycles", "2"], in: place.url)
      #expect(more.status == 0, "\(more.words)")
      #expect(folder.newestCheckpoint == folder.checkpoint(at: 90), "troughs at 60 and 90")
      #expect(more.words.contains("plan: learning rate from 0.005 to 0.05"), "\(more.words)")
      #expect(more.words.contains("plan: 3 cycles, changed during the run"), "\(more.words)")
      #expect(more.words.contains("as flags, before it was changed: --schedule"))
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
    func `refuses a change of plan that cannot be meant`(arguments: [String], words: String) throws
    {
      let result = try Program.run(["train"] + arguments, in: place.url)
      #expect(result.status == 2)
      #expect(result.words.contains(words), "\(result.words)")
    }

    @Test func `says that it diverged, or takes itself back as often as that may help`() throws {
      let steep = Self.flags + ["--steps", "60", "--max-lr", "1e12"]
      var result = try Program.run(steep + ["--name", "said"], in: place.url)
      #expect(result.status == 1, "\(result.words)")
      #expect(result.words.contains("rondo: The loss became nan at update"), "\(result.words)")
      #expect(result.words.contains("or have --watch act do it"), "\(result.words)")
      result = try Program.run(steep + ["--name", "acted", "--watch", "act"], in: place.url)
      #expect(result.status == 1, "\(result.words)")
      for time in 1...3 {
        #expect(result.words.contains("(time \(time) of at most 3)"), "\(result.words)")
      }
      #expect(result.words.contains("after it was rolled back 3 times"), "\(result.words)")
      let acted = folder("acted-1")
      #expect(try acted.readDivergedRows().count == 3)
      #expect(try Program.run(["report", acted.url.path], in: place.url).status == 0)
      let page = try String(contentsOf: acted.report, encoding: .utf8)
      #expect(page.components(separatedBy: "Changed after update 0: rolled back").count == 4)
    }

    /// Kills and resumes a run at moments that follow from a seed: as soon as it has a checkpoint of so many
    /// updates, and a little later.
    private func kill(
      _ name: String, _ arguments: [String], updates: Int, times: Int, seed: UInt64
    ) throws -> (result: Program.Result, moments: [Int]) {
      var stream = RandomStream(seed: seed, for: .order)
      let killed = folder(name + "-1")
      var running = try Program.start(arguments + ["--name", name], in: place.url)
      var moments: [Int] = []
      for _ in 0..<times {
        let moment = Int.random(in: 1..<updates, using: &stream)
        let wait = UInt32.random(in: 0..<30_000, using: &stream)
        moments.append(moment)
        while running.isRunning, (killed.listCheckpoints().last?.update ?? 0) < moment {
          usleep(500)
        }
        usleep(wait)
        guard running.isRunning,
          FileManager.default.fileExists(atPath: killed.configuration.path)
        else { continue }
        running.kill()
        running = try Program.start(["train", "--resume", killed.url.path], in: place.url)
      }
      return (try running.result(), moments)
    }

    /// Taken back once by itself, and killed before, amid and after that.
    ///
    /// Weights that a decay of 1 shrinks by more than all that they are at any rate above
    /// 2 (1 + m) / (1 + 2 m) = 1.4, with Nesterov's momentum of m = 0.85: at rates up to 4 they grow
    /// without end on every processor, whatever the images are. Taken back it bears a third of the rate at
    /// which it was lost.
    @Test(arguments: [1] as [UInt64])
    func `takes itself back and is killed, and ends as if it had been left alone`(
      seed: UInt64
    ) throws {
      let steep =
        Self.flags + [
          "--steps", "120", "--step-size", "20", "--max-lr", "4", "--weight-decay", "1", "--watch",
          "act",
        ]
      let result = try Program.run(steep + ["--name", "whole"], in: place.url)
      let expected = "watch: rolled back to update 0, from where the upper bound is"
      #expect(result.words.contains(expected))
      let (whole, killed) = (folder("whole-1"), folder("killed-1"))
      let (last, moments) = try kill("killed", steep, updates: 120, times: 3, seed: seed)
      let told = Comment(rawValue: "killed at \(moments), by seed \(seed): \(last.words)")
      #expect(last.status == result.status, told)
      #expect(try tensorBytes(killed.newestCheckpoint) == tensorBytes(whole.newestCheckpoint), told)
      #expect(try timeless(killed) == timeless(whole), told)
      #expect(try Data(contentsOf: killed.plan) == Data(contentsOf: whole.plan), told)
      #expect(try killed.readDivergedRows().count == whole.readDivergedRows().count, told)
    }

    /// Mixing, blocks that are passed by, real augmentation, several batches to an update of which an
    /// epoch leaves two over, and the mean of the cycles' ends.
    @Test(arguments: [3] as [UInt64])
    func `with everything random at once is killed, and ends as if it had been left alone`(
      seed: UInt64
    ) throws {
      let random = [
        "train", "--data", ".", "--model", "resnet-20", "--batch-size", "12", "--accumulate",
        "3", "--steps", "24", "--schedule", "triangular", "--step-size", "3", "--base-lr", "0.01",
        "--max-lr", "0.05", "--checkpoint-every", "4", "--threads", "2", "--precision", "float32",
        "--stochastic-depth", "0.2", "--mixup", "0.4", "--cutmix", "1", "--crop-padding", "2",
        "--rand-augment", "1,5", "--cutout", "3", "--average", "swa",
      ]
      let result = try Program.run(random + ["--name", "whole"], in: place.url)
      #expect(result.status == 0, "\(result.words)")
      #expect(
        result.words.contains("24 updates of 36 images in 3 batches, the last of an epoch of 24"),
        "\(result.words)")
      let (whole, killed) = (folder("whole-1"), folder("killed-1"))
      let (last, moments) = try kill("killed", random, updates: 24, times: 2, seed: seed)
      let told = Comment(rawValue: "killed at \(moments), by seed \(seed): \(last.words)")
      #expect(last.status == 0, told)
      #expect(try tensorBytes(killed.newestCheckpoint) == tensorBytes(whole.newestCheckpoint), told)
      #expect(try timeless(killed) == timeless(whole), told)
    }

    @Test func `that is over says so, and changes nothing`() throws {
      let run = try train("run", ["--steps", "20"])
      let before = try contents(of: run.url)
      let lock = try Data(contentsOf: run.url.appendingPathComponent(".lock"))
      var result = try resume(run)
      #expect(result.status == 0, "\(result.words)")
      #expect(
        result.words.contains("this run is finished after 20 updates"), "\(result.words)")
      #expect(try contents(of: run.url) == before)
      #expect(try Data(contentsOf: run.url.appendingPathComponent(".lock")) == lock)
      // But for a report that is missing.
      try FileManager.default.removeItem(at: run.report)
      result = try Program.run(
        ["train", "--resume", run.url.path, "--format", "json"], in: place.url)
      #expect(result.status == 0, "\(result.words)")
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
          ["train", "--resume", run.url.path, "--extend-cycles", "1"], in: place.url)
        #expect(result.words.contains("after: \(end) updates"), "\(result.words)")
      }
      let last = try Program.run(
        [
          "train", "--resume", run.url.path, "--extend-cycles", "1", "--new-base-lr", "0.002",
          "--new-max-lr", "0.01",
        ], in: place.url)
      #expect(last.status == 0, "\(last.words)")
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
      let run = try train("run", ["--steps", "16", "--schedule", schedule])
      let before = try contents(of: run.url)
      let result = try Program.run(
        ["train", "--resume", run.url.path, "--extend-cycles", "1"], in: place.url)
      #expect(result.status == 2)
      #expect(
        result.words.contains("has no cycles to add"),
        "\(result.words)")
      #expect(result.words.contains("--floor-steps"))
      #expect(try contents(of: run.url) == before)
    }

    @Test func `leaves a folder to the process that works in it`() throws {
      let running = try Program.start(
        Self.flags + ["--name", "busy", "--steps", "100000"], in: place.url)
      defer { running.kill() }
      let busy = folder("busy-1")
      while busy.newestCheckpoint == nil, running.isRunning { usleep(1_000) }
      let result = try resume(busy)
      #expect(result.status == 2)
      #expect(result.words.contains("in use by another process"), "\(result.words)")
      #expect(running.isRunning)
    }
  }
#endif
