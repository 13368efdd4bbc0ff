import Formatting
import Foundation
import Schedules

/// A setting that cannot be meant.
public enum SettingsError: Error, Equatable {
  /// A value that the setting may not have, and what it must be instead.
  case notAllowed(key: String, value: String, allowed: String)
  /// A word that the setting does not know, and the nearest one that it does.
  case unknown(key: String, value: String, known: [String], nearest: String?)
  /// A lower bound that is not below the upper one.
  case boundsCrossed(key: String = "base-lr", base: Double, maxKey: String = "max-lr", max: Double)
  /// A beginning with which no parameter's name begins, and the option that has it; and what the model
  /// consists of.
  case noParameter(option: String, prefix: String, nearest: String?, parts: [String])
  /// A parameter that several groups claim.
  case parameterInTwoGroups(parameter: String, groups: [String])
  /// A value that is needed and was neither given nor to be found.
  case missing(key: String, because: String)
  /// A change of plan that the run's plan does not allow.
  case cannotChange(key: String, because: String)
  /// A key of a file that no setting has, and the nearest one that there is.
  case unknownKey(key: String, nearest: String?)
  /// A value in a run's configuration that is not the one with which the run was planned.
  case changed(key: String, value: String, planned: String?)
  /// A setting of another task's.
  case otherTask(key: String, task: String, tasks: [String])
}

extension SettingsError: DescribedError {
  /// One sentence: which setting, what is wrong, what to do.
  public var description: String {
    switch self {
    case .notAllowed(let key, let value, let allowed):
      "--\(key) is \(value), but must be \(allowed)."
    case .unknown(let key, let value, let known, let nearest):
      (Self.isOfSchedules(key) ? "there is no schedule '\(value)'" : "--\(key) has no value '\(value)'")
        + Self.hint(nearest, insteadOf: value, of: key)
        + " Known names: \(Self.listed(known, of: key, insteadOf: value))."
    case .boundsCrossed(let key, let base, let maxKey, let max):
      "--\(key) (\(base)) must be below --\(maxKey) (\(max)); "
        + (base == max ? "lower one or raise the other." : "swap them, or lower --\(key).")
    case .noParameter(let option, let prefix, let nearest, let parts):
      "--\(option): no parameter's name begins with '\(prefix)'"
        + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
        + " The model consists of: \(parts.joined(separator: ", "))."
    case .parameterInTwoGroups(let parameter, let groups):
      "--group: \(parameter) is in the groups \(groups.joined(separator: " and ")); name it in one group only."
    case .missing(let key, let because):
      "--\(key) is missing: \(because)."
    case .cannotChange(let key, let because):
      "--\(key) is not possible: \(because)."
    case .unknownKey(let key, let nearest):
      "there is no setting '\(key)'" + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
    case .changed(let key, let value, let planned):
      "config.yaml has \(key): \(value), and the run was planned "
        + (planned.map { "with \($0)" } ?? "without it") + " (plan.json): restore it, or start "
        + "another run; a resumed run may change "
        + RunSettings.keysThatMayChange.joined(separator: ", ") + "."
    case .otherTask(let key, let task, let tasks):
      "--\(key) is for --task \(tasks.joined(separator: " and ")), and this run's is \(task); "
        + "leave it out."
    }
  }
}

extension SettingsError {
  /// What may have been meant, and of the rule that no run can name where it is.
  private static func hint(_ nearest: String?, insteadOf value: String, of key: String) -> String {
    if isOfSchedules(key), ScheduleEntry.isReduceOnPlateau(value) {
      return ": \(ScheduleEntry.reduceOnPlateauNote)."
    }
    return nearest.map { "; did you mean '\($0)'?" } ?? "."
  }

  private static func isOfSchedules(_ key: String) -> Bool { ["schedule", "schedules"].contains(key) }

  /// The words that a setting knows; of the schedules, which are many, the nearest.
  private static func listed(_ known: [String], of key: String, insteadOf value: String) -> String {
    isOfSchedules(key)
      ? Formatting.listed(known, insteadOf: value, by: "rondo doctor")
      : known.joined(separator: ", ")
  }

  /// The sentence as the end of one that begins with the file: with the key instead of the flag.
  public var reasonInFile: String {
    let sentence = description.hasPrefix("--") ? String(description.dropFirst(2)) : description
    return sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
  }

  /// The error of a key that there is not.
  init(unknownKey key: String) {
    self = .unknownKey(
      key: key, nearest: nearest(to: key, among: RunSettings.declarations.map(\.key)))
  }
}
