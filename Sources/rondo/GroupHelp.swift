import ArgumentParser
import Formatting
import Settings

/// Flags that have a heading of their own in `--help`.
protocol IntroducedOptions: ParsableArguments {
  /// The heading.
  static var title: String { get }
  /// What the flags are for, in a sentence.
  static var introduction: String { get }
  /// The name by which `--help-group` shows them alone; nil where it does not.
  static var groupName: String? { get }
}

extension IntroducedOptions {
  /// By default nil: `--help` alone shows the flags.
  static var groupName: String? { nil }
}

/// The parts of `--help` that list flags under a heading.
enum GroupHelp {
  /// What introduces each heading: the groups of settings, and flags that are no settings.
  private static let introductions: [(heading: String, text: String)] =
    SettingsGroups.all.map { (heading($0), introduction($0)) }
    + others.map { ($0.title.uppercased(), $0.introduction) }

  private static var others: [any IntroducedOptions.Type] {
    #if LIBTORCH
      [
        RevisionOptions.self, ProcessOptions.self, ClassificationPredictor.self, SegmentationPredictor.self,
        DetectionPredictor.self,
      ]
    #else
      []
    #endif
  }

  /// Returns a help text in which each heading is followed by what is below it.
  static func introduced(_ help: String) -> String {
    introductions.reduce(withShortNumbers(help)) { help, part in
      help.replacing(
        "\n\(part.heading):\n", with: "\n\(part.heading): \(part.text)\n", maxReplacements: 1)
    }
  }

  /// `(default: 300)` for the parser's 300.0.
  private static func withShortNumbers(_ help: String) -> String {
    help.replacing(/\(default: (-?\d+)\.0([;)])/) { "(default: \($0.1)\($0.2)" }
  }

  /// Returns the help of one group.
  ///
  /// - Throws: `SettingsError` with the nearest name of a group.
  static func text(named name: String) throws -> String {
    let known = names
    let found = spelled(name, among: known)
    if let found, let other = others.first(where: { $0.groupName == found }) { return text(of: other) }
    guard let group = SettingsGroups.all.first(where: { Self.name($0) == found }) else {
      throw SettingsError.unknown(
        key: "help-group", value: name, known: known, nearest: nearest(to: name, among: known))
    }
    let whole = introduced(SettingFlags.helpMessage())
    let heading = heading(group)
    guard let start = whole.range(of: "\(heading): ") else { return whole }
    let rest = whole[start.lowerBound...]
    return String(rest.range(of: "\n\n").map { rest[..<$0.lowerBound] } ?? rest)
  }

  /// The names of the groups: those of settings, and of other flags that have one.
  static var names: [String] { SettingsGroups.all.map(name) + others.compactMap { $0.groupName } }

  private static func name(_ group: any SettingsGroup.Type) -> String {
    group.title.lowercased().replacing(" ", with: "-")
  }

  /// The flags of a heading that are no settings.
  private static func text(of group: any IntroducedOptions.Type) -> String {
    let help = withShortNumbers(group.helpMessage())
    let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { $0 != "OPTIONS:" }.dropFirst().prefix { !$0.isEmpty && !$0.contains("-h, --help") }
    return (["\(group.title.uppercased()): \(group.introduction)"] + lines.map(String.init)).joined(separator: "\n")
  }

  private static func heading(_ group: any SettingsGroup.Type) -> String {
    group.title.uppercased()
  }
  private static func introduction(_ group: any SettingsGroup.Type) -> String { group.introduction }
}

extension SettingsGroup {
  fileprivate static var title: String { schema.title }
  fileprivate static var introduction: String { schema.introduction }
}

extension Declaration {
  /// What `--help` says: the tasks that it concerns, what it is, its values and its default.
  var flagHelp: String {
    let owners = tasks.map { $0.map(\.rawValue).joined(separator: ", ") + ": " } ?? ""
    let notes = [
      known.isEmpty ? nil : "values: \(known.joined(separator: ", "))",
      defaultText.map { "default: \($0)" },
    ].compactMap(\.self)
    return owners + help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
  }

  /// The default, and each task's where they differ; nil where there is none.
  private var defaultText: String? {
    let concerned = TaskDescription.allCases.filter(concerns)
    let own = concerned.compactMap { task in
      task.recipe.text(key).map { (task: task, text: paragraph(for: $0)) }
    }
    let common = defaultValue.map { paragraph(for: $0.text) }
    let rest = defaultDescription.map(Self.short) ?? common
    // Where the settings of all its tasks are one, the task need not be named.
    if key == "task" || own.isEmpty { return rest }
    let texts = Set(own.map(\.text) + (own.count == concerned.count ? [] : [common ?? ""]))
    // What a task leaves open may follow from something else than the declared default.
    if texts.count == 1 { return own.count < concerned.count ? rest : texts.first }
    let named = own.map { "\($0.task.rawValue) \($0.text)" }.joined(separator: ", ")
    guard own.count < concerned.count, let rest else { return named }
    return named + "; else \(rest)"
  }

  private func paragraph(for text: String) -> String {
    guard syntax != .flag else { return text == "true" ? "on" : "off" }
    return text.isEmpty ? "none" : Self.short(text)
  }

  /// `100` of 100.0.
  private static func short(_ text: String) -> String {
    text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
