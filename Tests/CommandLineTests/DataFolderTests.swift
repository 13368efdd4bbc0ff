#if LIBTORCH
  import Foundation
  import TestSupport
  import Testing

  /// Training on a folder of image files, as people have them.
  @Suite struct `A folder of images` {
    private let directory = TemporaryDirectory()

    /// Copies fixtures of the data sets' tests: one image for each of these paths.
    private func copy(_ fixture: String, to paths: [String]) throws {
      let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("DatasetsTests/Fixtures")
      for path in paths {
        let file = directory.url("photos/" + path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: fixtures.appendingPathComponent(fixture), to: file)
      }
    }

    private func train(_ more: [String] = []) throws -> Program.Result {
      try Program.run(
        [
          "train", "--data", "photos", "--batch-size", "8", "--base-lr", "0.01",
          "--max-lr", "0.05", "--threads", "1",
        ] + (more.contains("--steps") ? [] : ["--steps", "4"]) + more, in: directory.url)
    }

    @Test func `is trained on, described, and evaluated as it was trained`() throws {
      try copy("color.png", to: (0..<10).map { "wave/\($0).png" })
      try copy("gray.jpg", to: (0..<10).map { "gray/\($0).jpg" })
      let result = try train(["--image-size", "16"])
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        result.messages.contains("photos: 16 training and 4 test images, 16x16x3, 2 classes\n"),
        "\(result.messages)")
      #expect(result.messages.contains("found: an image folder of 2 classes without a test set"))
      let evaluated = try Program.run(["evaluate", "runs/photos-1"], in: directory.url)
      #expect(evaluated.status == 0, "\(evaluated.messages)")
      #expect(evaluated.messages.contains("photos, 4 images"))
    }

    @Test func `of several sizes is trained on by parts of its photographs, again on resuming`()
      throws
    {
      try copy("color.png", to: (0..<10).map { "wave/\($0).png" })
      try copy("turned.png", to: (0..<10).map { "turned/\($0).png" })
      let result = try train()
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains("16 training and 4 test images, 32x32x3, 2 classes"))
      #expect(
        result.messages.contains("photographs of 26x37 to 37x26 pixels, cropped to 32x32"),
        "\(result.messages)")
      let run = directory.url("runs/photos-1")
      let settings = try String(
        contentsOf: run.appendingPathComponent("config.yaml"), encoding: .utf8)
      #expect(settings.contains("image-size: 32"))
      let more = try Program.run(
        ["train", "--resume", run.path, "--extend-cycles", "1"], in: directory.url)
      #expect(more.status == 0, "\(more.messages)")
    }

    @Test func `with a broken image is reported, and refused with many`() throws {
      try copy("color.png", to: (0..<10).map { "wave/\($0).png" })
      try copy("gray.jpg", to: (0..<10).map { "gray/\($0).jpg" })
      try Data().write(to: directory.url("photos/gray/3.jpg"))
      let refused = try train(["--image-size", "16"])
      #expect(refused.status == 2)
      #expect(
        refused.messages.contains("photos: 1 of 20 images are broken, the first photos/gray/3.jpg"),
        "\(refused.messages)")
      let result = try train(["--image-size", "16", "--allow-broken"])
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        result.messages.contains(
          "left out: 1 broken image, the first photos/gray/3.jpg: it is empty"),
        "\(result.messages)")
      // What is set already is no advice, also where every image is broken.
      for kind in ["wave", "gray"] {
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path("photos/" + kind)) {
          try Data().write(to: directory.url("photos/\(kind)/\(name)"))
        }
      }
      let all = try train(["--image-size", "16", "--allow-broken"])
      #expect(all.status == 2 && !all.messages.contains("--allow-broken"), "\(all.messages)")
    }

    @Test func `of every kind of image is read whole, and told of, by training and by predicting`()
      throws
    {
      let kinds = ["lossless.webp", "plain.tif", "color.bmp", "plain.gif", "lossy.webp"]
      for (number, kind) in kinds.enumerated() {
        try copy("formats/" + kind, to: ["wave/\(number)-\(kind)", "deep/er/\(number)-\(kind)"])
      }
      try copy("gray.jpg", to: ["wave/photo.jfif", "loose.jpg"])
      try directory.write("no image", "photos/deep/er/notes.txt")
      try directory.write("no image", "photos/deep/photo.heic")
      let result = try train(["--image-size", "16", "--steps", "1"])
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        result.messages.contains("photos: 9 training and 2 test images, 16x16x3, 2 classes\n"))
      #expect(result.messages.contains("classes: deep, wave\n"), "\(result.messages)")
      let leftOut = """
        left out: 1 file, without an image extension: deep/er/notes.txt
        left out: 1 file, of unsupported formats (convert them to PNG or JPEG): deep/photo.heic
        left out: 1 file, images outside class folders: loose.jpg

        """
      #expect(result.messages.contains("used: 9 as training images, 2 as test images\n" + leftOut))
      let kept = try String(contentsOf: directory.url("runs/photos-1/files.json"), encoding: .utf8)
      #expect(kept.contains("\"first\" : \"loose.jpg\""), "\(kept)")
      let predicted = try Program.run(["predict", "runs/photos-1", "photos"], in: directory.url)
      #expect(predicted.status == 0, "\(predicted.messages)")
      #expect(predicted.output.split(separator: "\n").count == 1 + 12)
      #expect(
        predicted.messages == """
          weights: the model's own weights of update-00000001.safetensors
          left out: 1 file, without an image extension: photos/deep/er/notes.txt
          left out: 1 file, of unsupported formats (convert them to PNG or JPEG): photos/deep/photo.heic

          """)
    }

    @Test func `that looks like another task's is refused, and no run is begun`() throws {
      try copy("gray.png", to: (0..<3).flatMap { ["Images/\($0).png", "labels/\($0).png"] })
      let result = try train(["--task", "classify"])
      #expect(result.status == 2)
      #expect(result.messages.contains("photos has Images/ beside labels/"), "\(result.messages)")
      #expect(!FileManager.default.fileExists(atPath: directory.url("runs").path))
    }

    @Test func `with a photograph that is cut short tells of it at the end`() throws {
      try copy("photo.jpg", to: ["train/a/0.jpg", "train/b/0.jpg", "test/a/0.jpg"])
      try copy("color.png", to: (1..<120).map { "train/a/\($0).png" })
      let cut = directory.url("photos/test/a/0.jpg")
      try Data(try Data(contentsOf: cut).prefix(9000)).write(to: cut)
      try copy("color.png", to: (1..<120).map { "test/b/\($0).png" })
      try copy("color.png", to: ["train/b/1.png"])
      let result = try train(["--steps", "1"])
      #expect(result.status == 0, "\(result.messages)")
      #expect(
        result.messages.contains(
          "left out: 1 broken image, the first photos/test/a/0.jpg: it is truncated or damaged"),
        "\(result.messages)")
    }
  }
#endif
