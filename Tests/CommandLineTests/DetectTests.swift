#if LIBTORCH
  import Datasets
  import Foundation
  import Runs
  import TestSupport
  import Testing

  /// Training a detector, evaluating it and using it, on a folder in YOLO's form.
  @Suite struct `A run that finds objects` {
    private let directory: TemporaryDirectory

    init() throws { directory = try Self.trained.copy() }

    /// Trains on bright squares on a dark ground.
    private static let trained = PreparedDirectory { directory in
      try directory.write(
        "train: images/train\nval: images/val\nnames: [cell]\n", "cells/data.yaml")
      for index in 0..<16 { try image("train", index, in: directory) }
      for index in 16..<20 { try image("val", index, in: directory) }
      let result = try Program.run(
        [
          "train", "--data", "cells", "--steps", "40", "--batch-size", "4", "--base-lr", "0.0005",
          "--max-lr", "0.005", "--threads", "1", "--ema", "0.5", "--checkpoint-every", "15",
        ], in: directory.url)
      try #require(result.status == 0, "\(result.messages)")
      try #require(result.messages.contains("YOLO's form"), "\(result.messages)")
    }

    /// An image of 64 by 48 pixels with a square of 20.
    private static func image(
      _ part: String, _ index: Int, in directory: TemporaryDirectory
    ) throws {
      let (left, top) = (index * 7 % 40, index * 5 % 26)
      var pixels = [UInt8](repeating: 40, count: 64 * 48 * 3)
      for row in top..<(top + 20) {
        for column in left..<(left + 20) {
          for channel in 0..<3 { pixels[(row * 64 + column) * 3 + channel] = 220 }
        }
      }
      let png = pixels.withUnsafeBufferPointer {
        PNG.encoded($0, width: 64, height: 48, channels: 3)
      }
      try directory.write(png, "cells/images/\(part)/\(index).png")
      let (x, y) = (Double(left + 10) / 64, Double(top + 10) / 48)
      try directory.write(
        "0 \(x) \(y) \(20.0 / 64) \(20.0 / 48)\n",
        "cells/labels/\(part)/\(index).txt")
    }

    private func run(_ arguments: String...) throws -> Program.Result {
      try Program.run(arguments, in: directory.url)
    }

    @Test func `is trained, evaluated and used by the same commands as any other`() throws {
      let table = try String(contentsOf: directory.url("runs/cells-1/metrics.csv"), encoding: .utf8)
      #expect(table.contains("classification,box,centerness,ap,ap50"), "\(table.prefix(200))")
      #expect(table.contains(",training-images,"), "the training images are evaluated at the run's end")

      let evaluated = try run("evaluate", "runs/cells-1")
      #expect(evaluated.status == 0, "\(evaluated.messages)")
      #expect(evaluated.output.contains("cell"), "\(evaluated.output)")
      let page = try String(contentsOf: directory.url("runs/cells-1/report.html"), encoding: .utf8)
      #expect(page.contains("test AP"))

      // Of other data all images are evaluated, and what was left out is said.
      try directory.write("cell\n", "others/classes.txt")
      for index in 16..<20 {
        try FileManager.default.createDirectory(
          at: directory.url("others/images"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
          at: directory.url("cells/images/val/\(index).png"), to: directory.url("others/images/\(index).png"))
        try directory.write("0 0.5 0.5 0.2 0.2\n4 0.5 0.5 0.2 0.2\n", "others/labels/\(index).txt")
      }
      try FileManager.default.removeItem(at: directory.url("others/labels/19.txt"))
      let others = try run("evaluate", "runs/cells-1", "--data", "others")
      #expect(others.status == 0)
      for line in [
        "evaluated: all 4 images: the data have no splits\n", "others, 4 images:",
        "all: 1 of 4 images have no label file",
        "is of the unknown class 4 and 2 more\n", "used: 4 as images",
      ] { #expect(others.messages.contains(line), "\(others.messages)") }

      let predicted = try run(
        "predict", "runs/cells-1", "cells/images/val", "--format", "json", "--output", "found.json",
        "--pictures", "seen")
      #expect(predicted.status == 0, "\(predicted.messages)")
      let found =
        try JSONSerialization.jsonObject(with: Data(contentsOf: directory.url("found.json")))
        as? [[String: Any]]
      let boxes = try #require(found)
      #expect(!boxes.isEmpty)
      #expect(boxes.allSatisfy { ($0["bbox"] as? [Double])?.count == 4 })
      let pictures = try FileManager.default.contentsOfDirectory(atPath: directory.url("seen").path)
      #expect(pictures.sorted() == ["16.png", "17.png", "18.png", "19.png"])

      let over = try run(
        "predict", "runs/cells-1", "cells/images/val", "--pictures", "cells/images/val")
      #expect(over.status == 2)
      #expect(over.messages.contains("would be overwritten, and is an image"), "\(over.messages)")
      let twice = try run(
        "predict", "runs/cells-1", "cells/images/val", "--pictures", "new", "--output", "new/16.png",
        "--format", "csv")
      #expect(twice.status == 2)
      #expect(twice.messages.contains("new/16.png would be written twice"), "\(twice.messages)")

      let lines = try run("predict", "runs/cells-1", "cells/images/val/16.png", "--score", "0.99")
      #expect(lines.status == 0, "\(lines.messages)")
      #expect(lines.output.hasPrefix("file,class,score,x,y,width,height\n"))
    }

    @Test func `answers with the boxes that predict writes`() throws {
      let server = try ServedRun("runs/cells-1", in: directory.url)
      let path = "cells/images/val/17.png"
      func boxes(_ data: Data) throws -> [[String: Any]] {
        try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
      }
      for score in ["0", "0.3", "1"] {
        let predicted = try run(
          "predict", "runs/cells-1", path, "--format", "json", "--score", score)
        let wanted = try boxes(Data(predicted.output.utf8))
        let answer = try server.post(
          Data(contentsOf: directory.url(path)), "/predict?score=\(score)&name=\(path)")
        #expect(answer.status == 200, "\(answer.text)")
        let own = try boxes(answer.body)
        #expect(own.count == wanted.count && (score != "0" || !own.isEmpty))
        for (a, b) in zip(own, wanted) {
          #expect(a["file_name"] as? String == path && a["image_id"] as? Int == 1)
          #expect(a["category"] as? String == b["category"] as? String)
          let numbers = [a, b].map {
            ($0["bbox"] as? [Double] ?? []) + [$0["score"] as? Double ?? -1]
          }
          #expect(numbers[0].count == 5)
          #expect(zip(numbers[0], numbers[1]).allSatisfy { abs($0 - $1) < 1e-3 }, "\(numbers)")
        }
      }
      #expect(try server.post(Data("x".utf8)).status == 415)
      #expect(try server.end() == 0)
    }

    @Test func `continues where it was killed, and comes to the same`() throws {
      let folder = RunFolder(directory.url("runs/cells-1"))
      let wanted = try tensorBytes(folder.checkpoint(at: 40))
      try FileManager.default.removeItem(at: folder.checkpoint(at: 40))
      try FileManager.default.removeItem(at: folder.summary)
      let resumed = try run("train", "--resume", "runs/cells-1")
      #expect(resumed.status == 0, "\(resumed.messages)")
      #expect(try tensorBytes(folder.checkpoint(at: 40)) == wanted)
    }

    /// A range test of the trained detector on its AP, at rates that rise in a line up to this one.
    private func rangeTest(upTo rate: String) throws -> [String: Any] {
      let tested = try run(
        "find-lr", "--data", "cells", "--steps", "40", "--batch-size", "4", "--threads", "1",
        "--range-test-on", "ap", "--validation", "none", "--range-test-steps", "20",
        "--range-test-min-lr", "1e-12", "--range-test-max-lr", rate, "--range-test-shape", "linear",
        "--frozen-norm", "--weights", "runs/cells-1/checkpoints/update-00000040.safetensors",
        "--format", "json")
      #expect(tested.status == 1, "there is no range: \(tested.messages)")
      #expect(
        tested.messages.contains("range test: ap on 4 evaluation images"), "\(tested.messages)")
      return try #require(
        try JSONSerialization.jsonObject(with: Data(tested.output.utf8)) as? [String: Any])
    }

    /// Rates of 1e-10 change no weight, so that the AP stays what it is.
    ///
    /// On the way to 2 the second update
    /// moves each weight by 0.1, which is more than most of them are: the AP is lost at once.
    @Test func `tested for its range on COCO's metric says when that only stays or falls`()
      throws
    {
      let evaluated = try run("evaluate", "runs/cells-1", "--format", "json")
      let found = try #require(
        try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
      let ap = try #require((found["values"] as? [String: Any])?["ap"] as? Double)
      try #require(ap > 0.1, "there is something to lose")
      let still = try rangeTest(upTo: "1e-10")
      #expect(still["verdict"] as? String == "none")
      let flat = try #require(still["reason"] as? String)
      #expect(flat.hasPrefix("the loss changed by 0 only"), "\(flat)")
      let lost = try rangeTest(upTo: "2")
      #expect(lost["verdict"] as? String == "none")
      // The AP is lost after one update or a few, as the processor rounds; it never rises before.
      let reason = try #require(lost["reason"] as? String)
      #expect(
        reason.hasPrefix("the loss never fell below where it began") || reason.hasPrefix("only "), "\(reason)")
    }

    @Test func `is watched, and goes back where it diverges`() throws {
      let watched = try run(
        "train", "--data", "cells", "--steps", "60", "--batch-size", "4", "--schedule",
        "triangular", "--step-size", "10", "--base-lr", "0.0005", "--max-lr", "1e12",
        "--optimizer", "sgd", "--threads", "1", "--watch", "act", "--name", "wild")
      // At a rate of 1e12 the first update already breaks every weight: back to the start, and on with a rate that such
      // runs take.
      #expect(watched.status == 0, "\(watched.messages)")
      #expect(watched.messages.contains("(rollback 1 of at most 3)"), "\(watched.messages)")
      #expect(
        watched.messages.contains("watch: rolled back to update 0, from where the upper bound is"))
    }

    @Test func `refuses what is another task's`() throws {
      let mixed = try run("train", "--data", "cells", "--mixup", "0.2")
      #expect(mixed.status == 2)
      #expect(mixed.messages.contains("mixup"), "\(mixed.messages)")
      let top = try run("predict", "runs/cells-1", "cells/images/val", "--top", "2")
      #expect(top.status == 2)
      let model = try run("train", "--data", "cells", "--model", "fcos-narow")
      #expect(model.status == 2)
      #expect(model.messages.contains("did you mean 'fcos-narrow'"), "\(model.messages)")
    }
  }
#endif
