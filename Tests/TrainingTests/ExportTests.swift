import Files
import Foundation
import Runs
import TestSupport
import Testing
import Torch
import Training
import Vision

@Suite struct `An exported model` {
  private let directory = TemporaryDirectory()

  private func export(_ model: any Layer, classes: [String]) throws -> URL {
    let folder = try directory.folder()
    let checkpoint = folder.checkpoint(at: 4)
    let optimizer = try makeOptimizer(settings().resolved, for: model)
    try Checkpoint.write(
      model, optimizer, at: .init(step: 4, seconds: 1.5),
      metadata: [
        "model": "resnet-18", "classes": classes.joined(separator: "\n"), "mean": "0.5 0.4 0.3",
        "deviation": "0.2 0.2 0.1",
      ], to: checkpoint)
    let file = folder.url.appendingPathComponent("weights.safetensors")
    try AtomicFile.write(to: file) { try Checkpoint.export(checkpoint, to: $0) }
    return file
  }

  @Test func `has the model's tensors and words, and nothing of training's`() throws {
    let model = ResNetCIFAR(depth: 8, channels: 3, classes: 2)
    model.initialize(seed: 1)
    let (tensors, metadata) = try Safetensors.read(try export(model, classes: ["cat", "dog"]))
    #expect(Set(tensors.keys) == Set(model.namedTensors.map(\.0)))
    for (name, tensor) in model.namedTensors {
      #expect(tensors[name]?.isBitIdentical(to: tensor) == true, "\(name)")
    }
    #expect(
      metadata == [
        "model": "resnet-18", "classes": "cat\ndog", "mean": "0.5 0.4 0.3",
        "deviation": "0.2 0.2 0.1", "step": "4", "format": "pt",
      ])
  }

  @Test func `is not made of a file without one`() throws {
    let folder = try directory.folder()
    let file = folder.url.appendingPathComponent("other.safetensors")
    let output = folder.url.appendingPathComponent("weights.safetensors")
    try Safetensors.write([("weight", .ones([2]))], to: file)
    let error = #expect(throws: TrainingError.self) {
      try AtomicFile.write(to: output) { try Checkpoint.export(file, to: $0) }
    }
    #expect("\(try #require(error))".contains("it lacks a model"))
    #expect(!FileManager.default.fileExists(atPath: output.path))
  }

  /// Runs the guide's snippet as it stands there, on a file of this test, and compares what it answers.
  @Test(
    .enabled(
      if: Python.hasTorchvision,
      "Python has no torchvision and safetensors here; the guide's snippet was not run"))
  func `is loaded into torchvision by the guide's snippet`() throws {
    let guide = try String(
      contentsOf: Python.root.appendingPathComponent("Guides/weights.md"), encoding: .utf8)
    let snippet = try #require(
      guide.components(separatedBy: "```python\n").dropFirst().first?
        .components(separatedBy: "```").first)
    #expect(snippet.contains("photos.safetensors"))
    let lines = snippet.split(separator: "\n", omittingEmptySubsequences: true)
    #expect(lines.count <= 10)

    let classes = ["a", "b", "c", "d"]
    let model = ResNet(depth: 18, channels: 3, classes: classes.count)
    model.initialize(seed: 1)
    let file = try export(model, classes: classes)
    let output = try Python.run(
      snippet.replacingOccurrences(of: "photos.safetensors", with: file.path) + """

        images = torch.sin(torch.arange(2 * 3 * 40 * 40, dtype=torch.float64)).float()
        with torch.no_grad():
            logits = model(images.reshape(2, 3, 40, 40))
        print(*classes, *map(float, logits.flatten()))
        """)
    let words = output.split(separator: " ").map { $0.trimmingCharacters(in: .newlines) }
    #expect(Array(words.prefix(4)) == classes)
    model.setTraining(false)
    let values = (0..<2 * 3 * 40 * 40).map { Float(sin(Double($0))) }
    let logits = try checked {
      withoutGradient { model(Tensor(values, shape: [2, 3, 40, 40])).doubles() }
    }
    let found = words.dropFirst(4).compactMap(Double.init)
    try #require(found.count == logits.count)
    for (found, logit) in zip(found, logits) { #expect(abs(found - logit) < 1e-5) }
  }
}

/// The Python that has this machine's PyTorch.
private enum Python {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The one to whose packages LibTorch belongs, or the system's.
  private static let command: [String] = {
    let library = ProcessInfo.processInfo.environment["LIBTORCH"] ?? ""
    let python = library + "/../../../../bin/python3"
    return FileManager.default.isExecutableFile(atPath: python) ? [python] : ["env", "python3"]
  }()

  static let hasTorchvision =
    (try? run(
      """
      from importlib.util import find_spec
      assert all(map(find_spec, ["torch", "torchvision", "safetensors"]))
      """)) != nil

  struct Failed: Error {}

  /// Runs lines after `oracle`, without which torchvision does not load beside a PyTorch for CPUs alone.
  static func run(_ lines: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command.count == 1 ? command[0] : "/usr/bin/env")
    let fixtures = root.appendingPathComponent("Scripts/fixtures").path
    let opening = "import sys; sys.path.insert(0, '\(fixtures)')\n"
    let oracle = lines.contains("torchvision.models") ? "import oracle\n" : ""
    process.arguments = command.dropFirst() + ["-c", opening + oracle + lines]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed() }
    return String(decoding: output, as: UTF8.self)
  }
}
