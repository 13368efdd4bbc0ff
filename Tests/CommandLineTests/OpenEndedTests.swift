#if LIBTORCH
  import Foundation
  import Planning
  import Runs
  import TestSupport
  import Testing

  @Suite struct `An open-ended run` {
    private let directory = TemporaryDirectory()
    /// In one thread and in float32; `--warmup` is short, so that a landing is.
    private static let common = [
      "train", "--data", ".", "--batch-size", "8", "--max-lr", "0.02", "--warmup", "5",
      "--checkpoint-every", "4", "--evaluate-every", "2", "--threads", "1", "--no-flip",
      "--precision", "float32", "--no-tensorboard",
    ]
    private static let flags = common + ["--open-ended"]

    init() throws { try TinyData.write(to: directory) }

    private func folder(_ name: String) -> RunFolder { RunFolder(directory.url("runs/\(name)")) }

    private func resume(_ folder: RunFolder, _ more: [String] = []) throws -> Program.Result {
      try Program.run(["train", "--resume", folder.url.path] + more, in: directory.url)
    }

    private func land(_ folder: RunFolder) throws -> Program.Result {
      try Program.run(["land", folder.url.path], in: directory.url)
    }

    private func expectEnd(of folder: RunFolder, _ messages: String) throws {
      let plan = try #require(try RunPlan.read(from: folder))
      let landing = try #require(plan.plan.landing)
      let fifth = Double(landing.step) / 5
      #expect(abs(Double(landing.coolDown) - fifth) <= 0.5 || landing.coolDown == 1)
      let summary = try #require(try RunSummary.ofEndedRun(in: folder))
      #expect(summary.updates == landing.step + landing.coolDown)
      #expect(
        messages.contains("landing, a cool-down of \(landing.coolDown) update"), "\(messages)")
      for file in [folder.summary, folder.report] {
        #expect(FileManager.default.fileExists(atPath: file.path))
      }
      let rows = try MetricsTable.read(folder.metrics).rows.filter { $0.split == .train }
      #expect(rows.map(\.update) == Array(1...summary.updates))
    }

    @Test(arguments: [(SIGINT, "Ctrl-C"), (SIGTERM, "SIGTERM")])
    func `lands at a signal, evaluated and reported`(signal: Int32, name: String) throws {
      let running = try Program.start(Self.flags + ["--name", "run"], in: directory.url)
      let folder = folder("run-1")
      running.wait(for: 8, in: folder)
      running.send(signal)
      let result = try running.result()
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains("(\(name))"), "\(result.messages)")
      #expect(result.messages.contains("received a signal: the run lands"), "\(result.messages)")
      #expect(result.messages.contains("plan: constant learning rate 0.02 until the run lands"))
      try expectEnd(of: folder, result.messages)
      let over = try land(folder)
      #expect(over.status == 2)
      #expect(over.messages.contains("cannot land: it ended after"), "\(over.messages)")
      #expect(try resume(folder).messages.contains("--open-ended continues it"))
    }

    @Test func `is left with a checkpoint at the second signal, and lands when it is resumed`()
      throws
    {
      let running = try Program.start(Self.flags + ["--name", "run"], in: directory.url)
      let folder = folder("run-1")
      running.wait(for: 20, in: folder)
      running.send(SIGTERM)
      running.send(SIGINT)
      let result = try running.result()
      #expect([SIGINT, SIGTERM].contains(result.status), "it died of the signal")
      #expect(result.messages.contains("stopped after update"), "\(result.messages)")
      let update = try #require(folder.listCheckpoints().last?.update)
      #expect(result.messages.contains("after update \(update);"))
      #expect(!FileManager.default.fileExists(atPath: folder.summary.path))
      if try RunPlan.read(from: folder)?.isOpenEnded == true {
        let told = try land(folder)
        #expect(told.status == 0)
        #expect(
          told.messages.contains("is not trained now: 'rondo train --resume"), "\(told.messages)")
      }
      let last = try resume(folder)
      #expect(last.status == 0, "\(last.messages)")
      try expectEnd(of: folder, last.messages)
    }

    @Test func `says at a signal after its last update that it ends by itself`() throws {
      let large = TemporaryDirectory()
      try TinyData.write(to: large, test: 8192)
      let running = try Program.start(
        Self.flags.map { $0 == "2" ? "1000" : $0 } + [
          "--name", "run", "--progress", "json",
        ], in: large.url)
      let folder = RunFolder(large.url("runs/run-1"))
      running.wait(for: 4, in: folder)
      #expect(try Program.run(["land", folder.url.path]).status == 0)
      while running.isRunning, try RunPlan.read(from: folder)?.isOpenEnded == true { usleep(500) }
      let total = try #require(try RunPlan.read(from: folder)).budget.totalSteps
      let last = /"event":"update".*"update":(\d+)/
      while running.isRunning,
        !running.written.matches(of: last).contains(where: { $0.1 == "\(total)" })
      { usleep(500) }
      running.send(SIGINT)
      let result = try running.result()
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        result.messages.contains("the last update is made, and the run ends when it is evaluated"),
        "\(result.messages)")
      #expect(!result.messages.contains("lands"), "\(result.messages)")
      #expect(try RunSummary.ofEndedRun(in: folder)?.updates == total)
    }

    /// Killed at the constant rate, asked to land, killed in the cool-down, and then the same as a run of wsd
    /// that knew all of it before.
    @Test func `killed and landed ends as a run of wsd that was left alone`() throws {
      var running = try Program.start(Self.flags + ["--name", "killed"], in: directory.url)
      let killed = folder("killed-1")
      running.wait(for: 12, in: killed)
      running.kill()
      running = try Program.start(["train", "--resume", killed.url.path], in: directory.url)
      running.wait(for: 36, in: killed)
      let told = try land(killed)
      #expect(told.status == 0, "\(told.messages)")
      #expect(
        told.messages.contains("is asked to land: the process that trains it"), "\(told.messages)")
      try running.wait { try RunPlan.read(from: killed)?.isOpenEnded != true }
      let plan = try #require(try RunPlan.read(from: killed))
      let landing = try #require(plan.plan.landing)
      running.wait(for: landing.step + 4, in: killed)
      running.kill()
      #expect(try RunPlan.read(from: killed) == plan)
      let again = try land(killed)
      if try RunSummary.ofEndedRun(in: killed) == nil {
        #expect(again.status == 0 && again.messages.contains("lands already"), "\(again.messages)")
      }
      let last = try resume(killed)
      #expect(last.status == 0, "\(last.messages)")

      let total = landing.step + landing.coolDown
      let whole = try Program.run(
        Self.common + [
          "--name", "whole", "--schedule", "wsd", "--steps", "\(total)", "--cooldown",
          "\((Double(landing.coolDown) + 0.5) / Double(total))",
        ], in: directory.url)
      #expect(whole.status == 0, "\(whole.messages)")
      #expect(
        try tensorBytes(killed.newestCheckpoint) == tensorBytes(folder("whole-1").newestCheckpoint))
      func rows(_ folder: RunFolder) throws -> [MetricsRow] {
        try MetricsTable.read(folder.metrics).rows.map {
          var row = $0
          row.seconds = 0
          return row
        }
      }
      #expect(try rows(killed) == rows(folder("whole-1")))

      // And on, until it is asked to land again.
      running = try Program.start(
        ["train", "--resume", killed.url.path, "--open-ended"], in: directory.url)
      running.wait(for: total + 8, in: killed)
      running.send(SIGINT)
      let longer = try running.result()
      #expect(longer.status == 0, "\(longer.messages)")
      #expect(
        longer.messages.contains("the landing is put aside, and the run continues after update"),
        "\(longer.messages)")
      try expectEnd(of: killed, longer.messages)
      for kind in ["csv", "json", "safetensors"] {
        #expect(FileManager.default.fileExists(atPath: killed.landed(1, kind).path))
      }
    }

    private static let refused = [
      (["--epochs", "3"], "--epochs is 3.0, but must be left out with --open-ended"),
      (["--steps", "3"], "--steps is 3, but must be left out with --open-ended"),
      (["--max-minutes", "3"], "--max-minutes is 3.0, but must be left out with --open-ended"),
      (["--schedule", "cosine"], "--schedule is cosine, but must be wsd or wsd-linear"),
      (["--cooldown", "0"], "--cooldown is 0.0, but must be above 0 and below 1"),
      (["--cooldown", "1"], "--cooldown is 1.0, but must be"),
      (["--cooldown", "nan"], "--cooldown is nan, but must be"),
      (["--cooldown", "20%"], "--cooldown is 20%"),
      (["--warmup", "5%"], "--warmup is 5%, but must be in updates"),
      (["--average", "swa"], "--average is swa, but must be left out with --open-ended"),
      (["--patience", "2"], "--patience is 2, but must be left out with --open-ended"),
    ]

    @Test func `takes no other end and no other form`() async throws {
      try await concurrently(Self.refused) { more, messages in
        let result = try Program.run(
          ["train", "--data", ".", "--open-ended"] + more, in: directory.url)
        #expect(result.status == 2, "\(more)")
        #expect(result.messages.contains(messages), "\(result.messages)")
        #expect(result.messages.split(separator: "\n").count == 1, "\(result.messages)")
      }
      #expect(!FileManager.default.fileExists(atPath: directory.url("runs").path))
    }

    @Test func `is all that lands`() throws {
      let closed = try Program.run(
        Self.common.filter { !["--warmup", "5"].contains($0) } + [
          "--name", "closed", "--schedule", "constant", "--steps", "4",
        ], in: directory.url)
      #expect(closed.status == 0, "\(closed.messages)")
      for (path, messages) in [
        ("runs/closed-1", "it was not begun with --open-ended"), ("nowhere", "is not a run folder"),
      ] {
        let result = try Program.run(["land", path], in: directory.url)
        #expect(result.status == 2)
        #expect(result.messages.contains(messages), "\(result.messages)")
      }
      var result = try resume(folder("closed-1"), ["--open-ended"])
      #expect(result.status == 2)
      #expect(result.messages.contains("this run was not begun with it"), "\(result.messages)")
      let file = folder("closed-1").configuration
      let text = try String(contentsOf: file, encoding: .utf8)
      try Data((text + "open-ended: true\n").utf8).write(to: file)
      try Data("{\"version\": 99}".utf8).write(to: folder("closed-1").plan)
      result = try land(folder("closed-1"))
      #expect(result.status == 2)
      #expect(result.messages.contains("one of another version cannot be read"), "\(result.messages)")
      let alone = try Program.run(["train", "--data", ".", "--cooldown", "0.3"], in: directory.url)
      #expect(alone.status == 2)
      #expect(alone.messages.contains("left out without --open-ended or --schedule wsd"))
    }
  }
#endif
