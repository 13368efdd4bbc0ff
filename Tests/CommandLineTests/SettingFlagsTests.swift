import ArgumentParser
import Foundation
import Numbers
import Runs
import Settings
import TestSupport
import Testing

@testable import rondo

/// ArgumentParser finds its flags by a mirror, and this program shows it one: that every declared setting
/// arrives by its flag, and is told apart from all others, is not checked by the compiler.
@Suite struct `The flags that describe a run` {
  private let directory = TemporaryDirectory()

  /// A text for a declaration that it can mean, and that is not its default.
  private static func text(for declaration: Declaration) -> String {
    let texts = [
      "groups": "head=fc:0.1", "loss": "focal+dice", "validation": "0.25", "unfreeze-at": "4ep",
      "step-size": "30%", "crop-scale": "0.5,1.0", "scale-jitter": "0.5,2.0",
      "color-jitter": "0.1,0.2,0.3,0.4", "rand-augment": "3,7",
      "normalization": "0.5,0.25,0.125,0.5,0.25,0.125", "class-weights": "1.0,2.5",
      "device": "cuda:1", "image-size": "40", "crop-size": "48", "range-test-steps": "70",
    ]
    let shares = [
      "crop-share", "cooldown", "gamma", "base-momentum", "max-momentum", "label-smoothing",
      "dropout", "stochastic-depth", "beta2", "layer-decay", "mosaic", "ema",
    ]
    if shares.contains(declaration.key) { return "0.375" }
    return texts[declaration.key] ?? declaration.known.last ?? "7"
  }

  private func typed(_ messages: [String]) throws -> RunSettings {
    try SettingFlags.parse(messages).typed()
  }

  @Test(arguments: RunSettings.declarations.map(\.key))
  func `arrive each as the setting of its key, by flag, YAML, JSON and printed flags`(
    key: String
  ) throws {
    let declaration = try #require(RunSettings.declarations.first { $0.key == key })
    let text = Self.text(for: declaration)
    let messages =
      declaration.syntax == .flag ? ["--no-\(declaration.flag)"] : ["--\(declaration.flag)", text]
    let settings = try typed(messages)
    let expected = try RunSettings {
      try $0.set(key, to: declaration.syntax == .flag ? "false" : text)
    }
    #expect(settings == expected && settings.text(key) != nil)
    #expect(settings.flags.count == messages.count)
    // The same flags are the same settings.
    if settings.flags != messages { #expect(try typed(settings.flags) == settings) }
    let json = try JSONText.data(settings)
    #expect(try JSONText.read(RunSettings.self, from: json) == settings)
    let file = directory.url("settings.yaml")
    try ConfigurationFile.write(settings, to: file)
    #expect(try RunSettings.read(from: file.path) == settings)
  }

  @Test func `arrive all together from the file that --config names`() throws {
    let all = try RunSettings {
      for declaration in RunSettings.declarations {
        try $0.set(
          declaration.key, to: declaration.syntax == .flag ? "false" : Self.text(for: declaration))
      }
    }
    let file = directory.url("settings.yaml")
    try ConfigurationFile.write(all, to: file)
    #expect(try RunSettings.read(from: file.path) == all)
    #expect(try typed(["--config", file.path]) == all)
    #expect(RunSettings.declarations.allSatisfy { all.text($0.key) != nil })
  }

  @Test func `are none where nothing is typed`() throws { #expect(try typed([]).isEmpty) }

  @Test func `win over the file, and a budget over a budget`() throws {
    let file = directory.url("settings.yaml")
    try Data("epochs: 3\nmax-minutes: 2\nmax-lr: 0.1\nseed: 5\n".utf8).write(to: file)
    let settings = try typed(["--config", file.path, "--steps", "9", "--max-lr", "0.4"])
    #expect(settings.flags.joined(separator: " ") == "--steps 9 --max-lr 0.4 --seed 5")
  }

  @Test func `are repeated where a setting is a list`() throws {
    let settings = try typed(["--group", "a=b:1", "--group", "c=d:0"])
    #expect(settings.optimizer.groups?.map(\.name) == ["a", "c"])
    #expect(settings.flags == ["--group", "a=b:1", "--group", "c=d:0"])
  }

  @Test func `take a negative number that is pasted back`() throws {
    var settings = RunSettings()
    settings.schedule.maxLR = -1
    #expect(try typed(settings.flags) == settings)
  }

  @Test(arguments: [
    ("anneal: lineer\n", "line 1: anneal has no value 'lineer'; did you mean 'linear'?"),
    ("seed: 3\nimage-size: large\n", "line 2: 'image-size' is not a whole number"),
    ("seed: 3\n\nmax-lrr: 1\n", "line 3: there is no setting 'max-lrr'; did you mean 'max-lr'?"),
    ("seed: 3\nsteps: 0100\n", "line 2: steps is 0100, which YAML reads as a number to another base than ten"),
    ("epochs: 1:30\n", "line 1: epochs is 1:30, which YAML reads as a number to another base than ten"),
    ("flip: 1\n", "line 1: 'flip' is not a true or false"),
    ("step-size: 3 epochs\n", "line 1: step-size is 3 epochs, but must be a length above 0"),
  ])
  func `of a file that cannot be meant are refused with their line`(
    text: String, messages: String
  ) throws {
    let file = directory.url("settings.yaml")
    try Data(text.utf8).write(to: file)
    let error = #expect(throws: RunError.self) { try typed(["--config", file.path]) }
    #expect("\(try #require(error))".contains(messages), "\(error.map { "\($0)" } ?? "")")
  }
}

@Suite struct `Help on the settings` {
  private let help = GroupHelp.introduced(SettingFlags.helpMessage(columns: 100))

  @Test func `has each group's heading with an introduction, and each flag under one`() {
    for group in SettingsGroups.all {
      #expect(help.split(separator: heading(of: group)).count == 2)
    }
    for declaration in RunSettings.declarations {
      #expect(help.contains("  --\(declaration.flag)"), "\(declaration.flag)")
    }
  }

  private func heading<Group: SettingsGroup>(of _: Group.Type) -> String {
    "\n\(Group.schema.title.uppercased()): \(Group.schema.introduction)\n"
  }

  @Test(arguments: [
    ("weight-decay", "(default: classify 0.0005, segment 0.01, detect 0.05)"),
    ("watch", "(values: off, say, act; default: say)"), ("seed", "(default: 1)"),
    ("max-lr", "(default: found by the range test, and by what is known of such runs)"), ("flip", "(default: on)"),
    ("range-test-max-lr", "(default: detect 1; else 10)"), ("groups", "(default: none)"),
    ("scale-jitter", "(default: detect 0.75,1.5; else by the data)"), ("nesterov", "(default: on)"),
    ("loss", "(default: cross-entropy; for masks cross-entropy+dice)"),
    ("rotate-90", "(default: by the data)"),
  ])
  func `names the values and the default, each task's where they differ`(
    key: String, messages: String
  ) throws {
    let declaration = try #require(RunSettings.declarations.first { $0.key == key })
    #expect(declaration.flagHelp.hasSuffix(messages), "\(declaration.flagHelp)")
  }

  @Test func `names the tasks that a setting concerns`() throws {
    let declaration = try #require(RunSettings.declarations.first { $0.key == "crop-size" })
    #expect(declaration.flagHelp.hasPrefix("segment: Width and height"))
  }

  /// The parser writes 300.0 for a number of seconds.
  @Test(arguments: ["train", "serve", "data shard", "predict", "watch"])
  func `has whole numbers as people write them`(command: String) throws {
    let result = try Program.run(command.split(separator: " ").map(String.init) + ["--help"])
    #expect(result.output.firstMatch(of: /default: -?[0-9]+\.0[);]/) == nil, "\(command)")
  }

  @Test func `shows a group alone`() throws {
    let text = try GroupHelp.text(named: "Learning_Rate")
    #expect(text.hasPrefix("LEARNING RATE: ") && text.contains("--max-lr"))
    #expect(!text.contains("--flip") && !text.contains("RANGE TEST"))
    let error = #expect(throws: SettingsError.self) { try GroupHelp.text(named: "augmentaton") }
    #expect("\(try #require(error))".contains("did you mean 'augmentation'?"))
    #expect(GroupHelp.names.contains("learning-rate") && GroupHelp.names.contains("augmentation"))
    let processes = try GroupHelp.text(named: "processes")
    #expect(processes.hasPrefix("SEVERAL PROCESSES: Sharing"), "\(processes)")
    #expect(processes.contains("--timeout") && !processes.contains("--help"), "\(processes)")
    #expect(try GroupHelp.text(named: "resume").contains("--extend-cycles"))
  }
}
