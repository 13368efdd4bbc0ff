#if LIBTORCH
  import Foundation
  import Runs
  import TestSupport
  import Testing

  /// Choosing by images that are held out, from the flags to the files of a run.
  @Suite struct `A run that chooses` {
    private let directory = TemporaryDirectory()
    private static let flags = [
      "--data", ".", "--batch-size", "8", "--base-lr", "0.01", "--max-lr", "0.05", "--schedule",
      "triangular", "--step-size", "5", "--threads", "1", "--precision", "float32", "--steps", "30",
      "--checkpoint-every", "7",
    ]

    init() throws { try TinyData.write(to: directory) }

    private func train(_ more: [String], status: Int32 = 0) throws -> Program.Result {
      let result = try Program.run(["train"] + Self.flags + more, in: directory.url)
      #expect(result.status == status, "\(result.messages)")
      return result
    }

    private func folder(_ name: String) -> RunFolder { RunFolder(directory.url("runs/\(name)")) }

    private func splits(_ folder: RunFolder) throws -> Set<MetricsRow.Split> {
      Set(try MetricsTable.read(folder.metrics).rows.map(\.split))
    }

    @Test func `by patience holds a tenth out, says so, and ends on the test images`() throws {
      let result = try train(["--patience", "20", "--name", "chosen"])
      #expect(result.messages.contains(".: 56 training, 8 validation and 16 test images"))
      #expect(
        result.messages.contains(
          "validation: 8 of 64 training images are held out (--validation 0.1); the final "
            + "metrics are of the test images"), "\(result.messages)")
      let chosen = folder("chosen-1")
      #expect(
        try String(contentsOf: chosen.configuration, encoding: .utf8)
          .contains(/\nvalidation: ['"]?0\.1['"]?\n/))
      #expect(try splits(chosen) == [.train, .validation, .trainingImages])
      #expect(result.messages.contains("\nvalidation after update 10: loss "), "\(result.messages)")
      #expect(result.messages.contains("\nvalidation: accuracy "), "\(result.messages)")
      #expect(result.messages.contains("\ntest: accuracy "), "\(result.messages)")
      #expect(
        try String(contentsOf: chosen.report, encoding: .utf8).contains("validation accuracy"))
      let summary = try #require(
        try JSONSerialization.jsonObject(with: Data(contentsOf: chosen.summary)) as? [String: Any])
      #expect(summary["evaluation_split"] as? String == "test")
      let final = try #require(summary["final"] as? [String: Double])
      // What evaluates the run later sees the sixteen test images too.
      let evaluated = try Program.run(
        ["evaluate", chosen.url.path, "--format", "json"], in: directory.url)
      let evaluation = try #require(
        try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
      #expect(evaluation["images"] as? Int == 16)
      #expect((evaluation["values"] as? [String: Double])?["accuracy"] == final["accuracy"])
      #expect(!evaluated.messages.contains("changed since"), "\(evaluated.messages)")
    }

    @Test func `chooses on the test images where that is asked for, and says so`() throws {
      let result = try train(["--patience", "20", "--validation", "none", "--name", "none"])
      #expect(result.messages.contains("note: --patience will choose on the test images"))
      #expect(try splits(folder("none-1")) == [.train, .test, .trainingImages])
      // What chooses nothing holds nothing out.
      let plain = try train(["--name", "plain"])
      #expect(plain.messages.contains(".: 64 training and 16 test images"))
      #expect(!plain.messages.contains("validation"), "\(plain.messages)")
      #expect(
        try tensorBytes(folder("plain-1").newestCheckpoint)
          == tensorBytes(folder("none-1").newestCheckpoint), "patience itself changes nothing")
    }

    /// A trough that the next cycles are changed by is read from evaluations; divergence is not.
    @Test func `other cycles by what troughs show holds images out, and a single cycle none`() throws {
      let acting = try train(["--watch", "act", "--name", "acting"])
      #expect(acting.messages.contains("validation: 8 of 64 training images are held out"))
      #expect(try splits(folder("acting-1")) == [.train, .validation, .trainingImages])
      let single = try Program.run(
        [
          "train", "--data", ".", "--batch-size", "8", "--base-lr", "0.01", "--max-lr", "0.05",
          "--steps", "8", "--watch", "act",
        ], in: directory.url)
      #expect(single.messages.contains(".: 64 training and 16 test images"), "\(single.messages)")
    }

    @Test func `is resumed with the same images held out, bit for bit`() throws {
      let more = ["--validation", "25%", "--ema", "0.9", "--crop-padding", "1"]
      _ = try train(more + ["--name", "whole"])
      _ = try train(more + ["--name", "killed"])
      let (whole, killed) = (folder("whole-1"), folder("killed-1"))
      // As a kill after update 14 would have left it.
      try killed.removeCheckpoints(after: 14)
      try FileManager.default.removeItem(at: killed.summary)
      let result = try Program.run(["train", "--resume", killed.url.path], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains(".: 48 training, 16 validation and 16 test images"))
      #expect(!result.messages.contains("changed since"), "\(result.messages)")
      #expect(try tensorBytes(killed.newestCheckpoint) == tensorBytes(whole.newestCheckpoint))
      func rows(_ folder: RunFolder) throws -> [MetricsRow] {
        try MetricsTable.read(folder.metrics).rows.map { row in
          var row = row
          row.seconds = 0
          return row
        }
      }
      #expect(try rows(killed) == rows(whole))
    }

    /// A run of an older Rondo has no word of it in its settings.
    @Test func `began without and is resumed without`() throws {
      _ = try train(["--patience", "20", "--validation", "none", "--name", "old"])
      let old = folder("old-1")
      let text = try String(contentsOf: old.configuration, encoding: .utf8)
      try Data(text.replacing("validation: none\n", with: "").utf8).write(to: old.configuration)
      try old.removeCheckpoints(after: 14)
      try FileManager.default.removeItem(at: old.summary)
      let result = try Program.run(["train", "--resume", old.url.path], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains(".: 64 training and 16 test images"), "\(result.messages)")
    }

    @Test func `of a range test measures it on images that are held out`() throws {
      let find = [
        "find-lr", "--data", ".", "--batch-size", "8", "--range-test-on", "validation",
        "--range-test-steps", "20",
      ]
      let held = try Program.run(find, in: directory.url)
      #expect(held.messages.contains("validation: 8 of 64 training images are held out"))
      #expect(held.messages.contains("validation_loss on 8 evaluation images"), "\(held.messages)")
      let none = try Program.run(find + ["--validation", "none"], in: directory.url)
      #expect(
        none.messages.contains("note: --range-test-on validation will choose on the test images"))
      #expect(none.messages.contains("validation_loss on 16 evaluation images"), "\(none.messages)")
    }

    @Test func `is compared with others by the same images`() throws {
      let result = try Program.run(
        [
          "compare", "--data", ".", "--batch-size", "8", "--steps", "8", "--threads", "1",
          "--schedules", "constant@0.01,cosine@0.05", "--seeds", "2", "--validation", "0.25",
          "--name", "trial",
        ], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains("validation: 16 of 64 training images are held out"))
      let trial = directory.url("runs/trial-1")
      let records = try ["constant-at-0.01", "cosine-at-0.05"].flatMap { schedule in
        try [1, 2].map { seed in
          try Data(
            contentsOf: RunFolder(trial.appendingPathComponent("\(schedule)-seed-\(seed)")).data)
        }
      }
      #expect(Set(records).count == 1)
      #expect(String(decoding: records[0], as: UTF8.self).contains("part\tvalidation\t16\t"))
    }

    @Test func `refuses what is no share`() async throws {
      try await concurrently(["0", "1", "-0.1", "1.5", "100%", "nan", "all"]) { share in
        let result = try train(["--validation=\(share)"], status: 2)
        #expect(
          result.messages.contains("must be a share of the training images above 0 and below 1"),
          "\(result.messages)")
      }
      #expect(!FileManager.default.fileExists(atPath: directory.url("runs").path))
    }
  }
#endif
