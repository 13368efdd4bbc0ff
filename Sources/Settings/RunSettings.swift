import Files
import Numbers
import Runs

/// What a run was asked to do: settings each of which may be open.
///
///     settings.schedule.maxLR = 0.4
///     let all = flags.filled(from: file).filled(from: task.recipe)
///     all.resolved.machine.seed    // 1, its default
///
/// Flags and files leave open what they do not mention. The keys of files are the flags without dashes. What
/// settings there are, the groups declare (`DataSettings`, `ModelSettings`, ...).
@dynamicMemberLookup
public struct RunSettings: Sendable {
  var values: [String: any SettingValue] = [:]

  /// Creates settings that leave everything open.
  public init() {}

  /// Creates settings of which some are set.
  public init(_ change: (inout RunSettings) throws -> Void) rethrows { try change(&self) }

  /// The settings of a group.
  public subscript<Group: SettingsGroup>(
    dynamicMember _: KeyPath<SettingsGroups, Group>
  ) -> GroupSettings<Group> {
    get { GroupSettings(values: values) }
    set { values = newValue.values }
  }

  /// All settings that there are, in the order of `--help`.
  public static let declarations = SettingsGroups.all.flatMap { $0.declarations }
  /// The keys of the settings that say how long a run is: `epochs`, `steps`, `minutes`, `max-minutes`.
  public static let lengthKeys = declarations.filter { $0.budget != nil }.map(\.key)
  /// The declarations by their keys.
  static let byKey = Dictionary(uniqueKeysWithValues: declarations.map { ($0.key, $0) })

  /// Those that older files have under another key, by it.
  private static let byOlderKey = Dictionary(
    uniqueKeysWithValues: declarations.compactMap { declaration in declaration.older.map { ($0, declaration) } })

  /// Whether everything is open.
  public var isEmpty: Bool { values.isEmpty }

  /// The text of a setting, as it is typed; nil where it is open.
  public func text(_ key: String) -> String? { values[key]?.text }

  /// Sets a setting to what was typed; several texts are those of a repeated option.
  ///
  /// - Throws: `SettingsError` for a key that there is not, and for a text that cannot be read.
  public mutating func set(_ key: String, to texts: String...) throws {
    try set(key, to: texts)
  }

  /// Sets a setting to what was typed.
  ///
  /// - Throws: `SettingsError` for a key that there is not, and for a text that cannot be read.
  public mutating func set(_ key: String, to texts: [String]) throws {
    guard let declaration = Self.byKey[key] else { throw SettingsError(unknownKey: key) }
    values[key] = try declaration.value(of: texts)
  }

  /// Puts down the declared defaults of settings that are open, so that files show them.
  mutating func setDefaults(of keys: String...) {
    for key in keys where values[key] == nil { values[key] = Self.byKey[key]?.defaultValue }
  }

  /// Returns these settings, with what they leave open taken from others.
  ///
  /// Epochs, steps and minutes are one budget said in three ways: whoever says one says all, and so does who
  /// leaves the end open. Epochs and steps also say that the end is not open.
  public func filled(from other: RunSettings) -> RunSettings {
    let saysLength =
      self.budget.openEnded == true
      || values.keys.contains { Self.byKey[$0]?.budget == .length }
    var filled = self
    for (key, value) in other.values where values[key] == nil {
      if saysLength, Self.byKey[key]?.budget != nil { continue }
      if key == "open-ended", self.budget.epochs != nil || self.budget.steps != nil { continue }
      filled.values[key] = value
    }
    return filled
  }

  /// Checks everything that can be checked without the data.
  ///
  /// - Throws: `SettingsError` for the first setting that cannot be meant.
  public func check() throws {
    for declaration in Self.declarations {
      if let value = values[declaration.key] { try declaration.check(value) }
    }
    for group in SettingsGroups.all { try group.check(self) }
  }

  /// Checks that no setting was typed that does not concern the task.
  ///
  /// - Throws: `SettingsError` naming the first such setting.
  public func check(for task: TaskDescription) throws {
    for declaration in Self.declarations where values[declaration.key] != nil {
      guard let tasks = declaration.tasks, !tasks.contains(task) else { continue }
      throw SettingsError.otherTask(
        key: declaration.flag, task: task.rawValue, tasks: tasks.map(\.rawValue))
    }
  }

  /// Returns the settings without those that do not concern a task.
  public func settings(for task: TaskDescription) -> RunSettings {
    var own = self
    own.values = values.filter { Self.byKey[$0.key]?.concerns(task) == true }
    return own
  }

  /// The settings as flags, from which they read back, in the order of `--help`.
  public var flags: [String] { Self.declarations.flatMap { flags(of: $0) } }

  /// Some of the settings as flags, in this order.
  public func flags(_ keys: [String]) -> [String] {
    keys.compactMap { Self.byKey[$0] }.flatMap { flags(of: $0) }
  }

  private func flags(of declaration: Declaration) -> [String] {
    guard let value = values[declaration.key] else { return [] }
    let flag = declaration.flag
    switch declaration.syntax {
    case .flag: return [value.texts == ["true"] ? "--\(flag)" : "--no-\(flag)"]
    case .option, .repeatedOption:
      return value.texts.flatMap { $0.hasPrefix("-") ? ["--\(flag)=\($0)"] : ["--\(flag)", $0] }
    }
  }
}

extension RunSettings: Hashable {
  /// Whether the same settings have the same values.
  public static func == (a: Self, b: Self) -> Bool { a.erased == b.erased }
  /// Takes in the settings that are not open.
  public func hash(into hasher: inout Hasher) { hasher.combine(erased) }
  private var erased: [String: AnyHashable] { values.mapValues { AnyHashable($0) } }
}

extension RunSettings: Codable {
  /// Reads settings; a key that there is not is an error.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: TextKey.self)
    for key in container.allKeys {
      guard let declaration = Self.byKey[key.stringValue] ?? Self.byOlderKey[key.stringValue] else {
        let error = SettingsError(unknownKey: key.stringValue)
        throw DecodingError.dataCorrupted(
          .init(
            codingPath: container.codingPath + [key], debugDescription: "\(error)",
            underlyingError: error))
      }
      guard try !container.decodeNil(forKey: key) else { continue }
      // Of both keys that of today counts.
      guard key.stringValue == declaration.key || !container.contains(TextKey(declaration.key)) else { continue }
      values[declaration.key] = try declaration.value(in: container, under: key)
    }
  }

  /// Writes the settings that are not open.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: TextKey.self)
    for (key, value) in values { try container.encode(value.raw, forKey: TextKey(key)) }
  }

  /// Reads settings from a YAML file; a `~` before a path is the home folder, as on the command line.
  ///
  /// - Throws: `RunError` naming the file, the line and the nearest known key, or the key of a value that cannot be
  ///   meant.
  public static func read(from path: String) throws -> RunSettings {
    do {
      var settings = try ConfigurationFile.read(
        path, as: Self.self, keys: declarations.map(\.key), older: Array(byOlderKey.keys))
      for declaration in declarations {
        guard var value = settings.values[declaration.key] else { continue }
        if value.text.hasPrefix("~") {
          value = try declaration.value(of: value.texts.map { withHome($0) })
          settings.values[declaration.key] = value
        }
        try declaration.check(value, as: declaration.key)
      }
      return settings
    } catch let error as SettingsError {
      throw RunError.badConfiguration(path: path, reason: error.reasonInFile)
    } catch RunError.badConfiguration(let path, let line, let reason) where reason.hasPrefix("--") {
      throw RunError.badConfiguration(path: path, line: line, reason: String(reason.dropFirst(2)))
    }
  }
}

/// A group's settings, each of which may be open.
@dynamicMemberLookup
public struct GroupSettings<Group: SettingsGroup>: Sendable {
  fileprivate var values: [String: any SettingValue]

  /// A setting; nil where it is open.
  public subscript<Value: Settable>(
    dynamicMember path: KeyPath<Group, Setting<Value>>
  ) -> Value.Given? {
    get { values[Group.schema.declaration(path).key] as? Value.Given }
    set { values[Group.schema.declaration(path).key] = newValue }
  }
}
