#if LIBTORCH
  import Foundation
  import Runs
  import TestSupport
  import Testing

  /// A table's lines without their last cell, which is the time.
  func timeless(_ folder: RunFolder) throws -> [Substring] {
    try String(contentsOf: folder.metrics, encoding: .utf8).split(separator: "\n")
      .map { $0[..<($0.lastIndex(of: ",") ?? $0.endIndex)] }
  }

  /// Short runs of `rondo train` on tiny data, in a folder that goes away with its owner.
  class TrainRuns {
    let directory = TemporaryDirectory()
    /// In float32, so that runs that diverge do so at the same update on every processor.
    static let flags = [
      "train", "--data", ".", "--batch-size", "8", "--base-lr", "0.01", "--max-lr", "0.05",
      "--schedule", "triangular", "--step-size", "15", "--checkpoint-every", "8", "--threads", "1",
      "--no-flip", "--precision", "float32",
    ]

    init() throws { try TinyData.write(to: directory) }

    func folder(_ name: String) -> RunFolder { RunFolder(directory.url("runs/\(name)")) }

    @discardableResult
    func train(_ name: String, _ more: [String]) throws -> RunFolder {
      let result = try Program.run(Self.flags + ["--name", name] + more, in: directory.url)
      #expect(result.status == 0, "\(result.messages)")
      return folder(name + "-1")
    }

    func resume(
      _ folder: RunFolder, largestFile: Int? = nil
    ) throws -> Program.Result {
      try Program.run(
        ["train", "--resume", folder.url.path], in: directory.url, largestFile: largestFile)
    }
  }
#endif
