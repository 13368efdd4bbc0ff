#if LIBTORCH
  import Datasets
  import Foundation
  import Masks
  import Runs
  import TestSupport
  import Testing

  /// Gray images of various sizes, each with a bright square, which is the mask.
  func writeSquares(to directory: TemporaryDirectory, count: Int, instances: Bool) throws {
    let names = ["images", instances ? "instances" : "masks"]
    for name in names {
      try FileManager.default.createDirectory(
        at: directory.url(name), withIntermediateDirectories: true)
    }
    for number in 0..<count {
      let (width, height) = (40 + 4 * (number % 3), 36 + 3 * (number % 2))
      var pixels: [UInt8] = []
      var map = LabelMap(width: width, height: height)
      for y in 0..<height {
        for x in 0..<width {
          let isInside =
            (6..<20).contains(x - number % 5) && (8..<22).contains(y - number % 3)
          if isInside { map[x, y] = 1 }
          let level = UInt8((isInside ? 200 : 40) + (x * 7 + y * 13 + number) % 20)
          pixels += [level, level, level]
        }
      }
      let image = ColorImage(width: width, height: height, pixels: pixels)
      try directory.write([UInt8](image.png), "\(names[0])/\(number).png")
      let mask = instances ? PNG.instances(map) : PNG.classes(map)
      try directory.write([UInt8](mask), "\(names[1])/\(number).png")
    }
  }

  @Suite struct `A segmentation` {
    private let directory = TemporaryDirectory()

    private func run(_ arguments: [String]) throws -> Program.Result {
      try Program.run(arguments, in: directory.url)
    }

    private func train(instances: Bool, _ more: [String] = []) throws -> Program.Result {
      try writeSquares(to: directory, count: 15, instances: instances)
      return try run(
        [
          "train", "--data", ".", "--model", "unet-4x2", "--crop-size", "32", "--steps", "60",
          "--base-lr", "0.001", "--max-lr", "0.03", "--threads", "1", "--batch-size", "4", "--name",
          "s",
        ] + more)
    }

    @Test(arguments: [false, true])
    func `is trained, evaluated and drawn`(instances: Bool) throws {
      let trained = try train(instances: instances, ["--format", "json"])
      #expect(trained.status == 0, "\(trained.messages)")
      #expect(trained.messages.contains("12 training and 3 test images, 2 classes"))
      let folder = RunFolder(directory.url("runs/s-1"))
      let header = try String(contentsOf: folder.metrics, encoding: .utf8).prefix { $0 != "\n" }
      let rows = try MetricsTable.read(folder.metrics).rows
      #expect(rows.filter { $0.split == .trainingImages }.map(\.update) == [60])
      let metrics = "dice,mean_iou,pixel_accuracy" + (instances ? ",ap50" : "")
      #expect(header.hasSuffix("loss,cross_entropy,dice_loss,\(metrics),seconds"), "\(header)")

      let evaluated = try run(["evaluate", "runs/s-1", "--format", "json"])
      #expect(evaluated.status == 0, "\(evaluated.messages)")
      let found = try #require(
        try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
      let values = try #require(found["values"] as? [String: Double])
      #expect(try #require(values["dice"]) > 0.9, "a bright square is soon learned: \(values)")
      #expect(values["boundary_iou"] != nil)
      #expect((values["ap50"] != nil) == instances)
      let report = try String(contentsOf: folder.report, encoding: .utf8)
      #expect(report.contains("data:image/png"), "examples are drawn")

      let drawn = try run([
        "predict", "runs/s-1", "images", "--output", "masks-out", "--overlays", "--probabilities",
      ])
      #expect(drawn.status == 0, "\(drawn.messages)")
      #expect(drawn.output.split(separator: "\n").count == 16, "a head, and a row an image")
      let out = directory.url("masks-out")
      for end in ["3.png", "3-overlay.png", "3-probabilities.safetensors"] {
        #expect(
          FileManager.default.fileExists(atPath: out.appendingPathComponent(end).path), "\(end)")
      }

      let server = try ServedRun("runs/s-1", in: directory.url)
      let image = try Data(contentsOf: directory.url("images/3.png"))
      let answer = try server.post(image).object()
      let mask = (answer["mask"] as? String).flatMap { Data(base64Encoded: $0) }
      #expect(try mask == Data(contentsOf: out.appendingPathComponent("3.png")))
      #expect((answer["objects"] != nil) == instances)
      let headers = ["Content-Type": "image/png", "Accept": "image/png"]
      #expect(try server.ask("POST", "/predict", image, headers).body == mask)
      #expect(try server.post(Data("x".utf8)).status == 415)
      #expect(try server.end() == 0)
    }

    /// Without foreground in masks and predictions Dice is 0 / 0, which is no number and no error.
    @Test func `whose test masks have no foreground ends, with a dash for what is undefined`() throws {
      for part in ["train", "test"] {
        let below = TemporaryDirectory()
        try writeSquares(to: below, count: 6, instances: false)
        // So little foreground, in one training image, that the model predicts none.
        for number in 0..<6 {
          var map = LabelMap(width: 40 + 4 * (number % 3), height: 36 + 3 * (number % 2))
          if part == "train", number == 0 { map[3, 3] = 1 }
          try below.write([UInt8](PNG.classes(map)), "masks/\(number).png")
        }
        try FileManager.default.copyItem(at: below.url, to: directory.url(part))
      }
      let trained = try run([
        "train", "--data", ".", "--model", "unet-4x2", "--crop-size", "32", "--steps", "20", "--max-lr",
        "0.03", "--loss", "cross-entropy", "--threads", "1", "--batch-size", "4", "--name", "s",
      ])
      #expect(trained.status == 0, "\(trained.messages)")
      let evaluated = try run(["evaluate", "runs/s-1", "--format", "json"])
      let found = try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any]
      let values = try #require(found?["values"] as? [String: Any])
      try #require(values["pixel_accuracy"] as? Double == 1, "\(values)")
      #expect(values["dice"] is NSNull && trained.messages.contains("dice -,"), "\(trained.messages)")
      #expect(try run(["train", "--resume", "runs/s-1", "--extend-cycles", "1"]).status == 0)
      #expect(try run(["export", "runs/s-1", "--output", "s.onnx"]).status == 0)
    }

    @Test func `is never drawn over an input, nor over what is not Rondo's`() throws {
      try writeSquares(to: directory, count: 5, instances: false)
      let trained = try run([
        "train", "--data", ".", "--model", "UNet-4x2", "--crop-size", "32", "--steps", "2",
        "--base-lr", "0.001", "--max-lr", "0.03", "--threads", "1", "--batch-size", "4", "--name",
        "s",
      ])
      try #require(trained.status == 0, "\(trained.messages)")
      func predict(_ output: String, _ more: String...) throws -> Program.Result {
        try run(["predict", "runs/s-1", "images", "--output", output] + more)
      }
      let file = try predict("m.json")
      #expect(file.status == 2 && file.messages.contains("the name of a .json file"), "\(file.messages)")
      #expect(!FileManager.default.fileExists(atPath: directory.url("m.json").path))
      // Of other data all images are evaluated.
      try FileManager.default.createDirectory(at: directory.url("whole"), withIntermediateDirectories: true)
      for name in ["images", "masks"] {
        try FileManager.default.createDirectory(
          at: directory.url("whole/" + name), withIntermediateDirectories: true)
        for number in 0..<5 {
          try FileManager.default.copyItem(
            at: directory.url("\(name)/\(number).png"), to: directory.url("whole/\(name)/other\(number).png"))
        }
      }
      let other = try run(["evaluate", "runs/s-1", "--data", "whole"])
      #expect(
        other.messages.contains("evaluated: all 5 images: the data have no splits\n")
          && other.messages.contains("whole, 5 images:"), "\(other.messages)")
      symlink("images", directory.url("link").path)
      try FileManager.default.createDirectory(
        at: directory.url("other"), withIntermediateDirectories: false)
      link(directory.url("images/3.png").path, directory.url("other/3.png").path)
      let before = try contents(of: directory.url("images"))
      for output in ["images", "link", "runs/../images", "other"] {
        let refused = try predict(output)
        #expect(refused.status == 2, "\(output)")
        #expect(
          refused.messages.contains("would be overwritten, and is an image"), "\(refused.messages)")
        #expect(try contents(of: directory.url("images")) == before, "\(output)")
      }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: directory.url("other").path) == [
          "3.png"
        ])

      try FileManager.default.createDirectory(
        at: directory.url("mine"), withIntermediateDirectories: false)
      try directory.write("mine", "mine/2.png")
      let refused = try predict("mine")
      #expect(refused.status == 2)
      #expect(refused.messages.contains("mine/2.png exists already, and was not written by Rondo"))
      #expect(try contents(of: directory.url("mine")) == ["2.png": Data("mine".utf8)])
      #expect(try predict("mine", "--overwrite").status == 0)
      #expect(try predict("images", "--overwrite").status == 0)
      #expect(
        try Data(contentsOf: directory.url("images/2.png"))
          == Data(contentsOf: directory.url("mine/2.png"))
      )
    }

    @Test func `continues where it was killed, and comes to the same`() throws {
      #expect(try train(instances: false, ["--checkpoint-every", "25"]).status == 0)
      let whole = RunFolder(directory.url("runs/s-1"))
      let wanted = try tensorBytes(whole.checkpoint(at: 60))
      try FileManager.default.removeItem(at: whole.checkpoint(at: 60))
      try FileManager.default.removeItem(at: whole.summary)
      #expect(try run(["train", "--resume", "runs/s-1"]).status == 0)
      #expect(try tensorBytes(whole.checkpoint(at: 60)) == wanted)
    }

    @Test(arguments: [
      (["--crop-size", "33"], "a multiple of 4"),
      (["--loss", "mse"], "cross-entropy, focal or dice"),
      (["--model", "resnet-20"], "resnet-20 is one of --task classify"),
      (["--mixup", "1"], "--mixup is for"),
      (["--border-weights"], "has no instances"),
    ])
    func `refuses what cannot be meant`(more: [String], messages: String) throws {
      let result = try train(instances: false, more)
      #expect(result.status == 2)
      #expect(result.messages.contains(messages), "\(result.messages)")
      #expect(!FileManager.default.fileExists(atPath: directory.url("runs").path))
    }
  }
#endif
