#if LIBTORCH
  import Foundation
  import Runs
  import Testing

  /// What is refused before its first update leaves no folder; what is tampered with is named.
  @Suite final class `A run that is refused`: TrainRuns {
    private func refuse(_ arguments: [String], _ words: String, isUnprivileged: Bool = false) throws {
      let result = try Program.run(
        arguments, in: directory.url, isUnprivileged: isUnprivileged)
      #expect(result.status == 2, "\(arguments): \(result.messages)")
      let lines = result.messages.split(separator: "\n").filter { $0.hasPrefix("rondo: ") }
      #expect(lines.count == 1 && lines[0].contains(words), "\(arguments): \(result.messages)")
    }

    @Test func `leaves no folder, whenever that is`() throws {
      let plain = ["--data", ".", "--batch-size", "8", "--threads", "1"]
      let rates = ["--base-lr", "0.01", "--max-lr", "0.05"]
      let budget = ["--minutes", "0.00001"]
      let schedules = [
        "--steps", "4", "--seeds", "1", "--schedules", "triangular@0.01,constant@0.01",
      ]
      for (arguments, words) in [
        (["train"] + plain + rates + budget, "--minutes is 1e-05, but must be longer"),
        (["train", "--folds", "2"] + plain + rates + budget, "--minutes is 1e-05"),
        (
          ["compare", "--patience", "3"] + plain + schedules,
          "--patience is 3, but must be left out with --schedule constant"
        ),
      ] {
        try refuse(arguments, words)
        let runs = try? FileManager.default.contentsOfDirectory(
          atPath: directory.url("runs").path)
        #expect(runs ?? [] == [], "\(arguments)")
      }
    }

    @Test func `has an empty argument, which is named`() throws {
      for (arguments, words) in [
        (["train", "--resume", ""], "--resume is empty"),
        (["train", "--runs="], "--runs is empty"),
        (["train", "--data", ".", "--name", ""], "--name is empty"),
        (["evaluate", ""], "argument 2 is empty"),
        (["predict", "", "x.png"], "argument 2 is empty"),
      ] { try refuse(arguments, words) }
      #expect(!FileManager.default.fileExists(atPath: directory.url("runs").path))
    }

    @Test func `has files that are none, or cannot be read, each of which is named`() throws {
      let folder = try train("run", ["--steps", "8"])
      #expect(try Program.run(["evaluate", folder.url.path], in: directory.url).status == 0)
      for file in [folder.evaluation, folder.summary, folder.plan, folder.samples, folder.metrics] {
        let aside = directory.url("aside")
        try FileManager.default.moveItem(at: file, to: aside)
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
        try refuse(
          ["report", folder.url.path], "\(file.lastPathComponent) cannot be read: it is a folder")
        try FileManager.default.removeItem(at: file)
        try FileManager.default.moveItem(at: aside, to: file)
      }
      let checkpoint = try #require(folder.newestCheckpoint)
      try FileManager.default.removeItem(at: checkpoint)
      #expect(mkfifo(checkpoint.path, 0o600) == 0)
      try refuse(["evaluate", folder.url.path], "it is not a regular file")
      chmod(folder.url.path, 0)
      defer { chmod(folder.url.path, 0o700) }
      try refuse(["report", folder.url.path], "Permission denied", isUnprivileged: true)
    }
  }
#endif
