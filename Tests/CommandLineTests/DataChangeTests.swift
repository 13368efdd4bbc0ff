#if LIBTORCH
  import Datasets
  import Foundation
  import Masks
  import Runs
  import TestSupport
  import Testing

  /// Runs that are resumed on data which have changed.
  @Suite struct `A run whose data have changed` {
    private let directory = TemporaryDirectory()

    private func run(_ arguments: String...) throws -> Program.Result {
      try Program.run(arguments, in: directory.url)
    }

    private func write(_ data: Data, _ path: String) throws {
      let file = directory.url("data/" + path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: file)
    }

    private func move(_ from: String, _ to: String) throws {
      try FileManager.default.moveItem(
        at: directory.url("data/" + from), to: directory.url("data/" + to))
    }

    private func picture(_ number: Int, width: Int = 16, height: Int = 16) -> Data {
      let pixels = (0..<width * height * 3).map { UInt8(($0 * (number + 3)) % 251) }
      return pixels.withUnsafeBufferPointer {
        PNG.encoded($0, width: width, height: height, channels: 3)
      }
    }

    /// Trains for a few updates on what was written.
    private func train(_ more: String...) throws {
      try Program.trainBriefly(more, in: directory.url)
    }

    /// Takes the run's end away, so that something is left to do, and resumes it.
    private func resume() throws -> Program.Result {
      let folder = RunFolder(directory.url("runs/run-1"))
      try? FileManager.default.removeItem(at: folder.summary)
      return try run("train", "--resume", "runs/run-1")
    }

    private func writeClasses() throws {
      for name in ["cat", "dog", "emu"] {
        for index in 0..<6 {
          let number = index + (name == "cat" ? 0 : name == "dog" ? 20 : 40)
          try write(picture(number), "train/\(name)/\(index).png")
          if index < 2 { try write(picture(number + 10), "test/\(name)/\(index).png") }
        }
      }
    }

    @Test func `in place is said, and --data has the run continue there`() throws {
      try writeClasses()
      try train()
      let moved = directory.url("elsewhere/photos")
      try FileManager.default.createDirectory(
        at: moved.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.moveItem(at: directory.url("data"), to: moved)
      for result in [try resume(), try run("evaluate", "runs/run-1")] {
        #expect(result.status == 2)
        #expect(
          result.messages.contains(
            "the run's data, 'data', are not there any more (looked for below \(directory.url.path)"),
          "\(result.messages)")
      }
      let mistyped = try run("train", "--resume", "runs/run-1", "--data", "elsewhere/photo")
      #expect(mistyped.status == 2)
      #expect(mistyped.messages.contains("'elsewhere/photo' is neither a data set nor a folder"))
      let found = try run("train", "--resume", "runs/run-1", "--data", "elsewhere/photos", "--threads", "1")
      #expect(found.status == 0, "\(found.messages)")
      let evaluated = try run("evaluate", "runs/run-1")
      #expect(evaluated.status == 0, "the new place is kept: \(evaluated.messages)")
    }

    @Test func `in images says what differs, and continues`() throws {
      try writeClasses()
      try train()
      #expect(try !resume().messages.contains("changed since"))
      try FileManager.default.removeItem(at: directory.url("data/train/dog/3.png"))
      try write(picture(77), "train/cat/9.png")
      try write(picture(78), "train/emu/1.png")
      let result = try resume()
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        result.messages.contains(
          "note: data has changed since the run was trained: images: 1 added (the first is "
            + "train/cat/9.png), 1 removed (the first is train/dog/3.png), 1 changed (the first is "
            + "train/emu/1.png). The run continues with the data as it is now"),
        "\(result.messages)")
      let evaluated = try run("evaluate", "runs/run-1")
      #expect(evaluated.status == 0)
      #expect(!evaluated.messages.contains("changed since"), "the run has trained on the data as they are")
      // Without the record the checkpoint still has its digest.
      try FileManager.default.removeItem(at: RunFolder(directory.url("runs/run-1")).data)
      #expect(
        try resume().messages.contains("data.tsv, which would show the differences, is missing"))
    }

    /// Images are known by their files' bytes.
    @Test func `in names says which images were trained on`() throws {
      try writeClasses()
      try train()
      try move("train/cat/0.png", "test/cat/new.png")
      let moved = try run("evaluate", "runs/run-1")
      #expect(
        moved.messages.contains("1 image that the run was trained on is evaluated now, which makes"),
        "\(moved.messages)")
      try move("test/cat/new.png", "train/cat/0.png")
      try move("train", "other")
      try move("test", "train")
      try move("other", "test")
      let swapped = try run("evaluate", "runs/run-1")
      #expect(
        swapped.messages.contains("18 images that the run was trained on are evaluated now"), "\(swapped.messages)")
      let begun = try run(
        "train", "--data", "data", "--steps", "1", "--batch-size", "4", "--base-lr", "0.001", "--max-lr", "0.01",
        "--weights", "runs/run-1/checkpoints/update-00000004.safetensors")
      #expect(
        begun.messages.contains("note: 18 of 18 test images are images that the run of runs/run-1/"),
        "\(begun.messages)")
    }

    @Test func `remembers what it was trained on in between`() throws {
      try writeClasses()
      try train()
      try write(picture(90), "train/cat/7.png")
      #expect(try resume().messages.contains("1 added"))
      try move("train/cat/7.png", "test/cat/late.png")
      let once = "1 image that the run was trained on is evaluated now"
      #expect(try run("evaluate", "runs/run-1").messages.contains(once))
      #expect(try resume().messages.contains(once))
      let evaluated = try run("evaluate", "runs/run-1")
      #expect(evaluated.messages.contains("note: " + once), "\(evaluated.messages)")
    }

    @Test func `has images among other data, which is said`() throws {
      try writeClasses()
      try train()
      for name in ["cat", "dog"] {
        for index in 0..<3 {
          try write(picture(index + (name == "cat" ? 0 : 20)), "../more/\(name)/copy-\(index).png")
          try write(picture(index + 100), "../more/\(name)/new-\(index)-\(name).png")
        }
      }
      let evaluated = try run("evaluate", "runs/run-1", "--data", "more")
      #expect(evaluated.status == 0, "\(evaluated.messages)")
      #expect(
        evaluated.messages.contains("note: 6 of 12 images are ones that the run was trained on, so the metrics are"),
        "\(evaluated.messages)")
      struct Stored: Decodable { let trained_images: Int }
      let json = try run("evaluate", "runs/run-1", "--data", "more", "--format", "json")
      #expect(try JSONDecoder().decode(Stored.self, from: Data(json.output.utf8)).trained_images == 6)
      #expect(try run("report", "runs/run-1").status == 0)
      let page = try String(contentsOf: RunFolder(directory.url("runs/run-1")).report, encoding: .utf8)
      #expect(page.contains("The run was trained on 6 of the images, so that its metrics are too good."))
      let own = try run("evaluate", "runs/run-1", "--format", "json")
      #expect(try JSONDecoder().decode(Stored.self, from: Data(own.output.utf8)).trained_images == 0)
    }

    /// A run from a run from a run.
    @Test func `in the run before the one before is remembered, and said of folds`() throws {
      try writeClasses()
      try train()
      try move("train", "../first")
      for name in ["cat", "dog", "emu"] {
        for index in 0..<6 { try write(picture(index + 150), "train/\(name)/\(name)-\(index).png") }
      }
      func begin(_ name: String, from weights: String, _ more: String...) throws -> Program.Result {
        try Program.run(
          [
            "train", "--data", "data", "--steps", "2", "--batch-size", "4", "--base-lr", "0.001", "--max-lr", "0.01",
            "--threads", "1", "--name", name, "--weights", weights,
          ] + more, in: directory.url)
      }
      let second = try begin("second", from: "runs/run-1/checkpoints/update-00000004.safetensors")
      #expect(second.status == 0 && !second.messages.contains("was trained on"), "\(second.messages)")
      // A table of somebody's beside other weights, and a record that is damaged.
      try FileManager.default.createDirectory(at: directory.url("mine/checkpoints"), withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: directory.url("runs/run-1/checkpoints/update-00000004.safetensors"),
        to: directory.url("mine/checkpoints/w.safetensors"))
      try directory.write("a table\n", "mine/data.tsv")
      let mine = try begin("mine", from: "mine/checkpoints/w.safetensors")
      #expect(mine.status == 0 && !mine.messages.contains("is not known"), "\(mine.messages)")
      try directory.write("settings: 1\n", "mine/config.yaml")
      let damaged = try begin("damaged", from: "mine/checkpoints/w.safetensors")
      #expect(damaged.status == 0 && damaged.messages.contains("was trained on is not known: "), "\(damaged.messages)")
      try move("test", "../unseen")
      try move("../first", "test")
      let third = try begin("third", from: "runs/second-1/checkpoints/update-00000002.safetensors")
      #expect(
        third.messages.contains("note: 18 of 18 test images are images that the run of runs/second-1/"),
        "\(third.messages)")
      let evaluated = try run("evaluate", "runs/third-1")
      #expect(
        evaluated.messages.contains("18 images that the run was trained on are evaluated now"), "\(evaluated.messages)")
      try FileManager.default.removeItem(at: directory.url("data/train"))
      try move("test", "train")
      try move("../unseen", "test")
      let folds = try begin(
        "folds", from: "runs/run-1/checkpoints/update-00000004.safetensors", "--folds", "2")
      #expect(
        folds.messages.contains("9 of 9 held-out images are images that the run of runs/run-1/"), "\(folds.messages)")
      let doubted = try run("evaluate", "--label-errors", "runs/folds-1")
      #expect(
        doubted.messages.contains("18 of 18 images are ones that the run was trained on whose"),
        "\(doubted.messages)")
    }

    @Test func `of which only the test images are left is evaluated on those`() throws {
      try writeClasses()
      try train()
      let whole = try run("evaluate", "runs/run-1")
      try FileManager.default.removeItem(at: directory.url("data/train"))
      let left = try run("evaluate", "runs/run-1")
      #expect(left.status == 0 && left.output == whole.output, "\(left.messages)")
      #expect(left.messages.contains("evaluated: 6 images of the split 'test'"), "\(left.messages)")
      let resumed = try resume()
      #expect(resumed.status == 2 && resumed.messages.contains("nothing to train on"), "\(resumed.messages)")
    }

    /// Folders are called 0, 1 and 2, and the run's classes cat, dog and emu.
    @Test func `of classes called by numbers is not evaluated by their order`() throws {
      try writeClasses()
      try train()
      try FileManager.default.createDirectory(at: directory.url("numbers"), withIntermediateDirectories: true)
      for (number, name) in ["cat", "dog", "emu"].enumerated() { try move("test/\(name)", "../numbers/\(number)") }
      let result = try run("evaluate", "runs/run-1", "--data", "numbers")
      #expect(result.status == 2 && result.messages.contains("'0'"), "\(result.messages)")
    }

    @Test func `in place keeps the new place through each change of its plan`() throws {
      try writeClasses()
      try train()
      try FileManager.default.moveItem(at: directory.url("data"), to: directory.url("moved"))
      let first = try run("train", "--resume", "runs/run-1", "--data", "moved", "--extend-cycles", "1")
      #expect(first.status == 0, "\(first.messages)")
      let over = try run("train", "--resume", "runs/run-1", "--checkpoint-every", "3")
      #expect(
        over.messages.contains(
          "this run is finished after 8 updates, and has --checkpoint-every anew in its config.yaml"),
        "\(over.messages)")
      let second = try run("train", "--resume", "runs/run-1", "--extend-cycles", "1")
      #expect(second.status == 0, "\(second.messages)")
      let text = try String(contentsOf: directory.url("runs/run-1/config.yaml"), encoding: .utf8)
      #expect(text.contains("data: moved\n") && text.contains("checkpoint-every: 3\n"), "\(text)")
    }

    /// The folder's letters decide the classes' numbers: without `cat` a dog would be a cat.
    @Test func `in classes is refused, and its files stay as they are`() throws {
      try writeClasses()
      try train()
      let kept = try contents(of: directory.url("runs/run-1"))
      for part in ["train", "test"] { try move("\(part)/cat", "\(part)/zebra") }
      let result = try run("train", "--resume", "runs/run-1")
      #expect(result.status == 2)
      #expect(
        result.messages.contains(
          "rondo: data has other classes than at the start of the run: cat is gone, zebra is new. Restore "
            + "the data, or start a new run on it"), "\(result.messages)")
      let more = try run("train", "--resume", "runs/run-1", "--extend-cycles", "1")
      #expect(more.status == 2)
      #expect(try contents(of: directory.url("runs/run-1")) == kept)
      // An evaluation refuses them too; a prediction names classes as the run learned them.
      #expect(try run("evaluate", "runs/run-1").status == 2)
      let predicted = try run("predict", "runs/run-1", "data/test", "--top", "3")
      #expect(predicted.status == 0)
      #expect(predicted.output.contains(",cat,") && !predicted.output.contains(",zebra,"))
      // A head that was trained for others is not taken over.
      let begun = try run(
        "train", "--data", "data", "--steps", "1", "--batch-size", "4", "--base-lr", "0.001",
        "--max-lr", "0.01", "--weights", "runs/run-1/checkpoints/update-00000004.safetensors")
      #expect(begun.status == 0)
      #expect(
        begun.messages.contains(
          "the head fc of 3 outputs is replaced by one of 3, as the file's is for the classes cat, dog, "
            + "emu"), "\(begun.messages)")
    }

    @Test func `in labels alone is refused`() throws {
      try writeClasses()
      try train()
      try move("train/cat", "train/x")
      try move("train/dog", "train/cat")
      try move("train/x", "train/dog")
      for arguments in [["train", "--resume", "runs/run-1"], ["evaluate", "runs/run-1"]] {
        let result = try Program.run(arguments, in: directory.url)
        #expect(result.status == 2)
        #expect(
          result.messages.contains(
            "data has other labels than at the start of the run: train/cat/0.png and 11 more images have "
              + "another class now ('cat', before 'dog')"), "\(result.messages)")
      }
    }

    @Test func `is refused where the names of boxes' classes were exchanged`() throws {
      let yaml = "train: images/train\nval: images/val\nnames: [cell, debris]\n"
      try write(Data(yaml.utf8), "data.yaml")
      for index in 0..<12 {
        let part = index < 8 ? "train" : "val"
        try write(picture(index, width: 48, height: 32), "images/\(part)/\(index).png")
        try write(
          Data("\(index % 2) 0.5 0.5 0.4 0.4\n".utf8), "labels/\(part)/\(index).txt")
      }
      try train("--image-size", "48")
      try write(Data("0 0.4 0.5 0.4 0.4\n".utf8), "labels/train/2.txt")
      let moved = try resume()
      #expect(moved.status == 0, "\(moved.messages)")
      #expect(moved.messages.contains("images: 1 changed (the first is images/train/2.png)"))
      try write(Data("1 0.5 0.5 0.4 0.4\n".utf8), "labels/train/4.txt")
      let relabeled = try resume()
      #expect(relabeled.status == 2)
      #expect(relabeled.messages.contains("the classes of images/train/4.png have changed"))
      let others = yaml.replacingOccurrences(of: "[cell, debris]", with: "[debris, cell]")
      try write(Data(others.utf8), "data.yaml")
      let result = try resume()
      #expect(result.status == 2)
      #expect(
        result.messages.contains("their order has changed (debris, cell, before cell, debris)"),
        "\(result.messages)")
    }

    @Test func `is refused where the classes of masks were exchanged`() throws {
      func mask(_ index: Int, _ one: UInt16, _ other: UInt16) throws {
        let labels = (0..<1024).map { UInt16($0 < 300 ? one : $0 < 500 ? other : 0) }
        try write(
          PNG.classes(LabelMap(width: 32, height: 32, labels: labels)), "masks/\(index).png")
      }
      for index in 0..<10 {
        try write(picture(index, width: 32, height: 32), "images/\(index).png")
        try mask(index, 1, 2)
      }
      try write(Data("ground\ncell\ndebris\n".utf8), "classes.txt")
      try train("--model", "unet-4x2", "--crop-size", "32")
      #expect(try !resume().messages.contains("changed since"))
      for index in 0..<10 { try mask(index, 2, 1) }
      let result = try resume()
      #expect(result.status == 2)
      #expect(
        result.messages.contains("the classes of images/0.png and 9 more have changed"),
        "\(result.messages)")
      try write(Data("ground\ndebris\ncell\n".utf8), "classes.txt")
      #expect(try resume().messages.contains("data has other classes than at the start of the run"))
    }

    @Test func `in files without names is refused where their labels are others`() throws {
      let data = TemporaryDirectory()
      try TinyData.write(to: data)
      let begun = try Program.run(
        [
          "train", "--data", ".", "--steps", "4", "--batch-size", "8", "--base-lr", "0.01",
          "--max-lr", "0.05", "--threads", "1", "--name", "run",
        ], in: data.url)
      try #require(begun.status == 0, "\(begun.messages)")
      let labels = data.url("train-labels-idx1-ubyte")
      var bytes = try Data(contentsOf: labels)
      for directory in bytes.indices.dropFirst(8) { bytes[directory] = 3 - bytes[directory] }
      try bytes.write(to: labels)
      let result = try Program.run(["train", "--resume", "runs/run-1"], in: data.url)
      #expect(result.status == 2)
      #expect(
        result.messages.contains("the classes of the train images have changed"),
        "\(result.messages)")
      // Without a record, as older runs have none, it continues and says that.
      try FileManager.default.removeItem(at: data.url("runs/run-1/data.tsv"))
      let old = try Program.run(
        ["train", "--resume", "runs/run-1", "--extend-cycles", "1"], in: data.url)
      #expect(old.status == 0, "\(old.messages)")
      #expect(old.messages.contains("data.tsv, which would show the differences, is missing"))
    }
  }
#endif
