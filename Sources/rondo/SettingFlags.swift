import ArgumentParser
import Formatting
import Numbers
import Settings

/// The flags that describe a run: one for each setting there is, under the heading of its group.
///
/// ArgumentParser finds a type's flags by its mirror. This one shows what the groups declare, so that a setting
/// is written once, in its group.
struct SettingFlags: ParsableArguments, CustomReflectable {
  /// What was typed, as texts by the settings' keys.
  private var texts: [String: [String]] = [:]
  /// The file of settings under it.
  private var file: String?
  /// The group of which help was asked for.
  private var helpGroup: String?

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: TextKey.self)
    file = try container.decode(Option<String?>.self, forKey: TextKey("config")).wrappedValue
    helpGroup =
      try container.decode(Option<String?>.self, forKey: TextKey("helpGroup")).wrappedValue
    func read<Group: SettingsGroup>(_: Group.Type) throws -> [String: [String]] {
      let key = TextKey(Group.schema.title)
      return try container.decode(OptionGroup<GroupFlags<Group>>.self, forKey: key).wrappedValue
        .texts
    }
    for group in SettingsGroups.all { texts.merge(try read(group)) { first, _ in first } }
  }

  var customMirror: Mirror {
    func child<Group: SettingsGroup>(_: Group.Type) -> Mirror.Child {
      (Group.schema.title, OptionGroup<GroupFlags<Group>>(title: Group.schema.title))
    }
    let file = Option<String?>(
      name: .customLong("config"), help: "A YAML file of settings; flags win over it.")
    let help = Option<String?>(
      name: .customLong("help-group"),
      help: "Show the flags of one group. (values: \(GroupHelp.names.joined(separator: ", ")))")
    return Mirror(
      self,
      children: [("config", file), ("helpGroup", help)] + SettingsGroups.all.map { child($0) })
  }

  /// What the user typed, flags over file.
  ///
  /// - Throws: `SettingsError` for a flag's text that cannot be read; `RunError` for the file; `CleanExit` with
  ///   the help of a group, if that was asked for.
  func typed() throws -> RunSettings {
    if let helpGroup { throw CleanExit.message(try GroupHelp.text(named: helpGroup)) }
    let settings = try RunSettings(texts, of: RunSettings.declarations)
    return try file.map { settings.filled(from: try .read(from: $0)) } ?? settings
  }

  /// What was typed as flags, without the file.
  ///
  /// - Throws: `SettingsError` for a flag's text that cannot be read.
  func flags() throws -> RunSettings { try RunSettings(texts, of: RunSettings.declarations) }

  /// Checks that the flags that were typed can have an effect.
  ///
  /// - Parameters:
  ///   - settings: flags over file, or the settings of the run that was made of them.
  ///   - isRangeTest: whether a range test is asked for, which is made whatever the settings say.
  /// - Throws: `SettingsError`.
  func checkUse(in settings: RunSettings, isRangeTest: Bool = false) throws {
    try settings.checkUse(of: flags(), isRangeTest: isRangeTest)
  }
}

extension [String] {
  /// Names of flags as they are typed: `--epochs, --steps`.
  var asFlags: String { map { "--" + $0 }.joined(separator: ", ") }
}

extension RunSettings {
  /// The flags of what was typed, without dashes, in the order of `--help`.
  var typedFlags: [String] {
    Self.declarations.filter { text($0.key) != nil }.map(\.flag)
  }

  /// Reads what was typed, by the settings' keys.
  fileprivate init(_ texts: [String: [String]], of declarations: [Declaration]) throws {
    self.init()
    for declaration in declarations {
      try texts[declaration.key].map { try set(declaration.key, to: $0) }
    }
  }
}

/// Settings that are flags together.
protocol FlagSource {
  /// The settings, in the order of `--help`.
  static var declarations: [Declaration] { get }
  /// What ArgumentParser knows a setting as.
  static func argument(_ declaration: Declaration) -> any Sendable
}

/// All settings of a group.
private enum WholeGroup<Group: SettingsGroup>: FlagSource {
  static var declarations: [Declaration] { Group.declarations }
  static func argument(_ declaration: Declaration) -> any Sendable {
    arguments[declaration.key] ?? declaration.argument(help: declaration.flagHelp)
  }
}

private typealias GroupFlags<Group: SettingsGroup> = DeclaredFlags<WholeGroup<Group>>

/// The flags of some settings.
struct DeclaredFlags<Source: FlagSource>: ParsableArguments, CustomReflectable {
  fileprivate private(set) var texts: [String: [String]] = [:]

  init() {}

  /// What the user typed.
  ///
  /// - Throws: `SettingsError` for a flag's text that cannot be read.
  func typed() throws -> RunSettings { try RunSettings(texts, of: Source.declarations) }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: TextKey.self)
    for declaration in Source.declarations {
      texts[declaration.key] = try declaration.texts(in: container)
    }
  }

  var customMirror: Mirror {
    let children = Source.declarations.map { ($0.key, Source.argument($0)) as Mirror.Child }
    return Mirror(self, children: children)
  }
}

// What ArgumentParser knows the settings as; it asks often.
private let arguments = Dictionary(
  uniqueKeysWithValues: RunSettings.declarations.map {
    ($0.key, $0.argument(help: $0.flagHelp))
  })

extension Declaration {
  /// What ArgumentParser knows the setting as.
  func argument(help text: String) -> any Sendable {
    let name = NameSpecification.customLong(flag)
    let help = ArgumentHelp(text)
    switch syntax {
    case .flag: return Flag<Bool?>(name: name, inversion: .prefixedNo, help: help)
    case .option:
      return Option<String?>(
        name: name, help: help, completion: known.isEmpty ? nil : .list(known))
    case .repeatedOption: return Option<[String]>(wrappedValue: [], name: name, help: help)
    }
  }

  /// What was typed, if anything was.
  fileprivate func texts(in container: KeyedDecodingContainer<TextKey>) throws -> [String]? {
    let key = TextKey(key)
    switch syntax {
    case .flag:
      return try container.decode(Flag<Bool?>.self, forKey: key).wrappedValue.map { ["\($0)"] }
    case .option:
      return try container.decode(Option<String?>.self, forKey: key).wrappedValue.map { [$0] }
    case .repeatedOption:
      let texts = try container.decode(Option<[String]>.self, forKey: key).wrappedValue
      return texts.isEmpty ? nil : texts
    }
  }
}
