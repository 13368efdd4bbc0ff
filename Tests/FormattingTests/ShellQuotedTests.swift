import Formatting
import Foundation
import Testing

@Suite struct `A text that a shell reads` {
  /// The oracle is a shell.
  @Test(arguments: [
    "runs/photos-1", "my photos", "it's", "a\"b", "$HOME", "`id`", "a;b", "*", "größe", "~", "", "line\nend", "0.5,1@2",
    "a=b:1", "30%", "!", "#1",
  ])
  func `is the text itself`(text: String) throws {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "printf '%s.%s' \(shellQuoted(text)) end"]
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(String(decoding: data, as: UTF8.self) == text + ".end")
  }

  @Test func `has no quotes where it needs none`() {
    #expect(shellQuoted("runs/photos-1_a.b") == "runs/photos-1_a.b")
    #expect(shellQuoted("my photos") == "'my photos'")
  }
}
