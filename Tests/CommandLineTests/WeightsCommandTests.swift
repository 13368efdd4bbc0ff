import Foundation
import TestSupport
import Testing

/// `rondo weights`, with a folder in the directory of the publishers' servers: the tests need no network.
@Suite struct `Weights by name on the command line` {
  private let directory = TemporaryDirectory()

  private func run(
    _ arguments: [String], _ environment: [String: String] = [:], status: Int32 = 0
  ) throws -> Program.Result {
    let own = [
      "RONDO_CACHE": directory.url("cache").path, "RONDO_MIRROR": directory.url("mirror").path,
    ]
    let result = try Program.run(
      arguments, in: directory.url, environment: own.merging(environment) { $1 })
    #expect(result.status == status, "\(arguments): \(result.messages)")
    return result
  }

  /// A file that a mirror has at the directory of timm's ResNet-18, of which no sum is published.
  private func offer(_ text: String, at name: String = "timm/resnet18.a1_in1k.safetensors") throws {
    let file = directory.url("mirror/weights/" + name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  @Test func `are listed with their models and licenses`() throws {
    let lines = try run(["weights", "list", "ResNet50"]).output.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[1].hasPrefix("torchvision/resnet50.imagenet1k_v2  resnet-50  ImageNet"))
    #expect(lines[1].contains("80.9") && lines[1].contains("BSD-3-Clause"))
    #expect(lines[3].contains("size not published"))
    let json = try run(["weights", "list", "alexnet", "--format", "json"]).output
    #expect(json.contains(#""sha256":"7be5be79""#), "\(json)")
    let none = try run(["weights", "list", "resnet-11"], status: 2).messages
    #expect(none.contains("There are no weights by name for resnet-11: use a model that has some"))
    let encoder = try run(["weights", "list", "unet-resnet-18"]).output
    #expect(encoder.contains("torchvision/resnet18.imagenet1k_v1  resnet-18"), "\(encoder)")
    let unknown = try run(["weights", "list", "resnet-181"], status: 2).messages
    #expect(unknown.contains("There is no model 'resnet-181'; did you mean 'resnet-18'?"), "\(unknown)")
  }

  @Test func `that are not here are not verified`() throws {
    let words = try run(["weights", "verify", "torchvision/resnet18"], status: 2).messages
    #expect(words.contains("torchvision/resnet18.imagenet1k_v1 is not here: there is no "), "\(words)")
    #expect(words.contains("'rondo weights fetch torchvision/resnet18.imagenet1k_v1' downloads it"), "\(words)")
  }

  @Test func `are fetched, found again, verified, and counted by doctor`() throws {
    try offer("abc")
    let first = try run(["weights", "fetch", "timm/resnet18"])
    let path = directory.url("cache/weights/timm/resnet18.a1_in1k.safetensors").path
    #expect(first.output == path + "\n")
    #expect(
      first.messages.contains("fetching timm/resnet18.a1_in1k (size not published) from file://"))
    #expect(first.messages.contains("into \(path)\n"))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "abc")
    #expect(
      try run(["weights", "fetch", "timm/resnet18.a1_in1k"]).messages
        == "timm/resnet18.a1_in1k is here already.\n")
    let verified = try run(["weights", "verify"])
    #expect(
      verified.output
        == "timm/resnet18.a1_in1k  ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  "
        + "unverified: no sum is published; unchanged since its download\n")
    let doctor = try run(["doctor"]).output
    #expect(
      doctor.contains("published files are here, 3 bytes: \(directory.url("cache").path)/weights"))
    #expect(doctor.contains("weights     1 of "))

    try Data("ab".utf8).write(to: URL(fileURLWithPath: path))
    let cut = try run(["weights", "verify"], status: 2).messages
    #expect(
      cut.contains(
        "is truncated, or not the file that was published: it has 2 bytes, and should have 3"))
    let used = try run(["weights", "fetch", "timm/resnet18"], status: 2).messages
    #expect(used.contains("is truncated"), "\(used)")
    try FileManager.default.removeItem(atPath: path)
    #expect(try run(["weights", "verify"]).messages.hasPrefix("no weights are here: "))
  }

  @Test func `that are not what torchvision published are not kept`() throws {
    try offer("abc", at: "torchvision/resnet18-f37072fd.pth")
    let words = try run(["weights", "fetch", "torchvision/resnet18"], status: 2).messages
    #expect(words.contains("is not the file that was published: it has 3 bytes, and should have"))
    let folder = directory.url("cache/weights/torchvision").path
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
  }

  @Test func `without a server say which file to put where`() throws {
    let words = try run(
      ["weights", "fetch", "torchvision/resnet18"], ["RONDO_MIRROR": "http://127.0.0.1:9"],
      status: 2
    ).messages
    #expect(
      words.contains(
        "http://127.0.0.1:9/weights/torchvision/resnet18-f37072fd.pth cannot be reached"))
    #expect(
      words.hasSuffix(
        "or put the file from https://download.pytorch.org/models/resnet18-f37072fd.pth at "
          + directory.url("cache/weights/torchvision/resnet18-f37072fd.pth").path + ".\n"))
    let bad = try run(
      ["weights", "fetch", "torchvision/resnet18"], ["RONDO_MIRROR": "ftp://x"], status: 2)
    #expect(
      bad.messages.contains("'ftp://x/weights/torchvision/resnet18-f37072fd.pth' is not an address")
    )
  }

  @Test func `that cannot be written say where`() throws {
    try offer("abc")
    try directory.write("a file", "taken")
    let words = try run(
      ["weights", "fetch", "timm/resnet18"], ["RONDO_CACHE": directory.url("taken").path], status: 2
    ).messages
    #expect(words.contains("/taken cannot be written: Not a directory"), "\(words)")
    #expect(words.contains("set another folder in RONDO_CACHE"))
  }

  @Test func `that nobody has name the nearest`() throws {
    let words = try run(["weights", "fetch", "torchvison/resnet18"], status: 2).messages
    #expect(
      words.contains("no weights named 'torchvison/resnet18'; did you mean 'torchvision/resnet18'?")
    )
  }

  #if LIBTORCH
    private static let flags = [
      "train", "--data", ".", "--steps", "1", "--base-lr", "0.01", "--max-lr", "0.05",
    ]

    /// timm's names and torchvision's are Rondo's, so that a file of Rondo's stands for timm's.
    @Test func `begin a run that needs them no more once it has a checkpoint`() throws {
      try TinyData.write(to: directory)
      let model = ["--model", "mobilenet-v3-small"]
      _ = try run(Self.flags + model + ["--name", "first"])
      let file = directory.url("mirror/weights/torchvision/mobilenet_v3_small-047dcff4.pth")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      _ = try run(["export", "runs/first-1", "--to", "safetensors", "--output", file.path])
      let other = try run(Self.flags + model + ["--weights", "imagenet"], status: 2).messages
      #expect(other.contains("is not the file that was published: it has "), "\(other)")

      let told = try run(
        Self.flags + model + [
          "--name", "second", "--weights", file.path, "--normalization", "imagenet",
        ]
      ).messages
      #expect(
        told.contains(
          "preprocessing: normalized by mean 0.485 0.456 0.406 and deviation 0.229 0.224 0.225; 12x12"
        ),
        "\(told)")
      #expect(told.contains("without --normalization these are used"), "\(told)")
      #expect(
        told.contains("has the name of torchvision/mobilenet_v3_small.imagenet1k_v1, but not"))
      let settings = try String(
        contentsOf: directory.url("runs/second-1/config.yaml"), encoding: .utf8)
      #expect(settings.contains("normalization: imagenet"), "\(settings)")
      try FileManager.default.removeItem(at: directory.url("mirror"))
      _ = try run(["evaluate", "runs/second-1"])
      _ = try run(["train", "--resume", "runs/second-1", "--extend-cycles", "1"])
      _ = try run(["export", "runs/second-1", "--output", "out.safetensors"])
      let header = try Data(contentsOf: directory.url("out.safetensors")).prefix(4_000)
      let mean = (0.485 + 0.456 + 0.406) / 3
      #expect(String(decoding: header, as: UTF8.self).contains(#""mean":"\#(mean)""#))
    }

    /// A folder of images may have the name that weights have.
    @Test func `are meant by their name beside a folder of that name`() throws {
      try TinyData.write(to: directory)
      try FileManager.default.createDirectory(
        at: directory.url("imagenet"), withIntermediateDirectories: false)
      let told = try run(
        Self.flags + ["--weights", "imagenet", "--model", "resnet-11"], status: 2
      ).messages
      #expect(told.contains("There are no weights by name for resnet-11"), "\(told)")
    }

    @Test func `are refused for another model before anything is made`() throws {
      try TinyData.write(to: directory)
      for (name, model, expected) in [
        (
          "imagenet", "resnet-11",
          "There are no weights by name for resnet-11: use a model that has"
        ),
        ("imagnet", "resnet-18", "did you mean 'imagenet'?"),
        (
          "torchvision/resnet34", "resnet-18",
          "are weights of resnet-34, not of resnet-18: use --model resnet-34"
        ),
        (
          "coco", "resnet-18",
          "There are no weights from COCO for resnet-18, only torchvision/resnet18"
        ),
      ] {
        let told = try run(
          Self.flags + ["--weights", name, "--model", model], status: 2
        ).messages
        #expect(told.contains(expected), "\(told)")
        #expect(told.split(separator: "\n").count == 1, "\(told)")
      }
      #expect(!FileManager.default.fileExists(atPath: directory.url("runs").path))
      #expect(!FileManager.default.fileExists(atPath: directory.url("cache").path))
    }

    @Test func `that a file does not hold are refused by what it is`() throws {
      try TinyData.write(to: directory)
      try offer("<html>", at: "timm/resnet18.a1_in1k.safetensors")
      let told = try run(
        Self.flags + ["--weights", "timm/resnet18", "--model", "resnet-18"], status: 2
      ).messages
      #expect(told.contains("fetching timm/resnet18.a1_in1k"))
      #expect(told.contains("is a web page"), "\(told)")
    }
  #endif
}
