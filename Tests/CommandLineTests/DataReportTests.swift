import Foundation
import TestSupport
import Testing

@Suite struct `The data report command` {
  private let directory = TemporaryDirectory()

  init() throws { try TinyData.write(to: directory) }

  private func report(_ more: [String]) throws -> Program.Result {
    try Program.run(["data", "report"] + more, in: directory.url)
  }

  @Test func `writes a page and JSON, prints a summary, and ends with status 0`() throws {
    let result = try report([".", "--output", "page.html", "--json", "facts.json"])
    #expect(result.status == 0, "\(result.messages)")
    #expect(result.output.hasPrefix(".: 64 training and 16 test images, 4 classes\n"))
    // An image comes again after 40, and its class after 4.
    #expect(
      result.output.contains("the same image in several splits: 16\n"), "\(result.output)")
    let page = try String(contentsOf: directory.url("page.html"), encoding: .utf8)
    #expect(page.utf8.count < 2_000_000 && page.contains("data:image/jpeg;base64,"))
    let facts = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: directory.url("facts.json")))
        as? [String: Any])
    #expect(facts["task"] as? String == "classify")
    #expect(
      Set(facts.keys)
        == ["data", "task", "found", "parts", "sizes", "channels", "findings", "notes", "files"])

    // Rondo's own page is replaced, another file is not.
    #expect(try report([".", "--output", "page.html"]).status == 0)
    let other = TemporaryDirectory()
    try other.write("mine", "mine.html")
    let refused = try report([".", "--output", other.url("mine.html").path])
    #expect(refused.status == 2 && refused.messages.contains("--overwrite"), "\(refused.messages)")
    let piped = try report([".", "--output", "page.html", "--json", "-"])
    #expect(piped.output.hasPrefix("{\n") && piped.output.hasSuffix("}\n"))
  }

  @Test(arguments: [
    (["nowhere"], "nowhere"), ([".", "--task", "detect"], "no annotations of a known format"),
    ([".", "--output", "train-images-idx3-ubyte"], "a file of the data"),
  ])
  func `refuses what is no data of the task, and writes nothing`(more: [String], words: String)
    throws
  {
    let before = try contents(of: directory.url)
    let result = try report(more)
    #expect(result.status == 2)
    #expect(result.messages.contains(words), "\(result.messages)")
    #expect(try contents(of: directory.url) == before)
  }
}
