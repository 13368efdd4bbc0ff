#if LIBTORCH
  import Foundation
  import Planning
  import Runs
  import TestSupport
  import Testing

  @Suite struct `A run that is asked to stop` {
    private let directory = TemporaryDirectory()

    init() throws { try TinyData.write(to: directory) }

    @Test func `stops at its next trough, saved, and goes on when it is resumed`() throws {
      let flags = [
        "train", "--data", ".", "--batch-size", "8", "--base-lr", "0.001", "--max-lr", "0.01",
        "--schedule", "triangular", "--step-size", "10", "--steps", "2000", "--threads", "1",
        "--watch", "off", "--precision", "float32", "--no-tensorboard", "--name", "run",
      ]
      let running = try Program.start(flags, in: directory.url)
      let folder = RunFolder(directory.url("runs/run-1"))
      running.wait(in: folder)
      let told = try Program.run(["stop", folder.url.path], in: directory.url)
      #expect(told.status == 0 && told.messages.contains("is asked to stop after update"))
      let result = try running.result()
      #expect(result.status == 0, "\(result.messages)")
      let update = try #require(folder.listCheckpoints().last?.update)
      #expect(update % 20 == 0 && update < 2_000, "a trough, and not the end")
      #expect(result.messages.contains("stopped after update \(update); --resume"))
      #expect(!folder.stopRequest.exists)
      for file in [folder.report, folder.metrics] {
        #expect(FileManager.default.fileExists(atPath: file.path))
      }
      let again = try Program.run(["stop", folder.url.path], in: directory.url)
      #expect(again.status == 2 && again.messages.contains("no process trains it now"))
      // A request of an earlier session stops no later one; SIGTERM ends what would take long.
      try folder.stopRequest.post()
      let resumed = try Program.start(["train", "--resume", folder.url.path], in: directory.url)
      resumed.wait(for: update + 20, in: folder)
      #expect(resumed.isRunning && !folder.stopRequest.exists)
      resumed.kill()
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func `by SIGTERM, Ctrl-C or a closed terminal saves its last update, and goes on when it is resumed`(
      number: Int32
    ) throws {
      let running = try Program.start(
        [
          "train", "--data", ".", "--batch-size", "8", "--max-lr", "0.01", "--steps", "100000", "--threads", "1",
          "--watch", "off", "--checkpoint-every", "100000", "--no-tensorboard", "--name", "ended",
        ], in: directory.url)
      let folder = RunFolder(directory.url("runs/ended-1"))
      running.wait { ((try? Data(contentsOf: folder.metrics).count) ?? 0) > 1000 }
      running.send(number)
      let result = try running.result()
      #expect(result.status == number, "\(result.messages)")
      let update = try #require(folder.listCheckpoints().last?.update, "\(result.messages)")
      #expect(update > 0 && result.messages.contains("stopped after update \(update); --resume runs/ended-1"))
      let resumed = try Program.start(["train", "--resume", folder.url.path], in: directory.url)
      resumed.wait { resumed.said.contains("after update \(update)") }
      #expect(resumed.isRunning)
      resumed.kill()
    }

    @Test func `goes on under nohup when its terminal is closed`() throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = [
        "-c", #"trap '' HUP; exec "$0" "$@""#, Program.path, "train", "--data", ".", "--batch-size", "8", "--max-lr",
        "0.01", "--steps", "100000", "--threads", "1", "--watch", "off", "--no-tensorboard", "--name", "kept",
      ]
      process.currentDirectoryURL = directory.url
      process.environment = Program.environment
      let running = try Running(starting: process)
      let metrics = RunFolder(directory.url("runs/kept-1")).metrics
      func size() -> Int { (try? Data(contentsOf: metrics).count) ?? 0 }
      running.wait { size() > 1000 }
      running.send(SIGHUP)
      let before = size()
      running.wait { size() > before + 10_000 }
      #expect(running.isRunning, "\(running.said)")
      running.kill()
    }

    @Test func `reports events to a program, a line each`() throws {
      let result = try Program.run(
        [
          "train", "--data", ".", "--batch-size", "8", "--max-lr", "0.01", "--steps", "4",
          "--threads", "1", "--no-tensorboard", "--progress", "json",
        ], in: directory.url)
      #expect(result.status == 0 && result.messages.isEmpty, "\(result.messages)")
      let events = try result.output.split(separator: "\n").map {
        try #require(
          try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      }
      #expect(events.first?["event"] as? String == "run")
      #expect(events.last?["event"] as? String == "end")
      let last = events.last { $0["event"] as? String == "update" }
      #expect(last?["update"] as? Int == 4 && last?["total"] as? Int == 4)
      #expect(events.contains { $0["event"] as? String == "evaluation" })
      // One that has ended says so once more.
      let folder = try #require(events.first?["folder"] as? String)
      let over = try Program.run(
        ["train", "--resume", folder, "--progress", "json"], in: directory.url)
      let end =
        try JSONSerialization.jsonObject(with: Data(over.output.utf8)) as? [String: Any]
      #expect(over.status == 0 && end?["event"] as? String == "end", "\(over.output)")
      #expect(end?["updates"] as? Int == 4)
    }

    @Test func `says nothing but what went wrong where it is to be quiet`() throws {
      let flags = ["train", "--data", ".", "--batch-size", "8", "--max-lr", "0.01", "--quiet"]
      let result = try Program.run(
        flags + ["--steps", "2", "--threads", "1", "--no-tensorboard"], in: directory.url)
      #expect(result.status == 0 && result.messages.isEmpty && result.output.isEmpty)
      let refused = try Program.run(flags + ["--data", "nowhere"], in: directory.url)
      #expect(refused.status == 2 && refused.messages.contains("nowhere"), "\(refused.messages)")
    }
  }
#endif
