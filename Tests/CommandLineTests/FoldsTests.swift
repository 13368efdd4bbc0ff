#if LIBTORCH
  import Datasets
  import Foundation
  import Runs
  import TestSupport
  import Testing

  @Suite struct `Training on folds` {
    private let directory = TemporaryDirectory()

    init() throws { try TinyData.write(to: directory) }

    private static let flags = [
      "--data", ".", "--batch-size", "8", "--base-lr", "0.01", "--max-lr", "0.1", "--schedule",
      "triangular", "--steps", "16", "--threads", "1", "--precision", "float32",
    ]

    private func train(_ more: [String]) throws -> Program.Result {
      try Program.run(["train"] + more, in: directory.url)
    }

    @Test func `makes a run of each, continues where it was killed, and finds wrong labels`() throws {
      let result = try train(Self.flags + ["--folds", "3", "--name", "folds"])
      #expect(result.status == 0, "\(result.messages)")
      let lines = result.output.split(separator: "\n").map { $0.split(separator: " ") }
      #expect(
        lines.map(\.first) == ["fold", "1", "2", "3", "mean", "95"], "\(result.output)")
      let folder = directory.url("runs/folds-1")
      func run(_ fold: Int) -> RunFolder {
        RunFolder(folder.appendingPathComponent("fold-\(fold)"))
      }
      for fold in 1...3 {
        let text = try String(contentsOf: run(fold).configuration, encoding: .utf8)
        #expect(text.contains("fold: \(fold)\n") && text.contains("folds: 3\n"), "\(text)")
      }
      #expect(FileManager.default.fileExists(atPath: folder.path + "/report.html"))

      // Killed amid the second run.
      let tensors = try tensorBytes(run(2).newestCheckpoint)
      try FileManager.default.removeItem(at: run(2).summary)
      try FileManager.default.removeItem(at: run(3).url)
      let unfinished = try Program.run(
        ["evaluate", "--label-errors", folder.path], in: directory.url)
      #expect(unfinished.status == 2)
      #expect(unfinished.messages.contains("the run of fold 2 has not ended"))
      try Data("The run diverged.".utf8).write(to: run(2).failure)
      let failed = try Program.run(["evaluate", "--label-errors", folder.path], in: directory.url)
      #expect(failed.status == 2)
      #expect(failed.messages.contains("fold 2 failed, so its images have no predictions"))
      let incomplete = try train(["--resume", folder.path])
      #expect(incomplete.status == 1, "\(incomplete.messages)")
      #expect(incomplete.messages.contains("1 of 3 folds failed: 2."))
      try FileManager.default.removeItem(at: run(2).failure)
      let resumed = try train(["--resume", folder.path])
      #expect(resumed.status == 0, "\(resumed.messages)")
      #expect(try tensorBytes(run(2).newestCheckpoint) == tensors)
      func withoutTimes(_ text: String) -> [[Substring]] {
        text.split(separator: "\n").map { $0.split(separator: " ").dropLast() }
      }
      #expect(withoutTimes(resumed.output) == withoutTimes(result.output))

      // Moved, and with other images.
      try FileManager.default.removeItem(at: run(3).summary)
      let (moved, others) = (TemporaryDirectory(), TemporaryDirectory())
      try TinyData.write(to: moved)
      try TinyData.write(to: others, train: 60)
      let refused = try train(["--resume", folder.path, "--data", others.url.path])
      #expect(refused.status == 2 && refused.messages.contains("Runs of different images cannot be compared"))
      let found = try train(["--resume", folder.path, "--data", moved.url.path])
      #expect(found.status == 0, "\(found.messages)")
      #expect(withoutTimes(found.output) == withoutTimes(result.output))
      for fold in 1...3 {
        let text = try String(contentsOf: run(fold).configuration, encoding: .utf8)
        #expect(text.contains("data: \(moved.url.path)\n"), "\(text)")
      }
      let settled = try train(["--resume", folder.path, "--data", "."])
      #expect(settled.status == 0, "\(settled.messages)")

      // A fold's run alone is the same run.
      let alone = try train(
        Self.flags + ["--folds", "3", "--fold", "2", "--name", "alone"])
      #expect(alone.status == 0, "\(alone.messages)")
      #expect(alone.messages.contains("validation: fold 2 of 3, "), "\(alone.messages)")
      #expect(
        try tensorBytes(RunFolder(directory.url("runs/alone-1")).newestCheckpoint) == tensors)
      let evaluated = try Program.run(["evaluate", "runs/alone-1"], in: directory.url)
      #expect(evaluated.status == 0 && !evaluated.messages.contains("has changed"))

      let errors = try Program.run(
        ["evaluate", "--label-errors", folder.path], in: directory.url)
      #expect(errors.status == 0, "\(errors.messages)")
      #expect(errors.output.contains(" of 64 labels are doubted\n"), "\(errors.output)")
      for ending in ["html", "csv", "json"] {
        #expect(FileManager.default.fileExists(atPath: folder.path + "/label-errors.\(ending)"))
      }

      // Without a record of the data too, a class that the runs did not know is found.
      for fold in 1...3 { try FileManager.default.removeItem(at: run(fold).data) }
      let labels = directory.url("train-labels-idx1-ubyte")
      let known = try Data(contentsOf: labels)
      try Data(known.dropLast() + Data([4])).write(to: labels)
      let other = try Program.run(
        ["evaluate", "--label-errors", folder.path], in: directory.url)
      #expect(other.status == 2, "\(other.messages)")
    }

    private static let refused = [
      (["--folds", "17"], "fewer than 17 folds"), (["--folds", "1"], "--folds is 1"),
      (["--folds", "3", "--fold", "4"], "--fold is 4"), (["--fold", "2"], "given with --folds"),
      (["--folds", "3", "--validation", "0.1"], "left out with --folds"),
      (["--folds", "3", "--fold-groups", "folder"], "without file names"),
      (["--folds", "3", "--open-ended"], "--open-ended"),
      (["--folds", "3", "--progress", "json"], "--progress json is for one run"),
      (["--folds", "3", "--processes", "2"], "Several processes train one run"),
    ]

    @Test func `refuses what cannot be meant, and makes nothing`() async throws {
      try await concurrently(Self.refused) { more, words in
        let result = try train(
          Self.flags.filter { more.contains("--open-ended") ? $0 != "--steps" && $0 != "16" : true }
            + more)
        #expect(result.status == 2, "\(more)")
        #expect(result.messages.contains(words), "\(result.messages)")
      }
      #expect(!FileManager.default.fileExists(atPath: directory.url("runs").path))
    }

    /// Of 13 images in two folds one run has 7 and the other 6.
    @Test func `takes the batch that the fold with the fewest images has`() throws {
      let small = TemporaryDirectory()
      try TinyData.write(to: small, train: 13)
      let flags = [
        "train", "--data", ".", "--base-lr", "0.01", "--max-lr", "0.1", "--steps", "2",
        "--threads", "1", "--folds", "2",
      ]
      for seed in ["1", "2", "3"] {
        let result = try Program.run(flags + ["--seed", seed, "--name", seed], in: small.url)
        #expect(result.status == 0, "\(result.messages)")
        for fold in 1...2 {
          let run = RunFolder(small.url("runs/\(seed)-1/fold-\(fold)"))
          let text = try String(contentsOf: run.configuration, encoding: .utf8)
          #expect(text.contains("batch-size: 6\n"), "\(text)")
        }
        let refused = try Program.run(
          flags + ["--seed", seed, "--batch-size", "7", "--name", "seven"], in: small.url)
        #expect(refused.status == 2)
        #expect(
          refused.messages.contains(
            "must be at most 6, the number of training images of the run of"),
          "\(refused.messages)")
        #expect(!FileManager.default.fileExists(atPath: small.url("runs/seven-1").path))
      }
    }

    /// Divided anew, each image would be predicted by a run that has seen it.
    @Test func `finds wrong labels among the images that each run held out, though others are there now`() throws {
      func write(_ name: String, _ number: Int, below folder: String = "photos") throws {
        let file = directory.url("\(folder)/\(name)")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let pixels = (0..<16 * 16 * 3).map { UInt8(($0 * (number + 3)) % 251) }
        try pixels.withUnsafeBufferPointer {
          PNG.encoded($0, width: 16, height: 16, channels: 3)
        }.write(to: file)
      }
      for number in 0..<16 { try write("\(number % 2 == 0 ? "cat" : "dog")/\(number).png", number) }
      let trained = try train([
        "--data", "photos", "--batch-size", "4", "--base-lr", "0.01", "--max-lr", "0.1", "--steps", "4",
        "--threads", "1", "--folds", "2", "--name", "photos",
      ])
      #expect(trained.status == 0, "\(trained.messages)")
      func labelErrors(_ more: [String] = []) throws -> Program.Result {
        try Program.run(["evaluate", "--label-errors", "runs/photos-1"] + more, in: directory.url)
      }
      // A fifth is the test set.
      let first = try labelErrors()
      #expect(first.output.contains(" of 12 labels are doubted\n"), "\(first.output)")
      try write("cat/new.png", 40)
      let more = try labelErrors()
      #expect(more.output.contains(" of 12 labels are doubted\n"), "\(more.output)")
      #expect(more.messages.contains("Images that are new"), "\(more.messages)")
      try FileManager.default.moveItem(at: directory.url("photos"), to: directory.url("moved"))
      let lost = try labelErrors()
      #expect(lost.status == 2 && lost.messages.contains("--data"), "\(lost.messages)")
      let moved = try labelErrors(["--data", "moved"])
      #expect(moved.output.contains(" of 12 labels are doubted\n"), "\(moved.messages)")
      try FileManager.default.createDirectory(at: directory.url("others"), withIntermediateDirectories: true)
      for name in ["cat", "dog"] {
        try FileManager.default.copyItem(at: directory.url("moved/\(name)"), to: directory.url("others/\(name)"))
        for file in try FileManager.default.contentsOfDirectory(atPath: directory.url("others/\(name)").path) {
          try FileManager.default.moveItem(
            at: directory.url("others/\(name)/\(file)"), to: directory.url("others/\(name)/other-\(file)"))
        }
      }
      let renamed = try labelErrors(["--data", "others"])
      #expect(renamed.output.contains(" of 12 labels are doubted\n"), "known by their bytes: \(renamed.messages)")
      try FileManager.default.removeItem(at: directory.url("others"))
      for number in 50..<66 { try write("\(number % 2 == 0 ? "cat" : "dog")/\(number).png", number, below: "others") }
      let others = try labelErrors(["--data", "others"])
      #expect(others.status == 2 && others.messages.contains("none of the images"), "\(others.messages)")
      // Folds of different images are no table.
      try FileManager.default.moveItem(at: directory.url("moved"), to: directory.url("photos"))
      try FileManager.default.removeItem(at: directory.url("runs/photos-1/fold-2"))
      let resumed = try train(["--resume", "runs/photos-1"])
      #expect(resumed.status == 2, "\(resumed.messages)")
      #expect(
        resumed.messages.contains(
          "photos has changed since the first of these runs: images: 1 added (the first is cat/new.png)"),
        "\(resumed.messages)")
      try FileManager.default.removeItem(at: directory.url("photos/cat/new.png"))
      let restored = try train(["--resume", "runs/photos-1"])
      #expect(restored.status == 0, "\(restored.messages)")
    }

    @Test func `of one run's folder, label errors are not looked for`() throws {
      let result = try Program.run(["evaluate", "--label-errors", "."], in: directory.url)
      #expect(result.status == 2)
      #expect(result.messages.contains("'rondo train --folds' made"), "\(result.messages)")
    }
  }
#endif
