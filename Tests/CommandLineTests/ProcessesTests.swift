#if LIBTORCH && os(Linux)
  import Foundation
  import Randomness
  import Runs
  import Testing

  /// Runs of several processes of this machine.
  @Suite(.serialized) final class `A run of several processes`: TrainRuns {
    private func start(_ name: String, _ more: [String], processes: Int = 2) throws -> Running {
      try Program.start(
        Self.flags + ["--name", name, "--processes", "\(processes)", "--timeout", "60"] + more,
        in: directory.url)
    }

    private func resumed(_ folder: RunFolder, processes: Int) throws -> Program.Result {
      try Program.run(
        ["train", "--resume", folder.url.path, "--processes", "\(processes)", "--timeout", "60"],
        in: directory.url)
    }

    @Test func `of which one is killed is ended, and resumed as if it had not been`() throws {
      let steps = ["--steps", "90"]
      let result = try start("whole", steps).result()
      #expect(result.status == 0, "\(result.messages)")
      let whole = folder("whole-1")
      #expect(
        result.messages.components(separatedBy: " parameters").count == 2, "one process speaks")
      #expect(try MetricsTable.read(whole.metrics).rows.filter { $0.split == .train }.count == 90)

      var stream = RandomStream(seed: 5, for: .order)
      let running = try start("killed", steps)
      let killed = folder("killed-1")
      running.wait(in: killed)
      usleep(UInt32.random(in: 0...50_000, using: &stream))
      let children = running.children
      #expect(children.count == 2)
      // The second one: the first writes.
      if let last = children.max() { Foundation.kill(last, SIGKILL) }
      let ended = try running.result()
      #expect(ended.status == 1, "\(ended.messages)")
      #expect(ended.messages.contains("process 1 of 2 was ended by signal 9"), "\(ended.messages)")

      let again = try resumed(killed, processes: 2)
      #expect(again.status == 0, "\(again.messages)")
      #expect(try tensorBytes(killed.newestCheckpoint) == tensorBytes(whole.newestCheckpoint))
      #expect(try timeless(killed) == timeless(whole))
    }

    @Test func `measures its batch once, and has the same when it is resumed`() throws {
      let result = try Program.run(
        Self.flags.enumerated().map { $0.offset == 4 ? "auto" : $0.element } + [
          "--name", "auto", "--processes", "2", "--timeout", "60", "--steps", "16",
        ], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        result.messages.components(separatedBy: "batch size: 8, the default").count == 2,
        "\(result.messages)")
      let folder = folder("auto-1")
      func batch() throws -> Bool {
        try String(contentsOf: folder.configuration, encoding: .utf8).contains("batch-size: 8\n")
      }
      #expect(try batch())
      try folder.removeCheckpoints(after: 8)
      try FileManager.default.removeItem(at: folder.summary)
      let again = try resumed(folder, processes: 2)
      #expect(again.status == 0, "\(again.messages)")
      #expect(!again.messages.contains("batch size:") && again.messages.contains("after update 8"))
      #expect(try batch())
    }

    /// SIGTERM and what a supervisor sends reach the program that has started the processes, a terminal's Ctrl-C all.
    @Test(arguments: [(SIGTERM, false), (SIGINT, false), (SIGINT, true), (SIGHUP, true)])
    func `stopped by a signal it goes on by one process, with the same batches`(number: Int32, toAll: Bool) throws {
      let name = "two-\(number)-\(toAll)"
      let running = try start(name, ["--steps", "90"])
      let folder = folder(name + "-1")
      running.wait(in: folder)
      if toAll { for child in running.children { Foundation.kill(child, number) } }
      running.send(number)
      let stopped = try running.result()
      #expect(stopped.status == number, "\(stopped.messages)")
      #expect(stopped.messages.components(separatedBy: "stopped after update").count == 2, "\(stopped.messages)")
      let update = try #require(folder.listCheckpoints().last).update
      #expect(try MetricsTable.read(folder.metrics).rows.last?.update == update)
      let result = try resumed(folder, processes: 1)
      #expect(result.status == 0, "\(result.messages)")
      let rows = try MetricsTable.read(folder.metrics).rows.filter { $0.split == .train }
      #expect(rows.map(\.update) == Array(1...90))
    }

    @Test func `that compares schedules stops with a checkpoint at Ctrl-C`() throws {
      let running = try Program.start(
        [
          "compare", "--data", ".", "--batch-size", "8", "--schedules", "constant@0.01,constant@0.02", "--seeds", "1",
          "--steps", "100000", "--checkpoint-every", "8", "--threads", "1", "--no-flip", "--name", "pair",
          "--processes", "2", "--timeout", "60",
        ], in: directory.url)
      let run = RunFolder(directory.url("runs/pair-1/constant-at-0.01-seed-1"))
      running.wait(in: run)
      for child in running.children { Foundation.kill(child, SIGINT) }
      running.send(SIGINT)
      let stopped = try running.result()
      #expect(stopped.status == SIGINT, "\(stopped.messages)")
      let update = try #require(run.listCheckpoints().last).update
      #expect(
        stopped.messages.contains("stopped after update \(update); rondo compare --resume"), "\(stopped.messages)")
    }

    /// A terminal's Ctrl-C reaches all processes; what a supervisor sends reaches the one that has started them.
    @Test(arguments: [(SIGINT, true), (SIGINT, false), (SIGTERM, false)])
    func `lands at a signal, to all of them or to what has started them`(
      number: Int32, toAll: Bool
    ) throws {
      let name = "open-\(number)-\(toAll)"
      let running = try Program.start(
        [
          "train", "--data", ".", "--batch-size", "8", "--max-lr", "0.02", "--warmup", "5",
          "--checkpoint-every", "4", "--evaluate-every", "2", "--threads", "1", "--no-flip",
          "--precision", "float32", "--no-tensorboard", "--open-ended", "--name", name,
          "--processes", "2", "--timeout", "60",
        ], in: directory.url)
      let open = folder(name + "-1")
      running.wait(in: open)
      if toAll { for child in running.children { Foundation.kill(child, number) } }
      running.send(number)
      let result = try running.result()
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains(number == SIGINT ? "(Ctrl-C)" : "(SIGTERM)"), "\(result.messages)")
      #expect(FileManager.default.fileExists(atPath: open.summary.path))
    }

    @Test func `ends with the program that has started it, and is resumed`() throws {
      let running = try start("orphans", ["--steps", "100000"])
      let folder = folder("orphans-1")
      running.wait(in: folder)
      let children = running.children
      #expect(children.count == 2)
      running.kill()
      let latest = ContinuousClock.now + .seconds(60)
      while children.contains(where: isAlive), ContinuousClock.now < latest { usleep(20_000) }
      #expect(!children.contains(where: isAlive))
      children.filter(isAlive).forEach { Foundation.kill($0, SIGKILL) }
      let last = try #require(folder.listCheckpoints().last?.update)
      #expect(running.said.contains("stopped after update \(last)"), "\(running.said)")
    }

    /// Whether a process runs; one whose end nobody has asked for does not.
    private func isAlive(_ process: pid_t) -> Bool {
      let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
      return text.split(separator: ")").last.map { !$0.hasPrefix(" Z") } ?? false
    }

    @Test func `ends where whoever starts it ignores the ends of children`() throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments =
        [
          "python3", "-c",
          "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
            + "os.execv(sys.argv[1], sys.argv[1:])",
        ] + [Program.path, "train", "--data", "/nowhere", "--processes", "2", "--timeout", "60"]
      let running = try Running(starting: process)
      let begun = ContinuousClock.now
      while running.isRunning, ContinuousClock.now - begun < .seconds(60) { usleep(20_000) }
      guard !running.isRunning else {
        running.kill()
        Issue.record("it waits for ever")
        return
      }
      let result = try running.result()
      #expect(result.status == 2 && result.messages.contains("/nowhere"), "\(result.messages)")
    }

    @Test(
      "is refused in a sentence",
      arguments: [
        (["--batch-size", "1", "--processes", "2"], "cannot be divided among 2 processes"),
        (["--processes", "0"], "--processes must be from 1"),
        (["--processes", "2", "--timeout", "0"], "--timeout is in seconds"),
        (["--processes", "2", "--model", "nothing"], "nothing"),
      ])
    func refused(flags: [String], words: String) throws {
      // The last of several values counts.
      let result = try Program.run(
        Self.flags + ["--name", "no", "--steps", "4"] + flags, in: directory.url)
      #expect(result.messages.contains(words), "\(result.messages)")
      #expect(result.status == 2, "\(result.messages)")
      #expect(!FileManager.default.fileExists(atPath: folder("no-1").url.path))
    }

    @Test(
      "is refused where what the launcher says does not fit",
      arguments: [
        (["RANK": "2", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"], "must be below WORLD_SIZE"),
        (["RANK": "0"], "WORLD_SIZE is not"),
        (
          ["RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "9"],
          "no process 0 was found"
        ),
      ])
    func launcher(environment: [String: String], words: String) throws {
      let result = try Program.run(
        Self.flags + ["--name", "no", "--steps", "4", "--timeout", "2"], in: directory.url,
        environment: environment)
      #expect(result.status == 2)
      #expect(result.messages.contains(words), "\(result.messages)")
    }
  }
#endif
