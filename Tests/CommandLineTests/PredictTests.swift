#if LIBTORCH
  import Datasets
  import Foundation
  import Runs
  import TestSupport
  import Testing

  /// Evaluating a run and using it, on a folder of image files that it was trained on.
  @Suite struct `A trained run` {
    let directory: TemporaryDirectory

    init() throws { directory = try Self.trained.copy() }

    /// Trains on images of one color, which is soon fitted; the pixels grow a little brighter.
    private static let trained = PreparedDirectory { directory in
      func write(_ color: [UInt8], _ grain: Int, _ path: String) throws {
        try Self.write(color, grain, path, in: directory)
      }
      for index in 0..<20 {
        try write(Self.red, 3 * index, "photos/train/red, or so/\(index).png")
        try write(Self.blue, 3 * index, "photos/train/blue/\(index).png")
        if index < 5 {
          try write(Self.red, index, "photos/val/red, or so/\(index).png")
          try write(Self.blue, index, "photos/val/blue/\(index).png")
        }
      }
      // The model must take it for what it looks like, and not for what its folder says.
      try write(Self.red, 7, "photos/val/blue/wrong.png")
      let result = try Program.run(
        [
          "train", "--data", "photos", "--steps", "40", "--batch-size", "8", "--base-lr", "0.01",
          "--max-lr", "0.1", "--threads", "1",
        ], in: directory.url)
      try #require(result.status == 0, "\(result.messages)")
    }

    static let red: [UInt8] = [180, 40, 40]
    static let blue: [UInt8] = [40, 40, 180]

    func write(
      _ color: [UInt8], _ grain: Int, _ path: String, width: Int = 20, height: Int = 14
    ) throws {
      try Self.write(color, grain, path, in: directory, width: width, height: height)
    }

    private static func write(
      _ color: [UInt8], _ grain: Int, _ path: String, in directory: TemporaryDirectory,
      width: Int = 20, height: Int = 14
    ) throws {
      let file = directory.url(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      let pixels = (0..<width * height).flatMap { pixel in
        color.map { $0 + UInt8((pixel + grain) % 60) }
      }
      try pixels.withUnsafeBufferPointer {
        PNG.encoded($0, width: width, height: height, channels: color.count)
      }.write(to: file)
    }

    func run(_ arguments: String..., input: String? = nil) throws -> Program.Result {
      try Program.run(arguments, in: directory.url, input: input)
    }

    @Test func `is evaluated class by class, and its report shows the worst mistake`() throws {
      let evaluated = try run("evaluate", "runs/photos-1")
      #expect(evaluated.status == 0, "\(evaluated.messages)")
      #expect(evaluated.output.hasPrefix("accuracy 0.909091\n"), "\(evaluated.output)")
      #expect(evaluated.output.contains("\nblue             6     1.0000  0.8333  0.9091\n"))
      #expect(evaluated.output.contains("\nred, or so       5     0.8333  1.0000  0.9091\n"))
      #expect(
        evaluated.output.contains(
          "\n0 blue                   5  1\n1 red, or so             0  5\n"))
      let page = try String(contentsOf: directory.url("runs/photos-1/report.html"), encoding: .utf8)
      #expect(page.contains("<title>blue predicted as red, or so: 1 of 6</title>"))
      #expect(page.contains("data:image/png;base64,"))

      let json = try run("evaluate", "runs/photos-1", "--format", "json")
      let evaluation = try #require(
        try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      #expect(evaluation["confusion_matrix"] as? [[Int]] == [[5, 1], [0, 5]])
      #expect(evaluation["images"] as? Int == 11)
      #expect((evaluation["values"] as? [String: Double])?["calibration_error"] != nil)
      #expect((evaluation["values"] as? [String: Double])?["top5_accuracy"] == nil)
      let mistakes = try #require(evaluation["mistakes"] as? [[String: Any]])
      #expect(mistakes.map { $0["truth"] as? String } == ["blue"])
      let file = try #require(mistakes[0]["image"] as? String)
      #expect(file.hasSuffix("photos/val/blue/wrong.png"), "named by its file, though it is small: \(file)")
      #expect(mistakes[0]["picture"] == nil, "pictures are for the report")
    }

    @Test func `is evaluated on a test split alone, and on a single class`() throws {
      for index in 0..<5 {
        try write(Self.red, index, "tests/test/red, or so/\(index).png")
        try write(Self.blue, index, "tests/test/blue/\(index).png")
        try write(Self.red, index, "tests/val/red, or so/\(index).png")
        try write(Self.red, index, "single/red, or so/\(index).png")
      }
      let split = try run("evaluate", "runs/photos-1", "--data", "tests")
      #expect(split.status == 0, "\(split.messages)")
      #expect(split.messages.contains("test/ are evaluated"), "\(split.messages)")
      #expect(split.output.contains("\nred, or so       5     1.0000  1.0000  1.0000\n"), "\(split.output)")
      let single = try run("evaluate", "runs/photos-1", "--data", "single")
      #expect(single.status == 0, "\(single.messages)")
      #expect(single.output.hasPrefix("accuracy 1.000000\n"), "\(single.output)")

      let trained = try run("train", "--data", "tests", "--steps", "2")
      #expect(trained.status == 2)
      #expect(trained.messages.contains("nothing to train on"), "\(trained.messages)")
    }

    @Test func `is evaluated on other data by the names of its classes`() throws {
      for index in 0..<5 {
        try write(Self.red, index, "others/val/red, or so/\(index).png")
        try write(Self.red, index, "others/train/red, or so/\(index).png")
      }
      let evaluated = try run("evaluate", "runs/photos-1", "--data", "others")
      #expect(evaluated.status == 0, "\(evaluated.messages)")
      #expect(evaluated.output.contains("\nred, or so       5     1.0000  1.0000  1.0000\n"))
      try FileManager.default.moveItem(
        at: directory.url("others/val/red, or so"), to: directory.url("others/val/rad"))
      try FileManager.default.moveItem(
        at: directory.url("others/train/red, or so"), to: directory.url("others/train/rad"))
      let refused = try run("evaluate", "runs/photos-1", "--data", "others")
      #expect(refused.status == 2)
      #expect(
        refused.messages
          == "rondo: others has a class 'rad' that the run was not trained on. The run's classes are "
          + "blue, red, or so.\n", "\(refused.messages)")
    }

    @Test func `predicts what files show, and names those that are broken`() throws {
      let all = try run("predict", "runs/photos-1", "photos/val", "--top", "2")
      #expect(all.status == 0, "\(all.messages)")
      let lines = all.output.split(separator: "\n").map(String.init)
      #expect(lines[0] == "file,class,probability,class_2,probability_2")
      #expect(lines.count == 12)
      #expect(lines[1].hasPrefix("photos/val/blue/0.png,blue,0."))
      #expect(lines[6].hasPrefix("photos/val/blue/wrong.png,\"red, or so\",0."))
      #expect(lines[7].hasPrefix("\"photos/val/red, or so/0.png\",\"red, or so\",0."))
      #expect(lines[7].contains(",blue,"))

      // Files of any size, from a list, one of them broken and one absent.
      try write(Self.blue, 0, "large.png", width: 61, height: 44)
      try directory.write("no image", "broken.jpg")
      let some = try run(
        "predict", "runs/photos-1", "-", "--format", "json", "--output", "a",
        input: "large.png\nbroken.jpg\nnowhere.png\n")
      #expect(some.status == 1)
      #expect(some.output == "")
      #expect(
        some.messages == """
          weights: the model's own weights of update-00000040.safetensors
          left out: broken.jpg: it has none of the supported formats (JPEG, PNG, WebP, TIFF, BMP, GIF), whatever its name says
          left out: nowhere.png: it cannot be read (No such file or directory)
          rondo: 2 of 3 images could not be read and were left out; the others have their predictions.

          """)
      let predictions = try #require(
        try JSONSerialization.jsonObject(with: Data(contentsOf: directory.url("a")))
          as? [[String: Any]])
      #expect(predictions.count == 1)
      #expect(predictions[0]["file"] as? String == "large.png")
      #expect(predictions[0]["class"] as? String == "blue")
      #expect(try #require(predictions[0]["probability"] as? Double) > 0.5)
      #expect(predictions[0]["top"] == nil)

      // An animation, of which a folder and a list say that its first frame is read.
      let animation = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("DatasetsTests/Fixtures/formats/animated.gif")
      let note = "note: 1 file has several pages or frames, of which the first is read: "
      try FileManager.default.createDirectory(
        at: directory.url("moving"), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: animation, to: directory.url("moving/a.gif"))
      let moving = try run("predict", "runs/photos-1", "moving")
      #expect(moving.messages.contains(note + "moving/a.gif\n"), "\(moving.messages)")
      #expect(moving.output.contains("\nmoving/a.gif,"))
      let listed = try run("predict", "runs/photos-1", "-", input: "large.png\nmoving/a.gif\n")
      #expect(listed.messages.contains(note + "moving/a.gif\n"), "\(listed.messages)")
    }

    @Test func `writes a file as its name ends, and refuses two formats at once`() throws {
      for (name, first) in [("a.json", "["), ("b.csv", "file,class"), ("c.txt", "file,class"), ("D.JSON", "[")] {
        #expect(try run("predict", "runs/photos-1", "photos/val", "--output", name).status == 0)
        #expect(try String(contentsOf: directory.url(name), encoding: .utf8).hasPrefix(first), "\(name)")
      }
      for (more, words) in [
        (["--output", "x.json", "--format", "csv"], "--format is csv, and --output x.json ends with another format"),
        (["--output", "x.csv", "--format", "json"], "--format is json, and --output x.csv"),
        (["--output", "x.png"], "--output ends with .png, which no predictions are written as"),
        (["--output", "x.jsonl"], "--output ends with .jsonl, which no predictions are written as"),
      ] {
        let refused = try Program.run(["predict", "runs/photos-1", "photos/val"] + more, in: directory.url)
        #expect(refused.status == 2 && refused.messages.contains(words), "\(refused.messages)")
        #expect(!FileManager.default.fileExists(atPath: directory.url(more[1]).path))
      }
      let other = try run("predict", "runs/photos-1", "photos/val", "--output", "z.xml")
      #expect(other.messages.contains("note: z.xml is written as CSV"), "\(other.messages)")
      let typed = try run("predict", "runs/photos-1", "photos/val", "--output", "y.jsonl", "--format", "json")
      #expect(typed.status == 0, "\(typed.messages)")
    }

    @Test func `predicts into pipes and devices, and over no input`() throws {
      let before = try contents(of: directory.url("photos"))
      for (output, input) in [
        ("photos/val/blue/0.png", nil), ("photos/val/blue/0.png", "photos/val/blue/0.png\n"),
        ("runs/photos-1/config.yaml", nil),
      ] {
        let result = try run(
          "predict", "runs/photos-1", input == nil ? "photos/val" : "-", "--output", output,
          "--overwrite", "--format", "csv", input: input)
        #expect(result.status == 2)
        #expect(
          result.messages.contains("\(output) would be overwritten, and is a"), "\(result.messages)"
        )
      }
      #expect(try contents(of: directory.url("photos")) == before)

      func shell(_ line: String) throws -> (status: Int32, messages: String) {
        let process = Process()
        let messages = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", line, Program.path]
        process.currentDirectoryURL = directory.url
        process.standardError = messages
        try process.run()
        let said = messages.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
      }
      let predict = #""$0" predict runs/photos-1 photos/val"#
      let through = try shell(
        "mkfifo pipe; (cat pipe > came) & \(predict) --output pipe && wait && [ -p pipe ]")
      #expect(through.status == 0, "\(through.messages)")
      let came = try String(contentsOf: directory.url("came"), encoding: .utf8)
      #expect(came.split(separator: "\n").count == 12, "a heading and eleven images")
      let full = "No space left on device"
      for (line, messages) in [
        (predict + " > /dev/full", "standard output cannot be written: \(full)"),
        (predict + " --output /dev/full", "/dev/full cannot be written: \(full)"),
        (
          predict + " | true; exit ${PIPESTATUS[0]}",
          "standard output cannot be written: Broken pipe"
        ),
        (predict + " >&-", "standard output cannot be written: Bad file descriptor"),
      ] {
        let result = try shell(line)
        #expect(result.status == 1, "\(line)")
        let told = result.messages.split(separator: "\n")
        #expect(told.last == "rondo: \(messages).", "\(line): \(result.messages)")
        #expect(told.count == 2 && told.first?.hasPrefix("weights: ") == true, "\(line)")
      }
      #expect(try shell("[ -c /dev/full ]").status == 0)
    }

    /// Its weights are finite, and so large that their sums are not.
    @Test(arguments: ["csv", "json"]) func `fails with a model that predicts NaN, and writes nothing`(
      format: String
    ) throws {
      let file = try #require(RunFolder(directory.url("runs/photos-1")).newestCheckpoint)
      try Self.enlarge("model.fc.weight", in: file)
      for output in [[], ["--output", "predictions"]] {
        let result = try Program.run(
          ["predict", "runs/photos-1", "photos", "--format", format] + output, in: directory.url)
        #expect(result.status == 1 && result.output.isEmpty, "\(result.output)")
        #expect(result.messages.contains("predicts NaN"), "\(result.messages)")
      }
      #expect(!FileManager.default.fileExists(atPath: directory.url("predictions").path))
    }

    /// Makes every number of a tensor the largest that there is, and takes the file's checksums away.
    private static func enlarge(_ tensor: String, in file: URL) throws {
      var data = try Data(contentsOf: file)
      let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      var header = String(decoding: data[8..<(8 + length)], as: UTF8.self)
      let table = try #require(
        try JSONSerialization.jsonObject(with: Data(header.utf8)) as? [String: [String: Any]])
      let offsets = try #require(table[tensor]?["data_offsets"] as? [Int])
      let largest = Float.greatestFiniteMagnitude
      for start in stride(from: 8 + length + offsets[0], to: 8 + length + offsets[1], by: 4) {
        withUnsafeBytes(of: largest.bitPattern.littleEndian) { data.replaceSubrange(start..<(start + 4), with: $0) }
      }
      header = header.replacing("crc32\"", with: "sum__\"")
      data.replaceSubrange(8..<(8 + length), with: Data(header.utf8))
      try data.write(to: file)
    }

    @Test func `refuses what cannot be predicted`() throws {
      try FileManager.default.createDirectory(
        at: directory.url("empty"), withIntermediateDirectories: true)
      for (arguments, messages) in [
        (["nowhere.jpg"], "nowhere.jpg does not exist; name files, folders, or '-'"),
        (["empty"], "empty has no image that can be read"),
        (["photos", "--top", "3"], "--top is 3, but must be from 1 to 2, the number of the run's"),
        (["photos", "--top", "0"], "--top is 0"), ([], "images"),
        (["photos", "--format", "xml"], "xml"),
        (["photos", "--device", "gpu"], "--device is 'gpu', but must be cpu, cuda"),
        (["photos", "--checkpoint", "nowhere"], "nowhere"),
        (["photos", "--output", "no/such/place.csv"], "no/such/place.csv"),
      ] {
        let result = try Program.run(["predict", "runs/photos-1"] + arguments, in: directory.url)
        #expect(result.status == 2, "\(arguments)")
        #expect(result.messages.contains(messages), "\(arguments): \(result.messages)")
        #expect(result.output == "", "\(arguments)")
      }
      #expect(
        try run("predict", "photos", "photos").messages.contains("photos is not a run folder"))
    }
  }
#endif
