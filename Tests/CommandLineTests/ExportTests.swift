#if LIBTORCH
  import Datasets
  import Foundation
  import TestSupport
  import Testing

  /// The Python that `Scripts/setup-oracles` fills, or the system's.
  private enum Python {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let command: [String] = {
      let own = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent(".oracles/bin/python3").path
      return FileManager.default.isExecutableFile(atPath: own)
        ? [own] : ["/usr/bin/env", "python3"]
    }()

    static let hasRuntime = (try? run(["-c", "import onnx, onnxruntime, numpy, PIL"]))?.status == 0

    static let hasConverter =
      (try? run(["-c", "import coremltools, torch, torchvision, safetensors"]))?.status == 0

    static func script(_ arguments: String..., in folder: URL) throws -> (Int32, String) {
      let found = try run(
        [tests.appendingPathComponent("onnx_predict.py").path] + arguments, folder)
      return (found.status, found.output)
    }

    static func run(
      _ arguments: [String], _ folder: URL? = nil
    ) throws -> (status: Int32, output: String) {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: command[0])
      process.arguments = command.dropFirst() + arguments
      process.currentDirectoryURL = folder
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = pipe
      try process.run()
      let output = String(
        decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return (process.terminationStatus, output)
    }
  }

  @Suite struct `An export` {
    private let directory = TemporaryDirectory()

    private func run(
      _ arguments: [String], status: Int32 = 0, environment: [String: String] = [:]
    ) throws -> Program.Result {
      let result = try Program.run(arguments, in: directory.url, environment: environment)
      #expect(result.status == status, "\(arguments): \(result.messages)")
      return result
    }

    /// Trains for two updates, by default on a few images of two classes.
    private func train(_ more: [String] = [], name: String = "x") throws {
      let data = more.contains("--data") ? [] : ["--data", "classes"]
      if !data.isEmpty { try makeClasses() }
      _ = try run(
        [
          "train", "--steps", "2", "--batch-size", "4", "--base-lr", "0.001", "--max-lr", "0.01",
          "--threads", "1", "--name", name,
        ] + data + more)
    }

    private func text(_ name: String) throws -> String {
      try String(contentsOf: directory.url(name), encoding: .utf8)
    }

    /// Images of 32 by 32 pixels, dark and bright ones.
    private func makeClasses() throws {
      for index in 0..<24 {
        let isBright = index % 2 == 1
        let pixels = (0..<32 * 32 * 3).map {
          UInt8(($0 * (index + 3)) % 60 + (isBright ? 160 : 20))
        }
        let png = pixels.withUnsafeBufferPointer {
          PNG.encoded($0, width: 32, height: 32, channels: 3)
        }
        let part = index < 16 ? "train" : "test"
        try directory.write(png, "classes/\(part)/\(isBright ? "bright" : "dark")/\(index).png")
      }
    }

    /// Four images of 64 by 48 pixels with a square of 20, in YOLO's form.
    private func makeCells() throws {
      try directory.write(
        "train: images/train\nval: images/val\nnames: [cell]\n", "cells/data.yaml")
      for index in 0..<8 {
        let name = (index < 6 ? "train" : "val") + "/\(index)"
        var pixels = [UInt8](repeating: 40, count: 64 * 48 * 3)
        for row in 10..<30 {
          for byte in (3 * (4 * index))..<(3 * (4 * index + 20)) {
            pixels[row * 64 * 3 + byte] = 220
          }
        }
        let png = pixels.withUnsafeBufferPointer {
          PNG.encoded($0, width: 64, height: 48, channels: 3)
        }
        try directory.write(png, "cells/images/\(name).png")
        let middle = Double(4 * index + 10) / 64
        try directory.write(
          "0 \(middle) \(20.0 / 48) \(20.0 / 64) \(20.0 / 48)\n",
          "cells/labels/\(name).txt")
      }
    }

    /// From an image file to a prediction, by ONNX Runtime and by `rondo predict`.
    @Test(
      .enabled(
        if: Python.hasRuntime, "needs Python's onnxruntime, onnx, pillow (Scripts/setup-oracles)"),
      arguments: ["classify", "segment", "detect"])
    func `as ONNX predicts what the run does`(task: String) throws {
      switch task {
      case "segment":
        try train([
          "--data", "shapes", "--task", task, "--model", "unet-4x2", "--crop-size", "32",
        ])
      case "detect":
        try makeCells()
        try train(["--data", "cells"])
      default: try train()
      }
      for place in ["inside", "outside"] {
        _ = try run(["export", "runs/x-1", "--output", "x.onnx", "--preprocessing", place])
        let made = try Python.script("make", "x.onnx", "image.png", in: directory.url)
        try #require(made.0 == 0, "\(made.1)")
        var predicted = "predicted.json"
        if task == "segment" {
          _ = try run(["predict", "runs/x-1", "image.png", "--output", "masks"])
          predicted = "masks/image.png"
        } else {
          _ = try run([
            "predict", "runs/x-1", "image.png", "--format", "json", "--output", predicted,
          ])
        }
        let found = try Python.script("check", "x.onnx", "image.png", predicted, in: directory.url)
        try #require(found.0 == 0, "\(found.1)")
        struct Answer: Decodable { let difference: Double }
        let line = try #require(found.1.split(separator: "\n").last)
        let answer = try JSONDecoder().decode(Answer.self, from: Data(line.utf8))
        #expect(answer.difference < 1e-5, "\(found.1)")
      }
    }

    @Test func `too large for a protocol buffer has its weights in a file beside it`() throws {
      try train()
      let limit = ["RONDO_ONNX_LIMIT": "1000"]
      let messages = try run(
        ["export", "runs/x-1", "--output", "x.onnx"], environment: limit
      ).messages
      #expect(messages.contains("x.onnx.data: its weights, to be kept beside it"), "\(messages)")
      #expect(try Data(contentsOf: directory.url("x.onnx")).count < 200_000)
      let refused = try run(
        ["export", "runs/x-1", "--to", "onnx", "--output", "-"], status: 2, environment: limit)
      #expect(refused.messages.contains("standard output takes one only"), "\(refused.messages)")
      try directory.write("mine", "y.onnx.data")
      let kept = try run(
        ["export", "runs/x-1", "--output", "y.onnx"], status: 2, environment: limit)
      #expect(kept.messages.contains("y.onnx.data exists already"), "\(kept.messages)")
      #expect(!FileManager.default.fileExists(atPath: directory.url("y.onnx").path))
    }

    /// What a link leads to is written, and the link stays; a model card goes beside the link.
    @Test func `goes through a link, which stays one`() throws {
      try train()
      try directory.write("mine", "elsewhere/kept.onnx")
      try FileManager.default.createSymbolicLink(
        atPath: directory.path("linked.onnx"), withDestinationPath: "elsewhere/kept.onnx")
      let refused = try run(["export", "runs/x-1", "--output", "linked.onnx"], status: 2)
      #expect(refused.messages.contains("--overwrite"), "\(refused.messages)")
      #expect(try text("elsewhere/kept.onnx") == "mine")
      _ = try run(["export", "runs/x-1", "--output", "linked.onnx", "--overwrite"])
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: directory.path("linked.onnx"))
          == "elsewhere/kept.onnx")
      #expect(try Data(contentsOf: directory.url("elsewhere/kept.onnx")).count > 10_000)
    }

    @Test func `has a model card beside it, and leaves a user's README alone`() throws {
      try train()
      _ = try run(["evaluate", "runs/x-1"])
      _ = try run(["export", "runs/x-1", "--output", "x.safetensors"])
      let card = try text("README.md")
      for part in [
        "---\nlibrary_name: rondo\npipeline_tag: image-classification\n", "- safetensors\n",
        "model-index:\n", "    - type: accuracy\n      value: 0.", "# x-1\n", "| accuracy | 0.",
        " to 0.", "## Not tested", "It was initialized randomly.",
      ] { #expect(card.contains(part), "\(part) is not in \(card)") }
      // Rondo's own is replaced, a user's is not.
      _ = try run(["export", "runs/x-1", "--output", "x.onnx"])
      #expect(try text("README.md").contains("- onnx\n"))
      // Another model's is left as it is.
      let before = try text("README.md")
      try train(name: "y")
      let second = try run(["export", "runs/y-1", "--output", "y.onnx"]).messages
      #expect(second.contains("y.onnx.md: the model card, since README.md is another model's"), "\(second)")
      #expect(try text("README.md") == before)
      #expect(try text("y.onnx.md").contains("# y-1\n"))
      let other = try run(["export", "runs/x-1", "--to", "onnx", "--output", "x.safetensors"], status: 2)
      #expect(other.messages.contains("ends with another format"), "\(other.messages)")
      try directory.write("mine", "README.md")
      let messages = try run(["export", "runs/x-1", "--output", "x.onnx"]).messages
      #expect(messages.contains("README.md exists and was not written by Rondo"), "\(messages)")
      #expect(try text("README.md") == "mine")
      _ = try run(["export", "runs/x-1", "--output", "x.onnx", "--overwrite"])
      #expect(try text("README.md") == "mine", "which nobody named")
      _ = try run(["export", "runs/x-1", "--output", "x.onnx", "--card", "card.md"])
      #expect(try text("card.md").contains("# x-1\n"))
      _ = try run(["export", "runs/x-1", "--output", "x.onnx", "--card", "README.md"], status: 2)
    }

    @Test(
      .enabled(
        if: Python.hasConverter,
        "needs Python's coremltools, torch, torchvision and safetensors, in .oracles or the system")
    )
    func `to Core ML is a package when its script has run`() throws {
      try train(["--model", "resnet-18"])
      _ = try run(["export", "runs/x-1", "--to", "coreml-script", "--output", "x.py"])
      let converted = try Python.run(["x.py"], directory.url)
      #expect(converted.status == 0, "\(converted.output)")
      #expect(
        FileManager.default.fileExists(atPath: directory.url("x.mlpackage/Manifest.json").path))
    }

    @Test func `to Core ML or LiteRT is a script, for networks that Python has`() throws {
      try train(["--model", "resnet-18"])
      for (format, line) in [
        ("coreml-script", "converted = coremltools.convert("),
        ("litert-script", "litert_torch.convert(model, (example,))"),
      ] {
        _ = try run(["export", "runs/x-1", "--to", format, "--output", "\(format).py"])
        let script = try text("\(format).py")
        #expect(script.contains(line), "\(script)")
        #expect(script.contains("torchvision.models.resnet18(num_classes=len(classes))"))
        #expect(FileManager.default.fileExists(atPath: directory.url("\(format).safetensors").path))
      }
      let unclear = try run(["export", "runs/x-1", "--output", "x.pt"], status: 2)
      #expect(
        unclear.messages.contains("ends with .pt, which names no format"), "\(unclear.messages)")
      try train(["--model", "resnet-11"], name: "own")
      let refused = try run(
        ["export", "runs/own-1", "--to", "coreml-script", "--output", "own.py"], status: 2)
      #expect(refused.messages.contains("resnet-11 is none; use --to onnx"), "\(refused.messages)")
    }
  }
#endif
