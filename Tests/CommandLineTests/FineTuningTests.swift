#if LIBTORCH
  import Foundation
  import Runs
  import Settings
  import TestSupport
  import Testing

  @Suite struct `Fine-tuning on the command line` {
    private let directory = TemporaryDirectory()
    private static let flags = [
      "train", "--data", ".", "--base-lr", "0.01", "--max-lr", "0.05", "--schedule", "triangular",
      "--step-size", "6", "--threads", "1",
    ]

    init() throws {
      try TinyData.write(to: directory)
      _ = try run(
        Self.flags + ["--steps", "12", "--batch-size", "8", "--name", "first", "--no-flip"])
      _ = try run(["export", "runs/first-1", "--output", "w.safetensors"])
    }

    private func run(_ arguments: [String], status: Int32 = 0) throws -> String {
      let result = try Program.run(arguments, in: directory.url)
      #expect(result.status == status, "\(arguments): \(result.messages)")
      return result.messages
    }

    private func settings(_ name: String) throws -> RunSettings {
      try RunSettings.read(from: RunFolder(directory.url("runs/\(name)")).configuration.path)
    }

    @Test func `chooses a recipe, prints it, and resumes with it`() throws {
      let told = try run(
        Self.flags + ["--steps", "12", "--weights", "w.safetensors", "--name", "tuned"])
      for words in [
        "plan: fine-tuning (--recipe from-scratch leaves it out): sgd, flips",
        "plan: rates by depth: each block at 0.9 times that of the block above it",
        "--recipe fine-tuning", "--layer-decay 0.9", "--batch-size 16",
      ] { #expect(told.contains(words), "\(words): \(told)") }
      let settings = try settings("tuned-1")
      #expect(settings.model.recipe == .fineTuning && settings.optimizer.layerDecay == 0.9)
      #expect(try run(["train", "--resume", "runs/tuned-1"]).contains("this run is finished"))

      // A fifth of the epochs that were typed, not of the recipe's 60.
      _ = try run(Self.flags + ["--epochs", "1", "--weights", "w.safetensors", "--name", "brief"])
      #expect(try self.settings("brief-1").evaluation.evaluateEvery == 1)

      let typed = try run(
        Self.flags + [
          "--steps", "12", "--weights", "w.safetensors", "--name", "typed", "--layer-decay", "0.5",
          "--head-factor", "3", "--optimizer", "adamw",
        ])
      #expect(typed.contains("each block at 0.5 times that of the block above it, the head at 3.0"))
      let scratch = try run(
        Self.flags + [
          "--steps", "12", "--weights", "w.safetensors", "--name", "old", "--recipe",
          "from-scratch",
        ])
      #expect(!scratch.contains("rates by depth") && !scratch.contains("plan: fine-tuning"))
    }

    /// A run of before there was a recipe has none of its settings in its file.
    @Test func `says nothing of batch norms where a network has none`() throws {
      let net = ["--model", "caffe-cifar10-quick", "--steps", "6", "--no-flip"]
      _ = try run(Self.flags + net + ["--batch-size", "8", "--name", "caffe"])
      _ = try run(["export", "runs/caffe-1", "--output", "caffe.safetensors"])
      let tuning = net + ["--weights", "caffe.safetensors", "--batch-size", "8"]
      let told = try run(Self.flags + tuning + ["--name", "quiet"])
      #expect(told.contains("plan: fine-tuning"), "\(told)")
      #expect(!told.contains("batch norm") && !told.contains("frozen-norm"), "\(told)")
      #expect(try settings("quiet-1").model.frozenNorm == nil)
      let typed = try run(Self.flags + tuning + ["--frozen-norm", "--name", "typed"])
      #expect(
        typed.contains(
          "note: --frozen-norm changes nothing: caffe-cifar10-quick has no batch norms"),
        "\(typed)")
      #expect(!typed.contains("batch norms:"), "\(typed)")
      let small = try run(
        Self.flags + [
          "--steps", "6", "--batch-size", "8", "--weights", "w.safetensors", "--name", "norms",
        ])
      #expect(small.contains("plan: batch norms: as in the weights, frozen"), "\(small)")
    }

    @Test func `says which typed settings change nothing`() throws {
      let told = try run(
        Self.flags + [
          "--steps", "6", "--batch-size", "16", "--weights", "w.safetensors", "--name", "nothing", "--zero-head",
          "--head-first", "50%", "--sync-batch-norm", "--crop-share", "0.9",
        ])
      for note in [
        "--zero-head changes nothing: the weights have a head for these classes",
        "the weights have a head for these classes, and --head-first trains it alone at first",
        "--sync-batch-norm changes nothing: one process trains alone",
        "--crop-share changes nothing: images held in memory are seen whole",
      ] { #expect(told.contains("note: " + note), "\(told)") }
      let frozen = try run(
        Self.flags + ["--steps", "6", "--batch-size", "8", "--weights", "w.safetensors", "--sync-batch-norm"])
      #expect(frozen.contains("note: --sync-batch-norm changes nothing: resnet-11 has no batch norms that are trained"))
    }

    @Test func `leaves a run alone that began without a recipe`() throws {
      _ = try run(
        Self.flags + [
          "--steps", "12", "--batch-size", "8", "--weights", "w.safetensors", "--name", "old",
          "--recipe", "from-scratch",
        ])
      let folder = RunFolder(directory.url("runs/old-1"))
      for file in [folder.configuration, folder.plan] {
        let text = try String(contentsOf: file, encoding: .utf8)
        try text.replacing("recipe: from-scratch\n", with: "")
          .replacing(#/\s*"recipe"\s*:\s*"from-scratch",/#, with: "")
          .write(to: file, atomically: true, encoding: .utf8)
      }
      #expect(try settings("old-1").model.recipe == nil)
      let told = try run(["train", "--resume", "runs/old-1", "--extend-cycles", "1"])
      #expect(!told.contains("fine-tuning"), "\(told)")
      #expect(try settings("old-1").optimizer.layerDecay == nil)
    }

    @Test func `trains a head on features, which is evaluated and predicts as any other model`()
      throws
    {
      let told = try run(
        Self.flags + [
          "--steps", "24", "--weights", "w.safetensors", "--freeze", "backbone", "--name", "probe",
          "--beta2", "0.95",
        ])
      #expect(
        told.contains(
          "plan: linear probe: the features of each image, of its mirror image and of 4 augmented versions (shifts by "
            + "up to 1 pixel, flips) are computed once"), "24 updates are 6 epochs")
      #expect(told.contains("plan: frozen: backbone") && told.contains("--cached-features"))
      // The recipe's optimizer is AdamW, which has it; that of all layers is SGD.
      #expect(try settings("probe-1").optimizer.beta2 == 0.95)
      let all = try run(
        Self.flags + ["--steps", "6", "--weights", "w.safetensors", "--beta2", "0.95"], status: 2)
      #expect(all.contains("--beta2 is 0.95, but must be left out with --optimizer sgd"), "\(all)")
      _ = try run(["evaluate", "runs/probe-1"])
      _ = try run(["export", "runs/probe-1", "--output", "probe.safetensors"])
      let before = try tensorBytes(directory.url("w.safetensors"))
      #expect(try tensorBytes(directory.url("probe.safetensors")).count == before.count)
      #expect(
        try run(["train", "--resume", "runs/probe-1", "--extend-cycles", "1"]).contains("36/36")
          || settings("probe-1").model.cachedFeatures == true)

      let pasted = try run(
        Self.flags + [
          "--steps", "6", "--weights", "w.safetensors", "--freeze", "backbone", "--flip",
          "--cached-features", "--feature-views", "2",
        ])
      #expect(
        pasted.contains("plan: linear probe: the features of each image and of its mirror image are"))
      for (flags, words) in [
        (
          ["--weights", "w.safetensors", "--freeze", "backbone", "--no-flip"],
          "1, or given with an augmentation such as --flip"
        ),
        (["--weights", "w.safetensors"], "given with --freeze backbone"),
        (["--freeze", "backbone"], "given with --weights or --cached-features"),
      ] {
        let told = try run(Self.flags + flags + ["--steps", "6", "--feature-views", "2"], status: 2)
        #expect(told.contains("--feature-views is 2, but must be \(words)"), "\(told)")
      }
      let slow = try run(
        Self.flags + [
          "--steps", "6", "--weights", "w.safetensors", "--freeze", "backbone", "--crop-padding", "1",
        ])
      #expect(!slow.contains("linear probe") && slow.contains("plan: frozen: backbone"))
      let refused = try run(
        Self.flags + [
          "--weights", "w.safetensors", "--freeze", "backbone", "--crop-padding", "1",
          "--cached-features",
        ], status: 2)
      #expect(
        refused.contains("left out with --crop-padding, which changes an image's features"), "\(refused)")
    }

    @Test func `weighs, samples and focuses classes`() throws {
      let told = try run(
        Self.flags + [
          "--steps", "6", "--batch-size", "8", "--class-weights", "1,2,3,4", "--balanced-sampling",
          "--loss", "focal", "--focal-gamma", "1.5",
        ])
      #expect(told.contains("class weights: 0 1.000, 1 2.000, 2 3.000, 3 4.000"), "\(told)")
      #expect(told.contains("balanced sampling: an epoch has about 16 images of each class"))
      for (flags, words) in [
        (["--class-weights", "1,2"], "4 numbers, one for each of 0, 1, 2, 3"),
        (["--class-weights", "equal"], "balanced, sqrt, none, or for each class 0 or a number"),
        (["--loss", "dice"], "cross-entropy or focal for classification"),
        (["--loss", "focal+cross-entropy"], "cross-entropy or focal for classification"),
      ] {
        let refused = try run(Self.flags + flags, status: 2)
        #expect(refused.contains(words), "\(refused)")
      }
    }
  }
#endif
