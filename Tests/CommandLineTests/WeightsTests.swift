#if LIBTORCH
  import Foundation
  import Runs
  import TestSupport
  import Testing

  @Suite struct `Weights on the command line` {
    private let directory = TemporaryDirectory()
    private static let flags = [
      "train", "--data", ".", "--batch-size", "8", "--base-lr", "0.01", "--max-lr", "0.05",
      "--schedule", "triangular", "--step-size", "15", "--threads", "1", "--no-flip",
    ]

    init() throws { try TinyData.write(to: directory) }

    private func folder(_ name: String) -> RunFolder { RunFolder(directory.url("runs/\(name)")) }

    private func run(_ arguments: [String], status: Int32 = 0) throws -> String {
      let result = try Program.run(arguments, in: directory.url)
      #expect(result.status == status, "\(arguments): \(result.messages)")
      return result.messages
    }

    private func tensors(_ name: String) throws -> Data { try tensorBytes(directory.url(name)) }

    @Test func `go out by export and come in by --weights`() throws {
      _ = try run(Self.flags + ["--steps", "30", "--checkpoint-every", "10", "--name", "first"])
      let messages = try run(["export", "runs/first-1", "--output", "out.safetensors"])
      #expect(
        messages.contains(
          "out.safetensors: the model's own weights of runs/first-1/checkpoints/update-00000030"))
      let size = try tensors("out.safetensors").count

      // With another run's settings in the folder nothing is exported, nor predicted.
      let own = try Data(contentsOf: directory.url("runs/first-1/config.yaml"))
      let others = String(decoding: own, as: UTF8.self)
        .replacingOccurrences(of: "model: resnet-11", with: "model: resnet-9")
      try directory.write(others, "runs/first-1/config.yaml")
      for command in [
        ["export", "runs/first-1", "--output", "other"], ["evaluate", "runs/first-1"],
      ] {
        let refused = try run(command, status: 2)
        #expect(
          refused.contains("is of the model resnet-11, but its run's config.yaml names resnet-9"),
          "\(refused)")
      }
      #expect(!FileManager.default.fileExists(atPath: directory.url("other").path))
      try own.write(to: directory.url("runs/first-1/config.yaml"))

      // Over a link into what it leads to, over nobody's file, and over no input.
      symlink("through.safetensors", directory.url("link").path)
      _ = try run(["export", "runs/first-1", "--output", "link"])
      #expect(try tensors("through.safetensors").count == size)
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: directory.url("link").path)
          == "through.safetensors")
      try directory.write("mine", "mine")
      let kept = try run(["export", "runs/first-1", "--output", "mine"], status: 2)
      #expect(kept.contains("mine exists already, and was not written by Rondo"), "\(kept)")
      let newest = "runs/first-1/checkpoints/update-00000030.safetensors"
      let input = try run(
        ["export", "runs/first-1", "--output", newest, "--overwrite"], status: 2)
      #expect(input.contains("is the checkpoint, which this command reads"), "\(input)")
      _ = try run(["export", "runs/first-1", "--output", "mine", "--overwrite"])
      #expect(try tensors("mine").count == size)
      #expect(size < (try tensors("runs/first-1/checkpoints/update-00000030.safetensors")).count)

      let told = try run(
        Self.flags + [
          "--steps", "2", "--name", "second", "--weights", "out.safetensors", "--freeze",
          "backbone",
        ])
      #expect(told.contains("weights: 62 tensors from out.safetensors"), "\(told)")
      #expect(told.contains("plan: frozen: backbone"), "\(told)")
      _ = try run(["export", "runs/second-1", "--output", "again.safetensors"])
      #expect(try tensors("again.safetensors").count == size)

      // A run that has a checkpoint needs its file of weights no more.
      try FileManager.default.removeItem(at: directory.url("out.safetensors"))
      _ = try run(["evaluate", "runs/second-1"])
      _ = try run(["train", "--resume", "runs/second-1"])
    }

    @Test func `of the best checkpoint are exported where they are asked for`() throws {
      // The ends of three cycles are kept, and evaluated.
      _ = try run(Self.flags + ["--steps", "30", "--step-size", "5", "--name", "best"])
      let best = try run([
        "export", "runs/best-1", "--output", "a.safetensors", "--best", "accuracy",
      ])
      // Of those that are left, the one after which the test images were classified best, or the newest.
      let kept = folder("best-1")
      let rows = try MetricsTable.read(kept.metrics).rows.filter { $0.split == .test }
      let ranked = kept.listCheckpoints().compactMap { checkpoint in
        rows.first { $0.update == checkpoint.update }?.values[0].map { (checkpoint.file, $0) }
      }
      let highest = try #require(ranked.map(\.1).max())
      let expected = try #require(ranked.last { $0.1 == highest }).0.lastPathComponent
      #expect(ranked.count == 3)
      #expect(best.contains(expected), "\(best)")
      #expect(
        best.contains(
          "best by accuracy: \(String(format: "%.4f", highest)) on the test images, which makes their metrics "
            + "too good"), "\(best)")
      let refused = try run(
        ["export", "runs/best-1", "--output", "b.safetensors", "--best", "beauty"], status: 2)
      #expect(refused.contains("There is no metric 'beauty' in"), "\(refused)")
      #expect(refused.contains("It has loss, accuracy"), "\(refused)")
      let missing = try run(
        ["export", "runs/best-1", "--output", "b.safetensors", "--checkpoint", "update-99.safetensors"], status: 2)
      #expect(missing.contains("neither a file nor in runs/best-1/checkpoints, whose newest is update-"), "\(missing)")
      let nowhere = try run(["export", "nowhere", "--output", "b.safetensors"], status: 2)
      #expect(nowhere.contains("nowhere is not a run folder"), "\(nowhere)")
      #expect(!FileManager.default.fileExists(atPath: directory.url("b.safetensors").path))
    }

    /// What ranks first is what is written, and evaluated when it is asked for.
    @Test func `of the best average are ranked as it, exported and evaluated`() throws {
      _ = try run(
        Self.flags + [
          "--steps", "40", "--step-size", "5", "--ema", "0.9", "--validation", "0.25",
          "--name", "ema",
        ])
      let averaged = folder("ema-1")
      let rows = try MetricsTable.read(averaged.metrics).rows.filter { $0.split == .average }
      let kept = Set(averaged.listCheckpoints().map(\.update))
      let candidates = rows.filter { kept.contains($0.update) }
      #expect(candidates.count == 4)
      let lowest = try #require(candidates.min { ($0.loss ?? .nan) < ($1.loss ?? .nan) })
      let expected = averaged.checkpoint(at: lowest.update).lastPathComponent
      let told = try run([
        "export", "runs/ema-1", "--output", "c.safetensors", "--best", "loss",
      ])
      #expect(told.contains("the moving average of the weights (--ema 0.9) of"), "\(told)")
      #expect(told.contains(expected), "\(told)")
      #expect(told.contains("on the validation images\n"), "\(told)")
      let evaluated = try run(["evaluate", "runs/ema-1", "--best", "loss"])
      #expect(
        evaluated.contains(
          "weights: the moving average of the weights (--ema 0.9) of \(expected), best"),
        "\(evaluated)")
    }

    @Test func `that are none are refused before anything is made`() async throws {
      try directory.write([255, 255, 255, 255, 255, 255, 255, 127, 123, 125], "huge.safetensors")
      try directory.write("weights", "short.safetensors")
      // As torch.save and numpy.savez begin their files.
      try directory.write(
        [80, 75, 3, 4] + .init(repeating: 0, count: 26) + Array("x/data.pkl".utf8), "zip.pth")
      try directory.write([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9], "old.pth")
      try directory.write([0x80, 2] + Array("cos\nsystem\n".utf8), "code.pth")
      // As pickle.dump writes a call of os.system, in a frame of 28 bytes.
      try directory.write(
        [0x80, 4, 0x95, 28, 0, 0, 0, 0, 0, 0, 0, 0x8c, 2] + Array("os".utf8) + [0x94, 0x8c, 6]
          + Array("system".utf8) + [0x94, 0x93, 0x94, 0x8c, 4] + Array("true".utf8)
          + [0x94, 0x85, 0x94, 0x52, 0x94, 0x2e], "pickle.pth")
      try directory.write("weights of no kind", "noise.pth")
      try directory.write(
        [80, 75, 3, 4] + .init(repeating: 0, count: 26) + Array("a.npy".utf8), "array.npz")
      try directory.write("<!DOCTYPE html>", "page.bin")
      try directory.write("version https://git-lfs.github.com/spec/v1\n", "pointer.bin")
      try directory.write([0x89] + Array("PNG\r\n\u{1A}\n".utf8) + .init(repeating: 0, count: 20), "photo.bin")
      // A version of 8, and the writer's name.
      try directory.write([8, 8, 0x12, 7] + Array("pytorch".utf8) + [0x1a, 0], "model.onnx")
      try directory.write("", "empty.bin")
      try FileManager.default.createDirectory(
        at: directory.url("folder"), withIntermediateDirectories: false)
      try directory.write("", "folder/model.safetensors")
      let refused = [
        ("huge.safetensors", "its header claims 9223372036854775807 bytes"),
        ("short.safetensors", "is not a complete safetensors file"),
        ("nowhere.safetensors", "nowhere.safetensors cannot be read"),
        ("train-images-idx3-ubyte", "is not a complete safetensors file"),
        ("folder", "folder is a folder; name a safetensors file, such as "),
        ("zip.pth", "is not a complete PyTorch file"),
        ("old.pth", "is not a complete PyTorch file"),
        ("code.pth", "reading it would run code: os.system"),
        ("pickle.pth", "reading it would run code: os.system"),
        ("noise.pth", "is neither a file of torch.save nor a safetensors file"),
        ("array.npz", "is in NumPy's format"), ("page.bin", "is a web page"),
        ("photo.bin", "is an image; name a file of weights"), ("model.onnx", "is a model in ONNX format"),
        ("pointer.bin", "with 'git lfs pull'"), ("empty.bin", "is empty"),
      ]
      try await concurrently(refused) { name, messages in
        let told = try run(Self.flags + ["--weights", name], status: 2)
        #expect(told.contains(messages), "\(told)")
        #expect(told.split(separator: "\n").count == 1, "\(told)")
      }
      #expect(!FileManager.default.fileExists(atPath: directory.url("runs").path))
    }

    /// A checkpoint's file is a file of weights; another model's is refused.
    @Test func `of another model are refused`() throws {
      _ = try run(Self.flags + ["--steps", "2", "--name", "other"])
      let file = "runs/other-1/checkpoints/update-00000002.safetensors"
      let told = try run(
        Self.flags + ["--weights", file, "--model", "resnet-20", "--name", "refused"], status: 2)
      #expect(told.contains("has the weights of another model: of the model's "), "\(told)")
      for words in ["it lacks layer1.0.conv1", "it has the additional bn2.bias"] {
        #expect(told.contains(words), "\(told)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder("refused-1").url.path))
    }

    /// What is dropped follows from the seed and the batch: a run that continues is the same run.
    @Test func `with dropout and stochastic depth continue as if nothing had been`() throws {
      _ = try run(
        Self.flags + [
          "--steps", "12", "--checkpoint-every", "5", "--name", "whole", "--model",
          "wide-resnet-16-4", "--dropout", "0.3", "--stochastic-depth", "0.4",
        ])
      let (whole, broken) = (folder("whole-1"), folder("broken-1"))
      try FileManager.default.copyItem(at: whole.url, to: broken.url)
      try FileManager.default.removeItem(at: broken.checkpoint(at: 12))
      _ = try run(["train", "--resume", "runs/broken-1"])
      func end(_ name: String) throws -> Data {
        try tensors("runs/\(name)-1/checkpoints/update-00000012.safetensors")
      }
      #expect(try end("broken") == end("whole"))
    }
  }
#endif
