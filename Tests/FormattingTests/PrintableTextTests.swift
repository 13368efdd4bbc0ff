import Formatting
import Testing

@Suite struct `A name from somebody's data` {
  @Test(arguments: [
    ("cat 1.png", "cat 1.png"), ("Käse 😀 كلب", "Käse 😀 كلب"), ("", ""),
    ("a\nb", #"a\nb"#), ("a\r\nb", #"a\r\nb"#), ("a\tb", #"a\tb"#),
    ("\u{1B}[31mred", #"\u{1B}[31mred"#), ("a\u{7F}", #"a\u{7F}"#), ("a\u{9B}2J", #"a\u{009B}2J"#),
    ("a\u{2028}b", #"a\u{2028}b"#), ("gpj.\u{202E}png", #"gpj.\u{202E}png"#),
    ("\u{2066}a\u{2069}", #"\u{2066}a\u{2069}"#),
  ])
  func `is shown in one line that controls no terminal`(name: String, shown: String) {
    #expect(name.printable == shown)
    #expect(shown.printable == shown, "what has been written out stays so")
  }

  @Test func `leaves the line breaks of a text around it`() {
    #expect("a\u{1B}\nb\r\n".printable(keepingLines: true) == "a\\u{1B}\nb\\r\n")
  }

  @Test func `takes one line of a table, and its column is as wide as what is shown`() {
    #expect(
      alignedColumns([["class", "images"], ["a\nb", "7"], ["c", "10"]])
        == ["class  images", #"a\nb        7"#, "c          10"])
  }

  @Test(arguments: [
    ("cat", "cat"), ("a,b", "\"a,b\""), ("a\nb", "\"a\nb\""), ("a\rb", "\"a\rb\""),
    ("say \"cat\"", "\"say \"\"cat\"\"\""), ("\"\u{301}", "\"\"\"\u{301}\""),
    (",\u{301}", "\",\u{301}\""),
  ])
  func `is a cell of a CSV file that reads as the name itself`(name: String, cell: String) {
    #expect(quotedCell(name).unicodeScalars.elementsEqual(cell.unicodeScalars))
  }
}
