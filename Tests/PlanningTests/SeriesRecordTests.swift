import Foundation
import Planning
import Runs
import Settings
import Testing

@Suite struct `A series' record from the disk` {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("rondo-series-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// Writes a record, and changes words in it.
  private func change<Record: SeriesRecord>(
    _ record: Record, _ old: Regex<Substring>, _ new: String
  ) throws {
    try record.write(to: folder)
    let file = Record.file(in: folder)
    let text = try String(contentsOf: file, encoding: .utf8)
    let changed = text.replacing(old, with: new)
    #expect(changed != text)
    try Data(changed.utf8).write(to: file)
  }

  @Test(arguments: ["0", "-1", "1", "9223372036854775807", "3"])
  func `of folds is refused with a number that cannot be typed, or is not its settings'`(
    number: String
  ) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    var settings = RunSettings()
    try settings.set("folds", to: "4")
    // The first is the record's own: keys are sorted.
    try change(CrossValidation(settings: settings), /"folds"\s*:\s*4(?=,)/, "\"folds\": \(number)")
    #expect {
      try CrossValidation.read(from: folder)
    } throws: {
      "\($0)".contains("folds.json: it is damaged; name a folder that 'rondo train --folds' made")
    }
  }

  @Test(arguments: ["[]", "[5, 5]", "[\((0..<101).map(String.init).joined(separator: ","))]"])
  func `of a comparison is refused without seeds, with equal ones and with too many`(
    seeds: String
  ) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let comparison = try Comparison(
      settings: RunSettings(), schedules: ["cosine", "constant"], seeds: 2)
    try change(comparison, /"seeds"\s*:\s*\[[^\]]*\]/, "\"seeds\": \(seeds)")
    #expect(throws: RunError.self) { try Comparison.read(from: folder) }
  }

  @Test(arguments: ["[]", "[\"cosine\"]", "[\"cosine\", \"cosine\"]", "[\"cosine\", \"cosinus\"]"])
  func `of a comparison is refused with schedules that cannot be compared`(
    schedules: String
  ) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let comparison = try Comparison(
      settings: RunSettings(), schedules: ["cosine", "constant"], seeds: 2)
    try comparison.write(to: folder)
    #expect(try Comparison.read(from: folder) == comparison)
    try change(comparison, /"schedules"\s*:\s*\[[^\]]*\]/, "\"schedules\": \(schedules)")
    #expect(throws: RunError.self) { try Comparison.read(from: folder) }
  }
}
