import Foundation
import Schedules
import Testing
import Yams

/// The plans that the guide shows are plans, and every schedule has its page.
@Suite struct `The guide to schedules` {
  private let pages: [String: String]

  init() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Guides/schedules")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    pages = try files.filter { $0.hasSuffix(".md") }.reduce(into: [:]) { pages, file in
      pages[file] = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
    }
  }

  @Test func `has a page for each, and the index names each`() throws {
    let composing = [
      "joined", "multiplied", "scaled", "repeated", "clamped", "reversed", "delayed",
    ]
    let index = try #require(pages["README.md"])
    for type in AnySchedule.catalog where !composing.contains(type.name) {
      #expect(pages[type.name + ".md"] != nil, "\(type.name)")
      #expect(index.contains("(\(type.name).md)"), "\(type.name)")
    }
  }

  @Test func `shows plans that can be read`() throws {
    var seen = Set<String>()
    for (file, text) in pages {
      for block in text.matches(of: /```yaml\n((?s).*?)```/) {
        let yaml = String(block.1)
        if yaml.hasPrefix("version") {
          #expect(throws: Never.self, "\(file)") { try YAMLDecoder().decode(Plan.self, from: yaml) }
        } else {
          let schedule = try YAMLDecoder().decode(AnySchedule.self, from: yaml)
          seen.insert(type(of: schedule.schedule).name)
        }
      }
    }
    #expect(seen.count >= 16, "\(seen)")
  }
}
