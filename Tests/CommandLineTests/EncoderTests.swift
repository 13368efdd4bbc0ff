#if LIBTORCH
  import Foundation
  import Runs
  import Settings
  import TestSupport
  import Testing

  @Suite struct `An encoder on the command line` {
    private let directory = TemporaryDirectory()

    private func run(
      _ arguments: [String], data: String = "shapes", status: Int32 = 0
    ) throws -> String {
      let result = try Program.run(["train", "--data", data] + arguments, in: directory.url)
      #expect(result.status == status, "\(arguments): \(result.messages)")
      return result.messages
    }

    @Test func `is part of the model's name in a run, which evaluates without a word more`() throws {
      try writeSquares(to: directory, count: 5, instances: false)
      let short = ["--steps", "2", "--batch-size", "2", "--max-lr", "0.001", "--threads", "1"]
      _ = try run(
        short + [
          "--task", "segment", "--encoder", "MobileNetV3_small", "--crop-size", "32", "--name",
          "masks",
        ], data: ".")
      let configuration = try String(
        contentsOf: directory.url("runs/masks-1/config.yaml"), encoding: .utf8)
      #expect(configuration.contains("model: unet-mobilenet-v3-small"), "\(configuration)")
      #expect(!configuration.contains("encoder"))
      let evaluated = try Program.run(["evaluate", "runs/masks-1"], in: directory.url)
      #expect(evaluated.status == 0, "\(evaluated.messages)")
    }

    @Test func `with trained weights has the recipe for them, and its head trains first`() throws {
      try writeSquares(to: directory, count: 5, instances: false)
      let short = ["--batch-size", "2", "--max-lr", "0.001", "--threads", "1"]
      _ = try run(
        short + [
          "--task", "classify", "--model", "mobilenet-v3-small", "--image-size", "32", "--steps",
          "1", "--name", "photos",
        ])
      let exported = try Program.run(
        ["export", "runs/photos-1", "--output", "w.safetensors"], in: directory.url)
      #expect(exported.status == 0, "\(exported.messages)")
      let told = try run(
        short + [
          "--task", "segment", "--encoder", "mobilenet-v3-small", "--crop-size", "32", "--weights",
          "w.safetensors", "--steps", "4", "--head-first", "50%", "--name", "masks",
        ], data: ".")
      for words in [
        "plan: fine-tuning (--recipe from-scratch leaves it out): adamw",
        "plan: rates by depth: each block at 0.9 times",
        "plan: batch norms of the encoder: as in the weights, frozen",
        "plan: frozen: backbone, until update 2",
      ] { #expect(told.contains(words), "\(words): \(told)") }
      let settings = try RunSettings.read(from: directory.url("runs/masks-1/config.yaml").path)
      #expect(settings.model.freeze?.isBackbone == true && settings.model.recipe == .fineTuning)
      let resumed = try Program.run(["train", "--resume", "runs/masks-1"], in: directory.url)
      #expect(resumed.messages.contains("this run is finished"), "\(resumed.messages)")
    }

    private static let refused = [
      (
        ["--task", "segment", "--encoder", "vgg-16"],
        "--encoder is vgg-16, but must be a model with stages: resnet-18,"
      ),
      (["--task", "segment", "--encoder", "resnet19"], "did you mean 'resnet-18'"),
      (
        ["--task", "segment", "--model", "unet-16", "--encoder", "resnet-18"],
        "it is for --model unet"
      ),
      (
        ["--task", "detect", "--model", "fcos-narrow", "--encoder", "resnet-18"],
        "it is for --model fcos or retinanet"
      ),
      (
        ["--task", "classify", "--encoder", "resnet-18"],
        "it is for --model unet with --task segment and --model fcos or retinanet with --task detect"
      ),
      (
        ["--task", "classify", "--encoder", "resnet-18", "--model", "unet"],
        "it is for --model unet with --task segment"
      ),
      (["--task", "classify", "--model", "unet"], "unet is one of --task segment"),
      (["--task", "segment", "--model", "fcos"], "fcos is one of --task detect"),
    ]

    @Test func `that does not fit is refused in one sentence`() async throws {
      try await concurrently(Self.refused) { arguments, words in
        let told = try run(arguments, status: 2)
        #expect(told.contains(words), "\(told)")
        #expect(told.split(separator: "\n").count == 1, "\(told)")
      }
    }
  }
#endif
