#if LIBTORCH
  import Datasets
  import Foundation
  import Runs
  import TestSupport
  import Testing

  /// What a run keeps when its data have changed, or when it cannot be resumed.
  @Suite struct `A run that is resumed on changed data` {
    private let directory = TemporaryDirectory()

    private func run(_ arguments: String...) throws -> Program.Result {
      try Program.run(arguments, in: directory.url)
    }

    private func write(_ number: Int, _ path: String, side: Int = 16) throws {
      let file = directory.url(path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      let pixels = (0..<side * side * 3).map { UInt8(($0 * (number + 3)) % 251) }
      let png = pixels.withUnsafeBufferPointer { PNG.encoded($0, width: side, height: side, channels: 3) }
      try png.write(to: file)
    }

    /// Eighteen images in a folder for each class, with names in the order of their numbers.
    private func writeFlat(_ folder: String = "data", without left: Int? = nil) throws {
      for (label, name) in ["cat", "dog", "emu"].enumerated() {
        var place = 0
        for index in 0..<18 where index != left {
          try write(100 * label + index, String(format: "\(folder)/\(name)/%03d.png", place))
          place += 1
        }
      }
    }

    private func train(_ more: String...) throws {
      try Program.trainBriefly(more, in: directory.url)
    }

    private var folder: RunFolder { RunFolder(directory.url("runs/run-1")) }

    private func resume(_ more: String...) throws -> Program.Result {
      try? FileManager.default.removeItem(at: folder.summary)
      return try Program.run(["train", "--resume", "runs/run-1"] + more, in: directory.url)
    }

    /// The newest checkpoint: what its header says, and the bytes of its tensors.
    private func checkpoint() throws -> (metadata: [String: String], tensors: Data) {
      let bytes = try Data(contentsOf: try #require(folder.newestCheckpoint))
      let size = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      struct Header: Decodable {
        let metadata: [String: String]
        enum CodingKeys: String, CodingKey { case metadata = "__metadata__" }
      }
      let header = try JSONDecoder().decode(Header.self, from: bytes[8..<(8 + size)])
      return (header.metadata, Data(bytes[(8 + size)...]))
    }

    private func metadata() throws -> [String: String] { try checkpoint().metadata }

    /// Images are kept as finely as an augmentation that enlarges them wants.
    @Test func `with boxes continues bit for bit`() throws {
      var list = ""
      for number in 0..<12 {
        try write(number, "data/images/\(number).png", side: 64)
        try FileManager.default.createDirectory(at: directory.url("data/labels"), withIntermediateDirectories: true)
        try Data("0 0.5 0.5 0.4 0.4\n".utf8).write(to: directory.url("data/labels/\(number).txt"))
        list += "images/\(number).png\n"
      }
      try Data(list.utf8).write(to: directory.url("data/train.txt"))
      try Data("images/1.png\n".utf8).write(to: directory.url("data/val.txt"))
      try Data("train: train.txt\nval: val.txt\nnames: [dog]\n".utf8).write(to: directory.url("data/data.yaml"))
      try train("--image-size", "32", "--model", "fcos-narrow", "--steps", "8", "--checkpoint-every", "4")
      let whole = try checkpoint()
      try FileManager.default.removeItem(at: try #require(folder.newestCheckpoint))
      let resumed = try resume()
      #expect(resumed.status == 0, "\(resumed.messages)")
      let again = try checkpoint()
      #expect(again.metadata["step"] == whole.metadata["step"])
      let isSame = again.tensors == whole.tensors
      #expect(isSame)
    }

    @Test(arguments: [1, 20]) func `sees images of the same size and normalization as before`(added: Int) throws {
      try writeFlat()
      try train()
      let before = try metadata()
      for index in 0..<added { try write(900 + index, "data/cat/large-\(index).png", side: 24) }
      let resumed = try resume("--extend-cycles", "1")
      #expect(resumed.status == 0, "\(resumed.messages)")
      #expect(resumed.messages.contains("images: \(added) added"), "\(resumed.messages)")
      #expect(!resumed.messages.contains("changed (the first"), "\(resumed.messages)")
      let isTold = resumed.messages.contains("note: an epoch of this run stays")
      #expect(isTold || added == 1, "\(resumed.messages)")
      let after = try metadata()
      for key in ["size", "resize", "mean", "deviation"] { #expect(after[key] == before[key], "\(key)") }
      #expect(try run("evaluate", "runs/run-1").status == 0, "also where sizes differ")
    }

    @Test func `keeps its division, also where names are those of other images now`() throws {
      try writeFlat()
      try train("--validation", "0.25")
      try FileManager.default.removeItem(at: directory.url("data"))
      try writeFlat(without: 5)
      let first = try resume()
      #expect(first.status == 0 && first.messages.contains("has changed since"), "\(first.messages)")
      #expect(first.messages.contains("held out now, which makes what is chosen by them too good"), "\(first.messages)")
      let second = try resume()
      #expect(!second.messages.contains("another split"), "\(second.messages)")
      func counts(_ result: Program.Result) -> Substring? {
        result.messages.split(separator: "\n").first { $0.hasPrefix("data: ") && $0.contains("training") }
      }
      #expect(counts(first) != nil && counts(first) == counts(second), "\(second.messages)")
    }

    @Test func `keeps its settings where it cannot continue`() throws {
      try writeFlat()
      try train()
      try writeFlat("others")
      try FileManager.default.removeItem(at: directory.url("others/dog"))
      let before = try Data(contentsOf: folder.configuration)
      let refused = try resume("--data", "others", "--watch", "act", "--extend-cycles", "1")
      #expect(refused.status == 2, "\(refused.messages)")
      #expect(try Data(contentsOf: folder.configuration) == before)
      // A checkpoint of another form is found out last.
      let checkpoint = try #require(folder.newestCheckpoint)
      let bytes = try Data(contentsOf: checkpoint)
      try bytes.dropLast(100).write(to: checkpoint)
      #expect(try resume("--watch", "off").status == 2)
      #expect(try Data(contentsOf: folder.configuration) == before)
      try bytes.write(to: checkpoint)
      #expect(try resume("--watch", "off").status == 0)
      #expect(try String(contentsOf: folder.configuration, encoding: .utf8).contains("watch: off"))
    }

    @Test func `takes no weights, nor another folder for runs`() throws {
      try writeFlat()
      try train()
      let weights = try resume("--weights", "nowhere.pth")
      #expect(weights.status == 2 && weights.messages.contains("the run began from scratch"), "\(weights.messages)")
      let runs = try resume("--runs", "others")
      #expect(runs.status == 2 && runs.messages.contains("leave out --runs"), "\(runs.messages)")
    }

    @Test func `without its record says so, and writes it again`() throws {
      try writeFlat()
      try train()
      try FileManager.default.removeItem(at: folder.data)
      let resumed = try resume()
      #expect(resumed.messages.contains("data.tsv, the record of the run's images, is missing"), "\(resumed.messages)")
      #expect(FileManager.default.fileExists(atPath: folder.data.path))
      #expect(try !resume().messages.contains("is missing"))
    }

    @Test func `of a checkpoint of another run says what that one was trained on`() throws {
      try writeFlat()
      try train()
      let other = try run(
        "train", "--data", "data", "--steps", "4", "--base-lr", "0.001", "--max-lr", "0.01", "--threads", "1",
        "--validation", "0.5", "--name", "third-1b")
      try #require(other.status == 0, "\(other.messages)")
      // The same images, of which the next run, whose name begins that one's, is tested on others.
      try FileManager.default.removeItem(at: directory.url("data"))
      for (label, name) in ["cat", "dog", "emu"].enumerated() {
        for index in 0..<18 {
          let part = index < 9 ? "train" : "test"
          try write(100 * label + index, "data/\(part)/\(name)/\(index).png")
        }
      }
      try train("--name", "third")
      let checkpoint = try #require(RunFolder(directory.url("runs/third-1b-1")).newestCheckpoint)
      let evaluated = try run("evaluate", "runs/third-1", "--checkpoint", checkpoint.path)
      #expect(evaluated.status == 0, "\(evaluated.messages)")
      #expect(
        evaluated.messages.contains("images are ones that the checkpoint's run was trained on"), "\(evaluated.messages)"
      )
    }

    @Test func `is not one of a series, whose runs have the same images`() throws {
      try writeFlat()
      let folds = try run(
        "train", "--data", "data", "--folds", "2", "--steps", "4", "--batch-size", "4", "--base-lr", "0.001",
        "--max-lr", "0.01", "--threads", "1", "--name", "folds")
      try #require(folds.status == 0, "\(folds.messages)")
      let one = RunFolder(directory.url("runs/folds-1/fold-2"))
      try FileManager.default.removeItem(at: one.summary)
      let place = try run("train", "--resume", "runs/folds-1/fold-2", "--data", "data")
      #expect(
        place.status == 2 && place.messages.contains("'rondo train --resume runs/folds-1 --data PLACE'"),
        "\(place.messages)")
      try FileManager.default.removeItem(at: directory.url("data/cat/003.png"))
      let changed = try run("train", "--resume", "runs/folds-1/fold-2", "--extend-cycles", "1")
      #expect(
        changed.status == 2 && changed.messages.contains("Runs of different images cannot be compared"),
        "\(changed.messages)")
    }

    @Test func `predicts an image by the run that held it out, whatever it is called`() throws {
      try writeFlat()
      let folds = try run(
        "train", "--data", "data", "--folds", "2", "--steps", "12", "--batch-size", "4", "--base-lr", "0.001",
        "--max-lr", "0.05", "--threads", "1", "--name", "folds")
      try #require(folds.status == 0, "\(folds.messages)")
      func summary() throws -> String {
        let found = try run("evaluate", "--label-errors", "runs/folds-1")
        #expect(found.status == 0, "\(found.messages)")
        return try #require(
          (found.output + found.messages).split(separator: "\n").first { $0.contains("out of fold") }.map(String.init))
      }
      let before = try summary()
      for name in ["cat", "dog", "emu"] {
        for index in 0..<9 {
          let (one, other) = (
            String(format: "data/\(name)/%03d.png", index), String(format: "data/\(name)/%03d.png", 17 - index)
          )
          let bytes = try Data(contentsOf: directory.url(one))
          try Data(contentsOf: directory.url(other)).write(to: directory.url(one))
          try bytes.write(to: directory.url(other))
        }
      }
      #expect(try summary() == before)
    }
  }
#endif
