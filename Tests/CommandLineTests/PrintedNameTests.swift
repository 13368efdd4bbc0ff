import Foundation
import TestSupport
import Testing

/// Names that would break a line, color a terminal or be read backwards.
@Suite struct `A name with control characters` {
  private let directory = TemporaryDirectory()
  private let name = "a\n\u{1B}[31mb\u{202E}c"
  private let shown = #"a\n\u{1B}[31mb\u{202E}c"#

  /// Whether words for people hold lines of their own alone.
  private func isPlain(_ messages: String) -> Bool {
    messages == messages.replacing("\u{1B}", with: "").replacing("\u{202E}", with: "")
  }

  @Test func `is written out where a file cannot be read`() throws {
    try directory.write("learning_rate,loss\n0.1,\u{1B}[2J\n", name + ".csv")
    let result = try Program.run(["find-lr", "--curve", name + ".csv"], in: directory.url)
    #expect(result.status == 2)
    #expect(result.messages.hasPrefix("rondo: \(shown).csv"), "\(result.messages)")
    #expect(
      result.messages.count { $0.isNewline } == 1 && isPlain(result.messages), "\(result.messages)")
  }

  @Test func `is written out where it is a key of a file`() throws {
    try directory.write(#"{"\u001b[31m": 1, "images": 3}"# + "\n", name + ".json")
    try directory.write("[]", "truth.json")
    let result = try Program.run(
      ["evaluate", "--predictions", "truth.json", "--ground-truth", name + ".json"],
      in: directory.url)
    #expect(result.status == 2)
    #expect(result.messages.contains(shown + ".json"), "\(result.messages)")
    #expect(
      result.messages.count { $0.isNewline } == 1 && isPlain(result.messages), "\(result.messages)")
  }

  @Test func `is written out among what is left out of a folder, and in a usage`() throws {
    for index in 0..<6 {
      let image = "\(index).png"
      for folder in ["red", "blue"] {
        let below = directory.url("photos/\(folder)")
        try FileManager.default.createDirectory(at: below, withIntermediateDirectories: true)
        try Data("no image".utf8).write(to: below.appendingPathComponent(image))
      }
    }
    try directory.write("", "photos/red/" + name + ".png")
    let data = try Program.run(["find-lr", "--data", "photos"], in: directory.url)
    #expect(data.status == 2)
    #expect(isPlain(data.messages), "\(data.messages)")
    let usage = try Program.run(["schedule", name], in: directory.url)
    #expect(usage.status == 2)
    #expect(isPlain(usage.messages), "\(usage.messages)")
  }
}
