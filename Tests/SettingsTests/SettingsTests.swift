import Foundation
import Runs
import Schedules
import Settings
import TestSupport
import Testing

/// A file of `Fixtures`: settings as version 0.1.0 of 28 November 2026 wrote them, before they had a module of
/// their own.
private func fixture(_ name: String) throws -> URL {
  try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    .appendingPathComponent(name)
}

@Suite struct `Settings that an older program wrote` {
  @Test(arguments: ["classify", "segment", "detect"])
  func `are read, and written with the same meanings by the keys of today`(name: String) throws {
    let file = try fixture(name + ".yaml")
    let settings = try RunSettings.read(from: file.path)
    let directory = TemporaryDirectory()
    let copy = directory.url("copy.yaml")
    try ConfigurationFile.write(settings, to: copy)
    #expect(try RunSettings.read(from: copy.path) == settings)
    let keys = { (file: URL) in
      try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
        $0.prefix { $0 != ":" }
      }
    }
    #expect(try keys(copy).sorted() == keys(file).map { $0 == "turn" ? "rotate-90" : $0 }.sorted())
    try settings.check()
    try settings.check(for: #require(settings.data.task))
  }

  @Test func `may have a key that has another name today, which counts where both are there`() throws {
    let directory = TemporaryDirectory()
    func read(_ text: String) throws -> Bool? {
      try directory.write(text, "run.yaml")
      return try RunSettings.read(from: directory.path("run.yaml")).augmentation.rotate90
    }
    #expect(try read("turn: true\n") == true && read("rotate-90: true\n") == true)
    #expect(try read("turn: true\nrotate-90: false\n") == false)
    #expect(try read("rotate-90: false\nturn: true\n") == false)
  }

  @Test func `are read from a comparison, too`() throws {
    struct Comparison: Decodable { let settings: RunSettings }
    let data = try Data(contentsOf: fixture("comparison.json"))
    let settings = try JSONDecoder().decode(Comparison.self, from: data).settings
    #expect(settings.budget.steps == 3 && settings.optimizer.name == .sgd)
    #expect(settings.machine.precision == .bfloat16 && settings.evaluation.watch == .say)
    try settings.check(for: .classify)
  }

  /// What `classify.yaml` says, by eye.
  @Test func `mean what they say`() throws {
    let settings = try RunSettings.read(from: fixture("classify.yaml").path)
    #expect(settings.schedule.stepSize == .fraction(0.3))
    #expect(settings.data.validation == .share(0.1))
    #expect(settings.augmentation.randAugment?.magnitude == 9)
    #expect(settings.augmentation.colorJitter?.contrast == 0.4)
    #expect(settings.augmentation.colorJitter?.hue == 0)
    #expect(settings.optimizer.groups?.map(\.factor) == [2])
    #expect(settings.schedule.kind == ScheduleEntry.catalog["triangular"])
  }
}

@Suite struct `Settings in a file` {
  @Test func `may begin a path with ~, for the home folder`() throws {
    let directory = TemporaryDirectory()
    try directory.write("data: ~/photos\nweights: ./~/a\nmodel: resnet-18\n", "run.yaml")
    let settings = try RunSettings.read(from: directory.path("run.yaml"))
    let home = ProcessInfo.processInfo.environment["HOME"] ?? NSHomeDirectory()
    #expect(settings.data.source == (home == "/" ? "" : home) + "/photos")
    #expect(settings.model.weights == "./~/a")
  }
}

@Suite struct `Settings in a file that cannot be meant` {
  @Test(arguments: [
    ("image-size: 4", "image-size is 4, but must be"), ("seed: soon", "seed"),
    ("groups: [head]", "groups is head, but must be"),
  ])
  func `are named by their file and key`(line: String, words: String) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("data: shapes\n\(line)\n".utf8).write(to: file)
    let error = #expect(throws: RunError.self) { try RunSettings.read(from: file.path) }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(sentence.contains(file.path) && sentence.contains(words), "\(sentence)")
    #expect(!sentence.contains("--"), "\(sentence)")
  }
}

@Suite struct `Resolved settings` {
  @Test func `have each declared default`() throws {
    let settings = RunSettings().resolved
    #expect(settings.machine.seed == 1)
    #expect(settings.augmentation.mixup == 0)
    #expect(settings.optimizer.name == .sgd)
    #expect(settings.optimizer.groups.isEmpty)
    #expect(settings.schedule.maxLR == nil)
    #expect(settings.open.isEmpty, "a default is not written down")
  }

  @Test func `keep what was given`() {
    let settings = RunSettings { ($0.machine.seed, $0.optimizer.clipNorm) = (7, 2) }.resolved
    let (seed, norm): (UInt64, Double?) = (settings.machine.seed, settings.optimizer.clipNorm)
    #expect((seed, norm) == (7, 2))
  }
}

@Suite struct `The declarations` {
  @Test func `have keys, flags and help of their own`() {
    let all = RunSettings.declarations
    #expect(Set(all.map(\.key)).count == all.count && Set(all.map(\.flag)).count == all.count)
    for declaration in all {
      #expect(declaration.help.hasSuffix(".") && declaration.help.first?.isLowercase != nil)
      #expect(
        declaration.key.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" },
        "\(declaration.key)")
    }
  }

  @Test(arguments: TaskDescription.allCases)
  func `allow each task's recipe, which is of its own settings`(task: TaskDescription) throws {
    try task.recipe.check()
    try task.recipe.check(for: task)
  }

  @Test func `allow their own defaults`() throws {
    for declaration in RunSettings.declarations {
      guard let value = declaration.defaultValue else { continue }
      try RunSettings {
        try $0.set(declaration.key, to: value.texts)
        // Other schedules have no cool-down.
        if declaration.key == "cooldown" { try $0.set("schedule", to: "wsd") }
      }.check()
    }
  }
}

@Suite struct `A share held out for validation` {
  @Test(arguments: [("0.1", 0.1), ("25%", 0.25), ("none", nil)])
  func `is read`(text: String, share: Double?) throws {
    #expect(try #require(ValidationShare(text)).share == share)
  }

  @Test(arguments: ["", "0", "1", "100%", "-0.1", "nan", "much", "10 %"])
  func `is nothing else`(text: String) { #expect(ValidationShare(text) == nil) }
}
