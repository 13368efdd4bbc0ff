import Formatting
import Numbers

/// One setting, declared once: its key in files, its flag, what `--help` says, what it may be, its default,
/// and the tasks that it concerns.
///
///     public let epochs = Setting<Double?>("epochs", "Passes over the training data.", .aboveZero(below: 1e9))
///     public let seed = Setting<UInt64>("seed", "Seed of every random number.", default: 1)
///
/// A `Setting<Double?>` may stay open in a resolved run; every other has a default.
public struct Setting<Value: Sendable>: Sendable {
  /// The declaration, without the type of the value.
  public let declaration: Declaration
}

extension Setting where Value: SettingValue {
  /// Declares a setting that has a value in every resolved run.
  ///
  /// - Parameters:
  ///   - key: its key in files, and its flag without dashes where `flag` is not given.
  ///   - older: its key in files of older versions, where that was another.
  ///   - defaultValue: its value where neither the user nor the task's recipe gives one.
  ///   - defaultDescription: what takes the default's place in `--help`: `chosen by the data`.
  ///   - tasks: the tasks that it concerns; nil for all.
  ///   - mayChange: whether a run that continues may have another value in its `config.yaml`.
  ///   - needs: what else it needs to have an effect.
  public init(
    _ key: String, flag: String? = nil, older: String? = nil, _ help: String, _ allowed: AllowedValues<Value> = .any,
    default defaultValue: Value, defaultDescription: String? = nil, for tasks: [TaskDescription]? = nil,
    mayChange: Bool = false, needs: SettingNeed? = nil
  ) {
    declaration = Declaration(
      key, flag: flag, older: older, help, allowed, defaultValue: defaultValue, defaultDescription: defaultDescription,
      for: tasks, mayChange: mayChange, needs: needs)
  }
}

extension Setting {
  /// Declares a setting that may stay open.
  ///
  /// - Parameters:
  ///   - key: its key in files, and its flag without dashes where `flag` is not given.
  ///   - defaultDescription: what is done where it is open, for `--help`: `found by the range test`.
  ///   - tasks: the tasks that it concerns; nil for all.
  ///   - budget: its part in saying how long a run is.
  ///   - mayChange: whether a run that continues may have another value in its `config.yaml`.
  ///   - needs: what else it needs to have an effect.
  public init<Given: SettingValue>(
    _ key: String, flag: String? = nil, _ help: String, _ allowed: AllowedValues<Given> = .any,
    defaultDescription: String? = nil, for tasks: [TaskDescription]? = nil,
    budget: Declaration.BudgetPart? = nil,
    mayChange: Bool = false, needs: SettingNeed? = nil
  ) where Value == Given? {
    declaration = Declaration(
      key, flag: flag, help, allowed, defaultValue: nil, defaultDescription: defaultDescription, for: tasks,
      budget: budget, mayChange: mayChange, needs: needs)
  }
}

/// A setting without the type of its value.
public final class Declaration: Sendable {
  /// How a setting is written on the command line.
  public enum Syntax: Sendable {
    /// `--flip`, `--no-flip`.
    case flag
    /// `--seed 1`.
    case option
    /// `--group a=b:1 --group c=d:2`.
    case repeatedOption
  }

  /// A setting's part in saying how long a run is.
  public enum BudgetPart: Sendable {
    /// The setting gives the length; whoever gives it leaves the other lengths out.
    case length
    /// The setting limits a length that comes from the same source.
    case limit
  }

  /// The key in files.
  public let key: String
  /// The key in files of older versions, where that was another.
  let older: String?
  /// The flag, without dashes.
  public let flag: String
  /// The help text, one sentence.
  public let help: String
  /// How it is written on the command line.
  public let syntax: Syntax
  /// The allowed words, where the values are a closed set.
  public let known: [String]
  /// The default, where neither the user nor the task's recipe gives a value.
  public let defaultValue: (any SettingValue)?
  /// What takes the default's place in `--help`.
  public let defaultDescription: String?
  /// The tasks that it concerns; nil for all.
  public let tasks: [TaskDescription]?
  let budget: BudgetPart?
  /// Whether a run that continues may have another value.
  let mayChange: Bool
  /// What else the setting needs to have an effect; nil where nothing.
  let needs: SettingNeed?
  private let expected: String
  private let read: @Sendable ([String]) -> (any SettingValue)?
  private let decode: @Sendable (KeyedDecodingContainer<TextKey>, TextKey) throws -> Read
  private let broken: @Sendable (any SettingValue) -> String?
  private let suggested: @Sendable (String) -> String?

  /// What was read from a file, or the text that could not be.
  private enum Read { case value(any SettingValue), misread([String]) }

  init<Value: SettingValue>(
    _ key: String, flag: String?, older: String? = nil, _ help: String, _ allowed: AllowedValues<Value>,
    defaultValue: Value?, defaultDescription: String?, for tasks: [TaskDescription]?, budget: BudgetPart? = nil,
    mayChange: Bool, needs: SettingNeed? = nil
  ) {
    self.mayChange = mayChange
    self.needs = needs
    self.key = key
    self.flag = flag ?? key
    self.older = older
    self.help = help
    self.defaultValue = defaultValue
    self.defaultDescription = defaultDescription
    self.tasks = tasks
    self.budget = budget
    syntax = Value.Raw.syntax
    known = Value.known
    suggested = { Value.nearest(to: $0) }
    expected =
      allowed.description.isEmpty
      ? Value.expected
      : Value.self == Value.Raw.self && !allowed.description.hasPrefix("a ")
        ? "\(Value.expected), \(allowed.description)" : allowed.description
    read = { texts in Value.Raw(texts: texts).flatMap(Value.init(raw:)) }
    decode = { container, key in
      let raw = try container.decode(Value.Raw.self, forKey: key)
      return Value(raw: raw).map { .value($0) } ?? .misread(raw.texts)
    }
    broken = { ($0 as? Value).map(allowed.holds) == false ? allowed.description : nil }
  }

  /// Whether the setting concerns a task.
  public func concerns(_ task: TaskDescription) -> Bool { tasks?.contains(task) ?? true }

  /// Reads what was typed.
  ///
  /// - Throws: `SettingsError` with the nearest known word, or with what is expected.
  public func value(of texts: [String]) throws -> any SettingValue {
    guard let value = read(texts) else { throw misread(texts) }
    return value
  }

  /// Reads what stands in a file under a key, its own or the older one.
  ///
  /// - Throws: `DecodingError`, with a `SettingsError` in it where the kind of value was right.
  func value(
    in container: KeyedDecodingContainer<TextKey>, under written: TextKey
  ) throws -> any SettingValue {
    switch try decode(container, written) {
    case .value(let value): return value
    case .misread(let texts):
      let error = misread(texts, as: written.stringValue)
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: container.codingPath + [written], debugDescription: "\(error)",
          underlyingError: error))
    }
  }

  /// Checks that a value can be meant.
  ///
  /// - Parameter name: what the setting is called where it stands; nil for its flag.
  /// - Throws: `SettingsError.notAllowed`.
  func check(_ value: any SettingValue, as name: String? = nil) throws {
    guard let description = broken(value) else { return }
    throw SettingsError.notAllowed(
      key: name ?? flag, value: value.text, allowed: description)
  }

  private func misread(_ texts: [String], as name: String? = nil) -> SettingsError {
    let name = name ?? flag
    let bad = texts.first { read([$0]) == nil } ?? texts.joined(separator: ",")
    return known.isEmpty
      ? .notAllowed(key: name, value: bad, allowed: expected)
      : .unknown(key: name, value: bad, known: known, nearest: suggested(bad))
  }
}
