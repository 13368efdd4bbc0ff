import Foundation
import TestSupport
import Torch

@testable import ONNX

/// ONNX Runtime beside these tests: a Python process that runs models (`oracle.py`).
final class ONNXRuntime {
  /// What it found.
  struct Answer: Decodable {
    var differences: [String: Double]?
    var error: String?
  }

  private struct Port: Encodable {
    let name, file, type: String
    let shape: [Int]
  }

  private struct Request: Encodable {
    let model: String
    let inputs, outputs: [Port]
  }

  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  /// The Python of `Scripts/setup-oracles`, or the system's.
  private static let python: [String] = {
    let own = tests.deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent(".oracles/bin/python3").path
    return FileManager.default.isExecutableFile(atPath: own) ? [own] : ["/usr/bin/env", "python3"]
  }()

  /// Whether its packages are here.
  static let isPossible: Bool = {
    let process = launched(["-c", "import onnx, onnxruntime, numpy"])
    process.standardOutput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  private static func launched(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python[0])
    process.arguments = python.dropFirst() + arguments
    process.standardError = FileHandle.nullDevice
    return process
  }

  /// The folder of its files.
  let directory = TemporaryDirectory()
  var folder: URL { directory.url }
  private let process = ONNXRuntime.launched([tests.appendingPathComponent("oracle.py").path])
  private let (questions, answers) = (Pipe(), Pipe())

  init() throws {
    process.standardInput = questions
    process.standardOutput = answers
    try process.run()
  }

  deinit {
    try? questions.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Runs a model in the folder on inputs, and compares its outputs.
  func check(
    _ model: String, inputs: [(String, Tensor)], outputs: [(String, Tensor)]
  ) throws -> Answer {
    func port(_ name: String, _ tensor: Tensor) throws -> Port {
      let file = folder.appendingPathComponent(name + ".bin")
      try Data(try tensor.contiguous().readBytes()).write(to: file)
      return Port(name: name, file: file.path, type: "\(tensor.type)", shape: tensor.shape)
    }
    let request = Request(
      model: folder.appendingPathComponent(model).path, inputs: try inputs.map(port),
      outputs: try outputs.map(port))
    questions.fileHandleForWriting.write(try JSONEncoder().encode(request) + Data("\n".utf8))
    var line = Data()
    while line.last != 10 {
      let more = answers.fileHandleForReading.availableData
      if more.isEmpty { return Answer(error: "the process has ended") }
      line += more
    }
    return try JSONDecoder().decode(Answer.self, from: line)
  }
}
