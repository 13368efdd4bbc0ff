import Foundation
import TestSupport
import Testing

@Suite struct `The examples` {
  @Test func `fit a line in a loop of one's own`() throws {
    let numbers = try output(of: "OwnLoop").split(whereSeparator: \.isWhitespace).compactMap {
      Double($0)
    }
    try #require(numbers.count == 2)
    #expect(abs(numbers[0] - 3) < 0.01)
    #expect(abs(numbers[1] + 1) < 0.01)
  }

  @Test func `find the range of a curve of one's own`() throws {
    // A loss that stays, falls from about 0.001 on, and rises from about 1 on.
    let rows = (0..<100).map { point -> String in
      let exponent = -5 + 6.0 * Double(point) / 99
      let fall = 1 / (1 + exp(-4 * (exponent + 2.2)))
      let rise = exp(6 * exponent)
      return "\(pow(10, exponent)),\(2.3 - 1.2 * fall + rise)"
    }
    let directory = TemporaryDirectory()
    let file = directory.url("file.csv")
    try Data((["lr,loss"] + rows).joined(separator: "\n").utf8).write(to: file)
    let lines = try output(of: "OwnCurve", file.path).split(separator: "\n")
    let values = lines.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    try #require(values.count == 3, "\(lines)")
    #expect(values[0] > 1e-4 && values[0] < values[1])
    #expect(values[1] < 1)
  }

  #if LIBTORCH
    @Test func `train a task of one's own`() throws {
      let directory = TemporaryDirectory()
      let folder = directory.url
      let lines = try output(of: "Keypoints", folder.path).split(separator: "\n")
      let distances = lines.filter { $0.hasPrefix("distance") }
        .compactMap { $0.split(separator: " ").dropLast().last.flatMap { Double($0) } }
      try #require(distances.count == 2, "\(lines)")
      // Before, it says the middle of the image, which is wrong by five pixels.
      #expect(distances[1] < 0.6 * distances[0])
      let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      #expect(files.contains { $0.hasSuffix(".safetensors") }, "\(files)")
    }
  #endif

  /// Runs an example, which lies beside the tests, and returns what it prints.
  private func output(of name: String, _ arguments: String...) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
      .resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(name)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self)
    try #require(process.terminationStatus == 0, "\(name): \(text)")
    return text
  }
}
