#if LIBTORCH
  import Foundation
  import Planning
  import Randomness
  import Runs
  import Testing

  /// Runs that are killed, of which the disk was full, or whose files were harmed, and that are resumed.
  @Suite final class `A run that was stopped`: TrainRuns {
    /// The short form of `make kill-test`.
    @Test(arguments: [2] as [UInt64])
    func `killed at random moments and resumed ends as if it had been left alone`(seed: UInt64) throws {
      let steps = ["--steps", "90"]
      var stream = RandomStream(seed: seed, for: .order)
      let waits = (0..<4).map { UInt32.random(in: 0...($0 == 0 ? 50_000 : 400_000), using: &stream) }
      let whole = try train("whole", steps)
      var running = try Program.start(Self.flags + ["--name", "killed"] + steps, in: directory.url)
      let killed = folder("killed-1")
      var kills = 0
      while kills < 4 {
        // Killed before its folder is a run's, there is nothing to resume yet.
        running.wait { FileManager.default.fileExists(atPath: killed.configuration.path) }
        usleep(waits[kills])
        guard running.isRunning else { break }
        running.kill()
        kills += 1
        running = try Program.start(["train", "--resume", killed.url.path], in: directory.url)
      }
      let result = try running.result()
      let told = Comment(rawValue: "killed \(kills) times after \(waits) microseconds, by seed \(seed)")
      #expect(result.status == 0, "\(result.messages)")
      #expect(kills > 0)
      #expect(try tensorBytes(killed.newestCheckpoint) == tensorBytes(whole.newestCheckpoint), told)
      #expect(try timeless(killed) == timeless(whole), told)
    }

    @Test func `with a full disk keeps the last checkpoint, and continues when there is room`()
      throws
    {
      let whole = try train("whole", ["--steps", "40"])
      let running = try Program.start(
        Self.flags + ["--name", "full", "--steps", "40"], in: directory.url)
      let full = folder("full-1")
      running.wait(in: full)
      running.kill()
      let kept = try #require(full.newestCheckpoint)
      let before = try Data(contentsOf: kept)
      let result = try resume(full, largestFile: 1000)
      #expect(result.status == 1, "\(result.messages)")
      #expect(result.messages.contains("free space"), "\(result.messages)")
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
      #expect(result.messages.contains("the file has only"), "\(result.messages)")
      #expect(try contents(of: folder.url) == before)
      // Nor is the plan changed then, which a second try would change twice.
      result = try Program.run(
        ["train", "--resume", folder.url.path, "--extend-cycles", "1"], in: directory.url)
      #expect(result.status == 2)
      #expect(try contents(of: folder.url) == before)

      try whole.write(to: checkpoint)
      let text = try String(contentsOf: folder.configuration, encoding: .utf8)
      try Data(text.replacing("resnet-11", with: "resnet-20").utf8).write(to: folder.configuration)
      result = try resume(folder)
      #expect(result.status == 2)
      #expect(
        result.messages.contains("has model: resnet-20, and the run was planned with resnet-11"),
        "\(result.messages)")
      #expect(try Data(contentsOf: checkpoint) == whole)
    }

    /// Kills and resumes a run at moments that follow from a seed: as soon as it has a checkpoint of so many
    /// updates, and a little later.
    private func kill(
      _ name: String, _ arguments: [String], updates: Int, times: Int, seed: UInt64
    ) throws -> (result: Program.Result, moments: [Int]) {
      var stream = RandomStream(seed: seed, for: .order)
      let killed = folder(name + "-1")
      var running = try Program.start(arguments + ["--name", name], in: directory.url)
      var moments: [Int] = []
      for _ in 0..<times {
        let moment = Int.random(in: 1..<updates, using: &stream)
        let wait = UInt32.random(in: 0..<30_000, using: &stream)
        moments.append(moment)
        running.wait(for: moment, in: killed)
        usleep(wait)
        guard running.isRunning,
          FileManager.default.fileExists(atPath: killed.configuration.path)
        else { continue }
        running.kill()
        running = try Program.start(["train", "--resume", killed.url.path], in: directory.url)
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
      let result = try Program.run(steep + ["--name", "whole"], in: directory.url)
      let expected = "watch: rolled back to update 0, from where the upper bound is"
      #expect(result.messages.contains(expected))
      let (whole, killed) = (folder("whole-1"), folder("killed-1"))
      let (last, moments) = try kill("killed", steep, updates: 120, times: 3, seed: seed)
      let told = Comment(rawValue: "killed at \(moments), by seed \(seed): \(last.messages)")
      #expect(last.status == result.status, told)
      #expect(try tensorBytes(killed.newestCheckpoint) == tensorBytes(whole.newestCheckpoint), told)
      #expect(try timeless(killed) == timeless(whole), told)
      #expect(try Data(contentsOf: killed.plan) == Data(contentsOf: whole.plan), told)
      #expect(try killed.readDivergedRows().count == whole.readDivergedRows().count, told)
    }

    /// Mixing, blocks that are skipped, real augmentation, several batches to an update of which an
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
      let result = try Program.run(random + ["--name", "whole"], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        result.messages.contains(
          "24 updates of 36 images in 3 batches, the last of an epoch of 24"),
        "\(result.messages)")
      let (whole, killed) = (folder("whole-1"), folder("killed-1"))
      let (last, moments) = try kill("killed", random, updates: 24, times: 2, seed: seed)
      let told = Comment(rawValue: "killed at \(moments), by seed \(seed): \(last.messages)")
      #expect(last.status == 0, told)
      #expect(try tensorBytes(killed.newestCheckpoint) == tensorBytes(whole.newestCheckpoint), told)
      #expect(try timeless(killed) == timeless(whole), told)
    }

    @Test func `leaves a folder to the process that works in it`() throws {
      let running = try Program.start(
        Self.flags + ["--name", "busy", "--steps", "100000"], in: directory.url)
      defer { running.kill() }
      let busy = folder("busy-1")
      running.wait(in: busy)
      let result = try resume(busy)
      #expect(result.status == 2)
      #expect(result.messages.contains("in use by another process"), "\(result.messages)")
      #expect(running.isRunning)
    }
  }
#endif
