#if LIBTORCH
  import Foundation
  import Planning
  import Runs
  import TestSupport
  import Testing

  @Suite struct `A run whose config.yaml was changed` {
    private let directory = TemporaryDirectory()

    init() throws { try TinyData.write(to: directory) }

    /// A run of 20 updates, of which 10 are in its newest checkpoint.
    private func halfDone(_ name: String) throws -> RunFolder {
      let result = try Program.run(
        [
          "train", "--data", ".", "--batch-size", "8", "--base-lr", "0.01", "--max-lr", "0.05",
          "--schedule", "triangular", "--step-size", "5", "--checkpoint-every", "5", "--seed", "7",
          "--precision", "float32", "--threads", "1", "--weight-decay", "0.02", "--steps", "20",
          "--name", name,
        ], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      return RunFolder(directory.url("runs/\(name)-1"))
    }

    private func cut(_ folder: RunFolder) throws {
      try folder.removeCheckpoints(after: 10)
      try FileManager.default.removeItem(at: folder.summary)
    }

    private func rewrite(_ folder: RunFolder, _ change: (String) -> String) throws {
      let text = try String(contentsOf: folder.configuration, encoding: .utf8)
      try Data(change(text).utf8).write(to: folder.configuration)
    }

    private func losses(_ folder: RunFolder) throws -> [Double?] {
      try MetricsTable.read(folder.metrics).rows.map(\.loss)
    }

    @Test func `takes what is missing from its plan`() throws {
      let folder = try halfDone("cut")
      let whole = try losses(folder)
      try cut(folder)
      try rewrite(folder) { text in
        text.split(separator: "\n").filter { line in
          !["seed:", "precision:", "weight-decay:"].contains { line.hasPrefix($0) }
        }.joined(separator: "\n")
      }
      let result = try Program.run(["train", "--resume", folder.url.path], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains("note: config.yaml has no "), "\(result.messages)")
      for key in ["seed", "precision", "weight-decay"] { #expect(result.messages.contains(key)) }
      #expect(try losses(folder) == whole)
    }

    @Test func `is not another run`() throws {
      let folder = try halfDone("changed")
      try cut(folder)
      let original = try String(contentsOf: folder.configuration, encoding: .utf8)
      let before = try contents(of: folder.url)
      for (now, messages) in [
        (original.replacing("seed: 7", with: "seed: 8"), "seed: 8, and the run was planned with 7"),
        (original + "accumulate: 3\n", "accumulate: 3, and the run was planned with"),
        (original.replacing("batch-size: 8", with: "batch-size: 4"), "batch-size: 4, and the run"),
      ] {
        try Data(now.utf8).write(to: folder.configuration)
        let result = try Program.run(["train", "--resume", folder.url.path], in: directory.url)
        #expect(result.status == 2, "\(result.messages)")
        #expect(result.messages.contains(messages), "\(result.messages)")
      }
      try Data(original.utf8).write(to: folder.configuration)
      #expect(try contents(of: folder.url) == before)
    }

    @Test func `may have another patience, watch and number of threads`() throws {
      let folder = try halfDone("patient")
      try cut(folder)
      try rewrite(folder) {
        $0.replacing("watch: say", with: "watch: off").replacing("threads: 1", with: "threads: 2")
          + "patience: 9\n"
      }
      let result = try Program.run(["train", "--resume", folder.url.path], in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      #expect(!result.messages.contains("note: config.yaml"), "\(result.messages)")
    }
  }
#endif
