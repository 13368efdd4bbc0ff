import Formatting
import Schedules

/// The parameters that are not trained, and until when.
///
/// As text: beginnings of parameters' names, as a `GroupRule` has them, or `backbone` for all but the
/// model's head.
public struct FreezeRule: Sendable, Hashable {
  /// The beginnings of the names.
  public let prefixes: [String]

  /// What names a model's backbone, or where it has none, all parameters but those of its heads.
  public static let backbone = "backbone"

  /// Whether the rule is `backbone`.
  public var isBackbone: Bool { prefixes == [Self.backbone] }

  /// Reads `conv1,layer1` or `backbone`.
  public init(_ text: String) {
    prefixes = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  /// Whether a parameter is frozen.
  ///
  /// - Parameter heads: the names of the heads, in a model that has no part named `backbone`.
  public func claims(_ parameter: String, heads: [String]?) -> Bool {
    prefixes.contains { prefix in
      if prefix == Self.backbone, let heads { return !heads.contains(where: parameter.isIn) }
      return parameter.isIn(prefix)
    }
  }
}

/// What a run freezes, and when that ends.
public struct FreezeChoice: Sendable {
  /// The parameters that are not trained.
  public let rule: FreezeRule
  /// When they are trained too; nil for never.
  public let end: Time?
  /// The settings that say so, by their keys.
  public let keys: (rule: String, end: String)

  /// Checks that it ends before the run, unless that is open-ended: one that lands early ends with what it has frozen.
  ///
  /// - Throws: `SettingsError.notAllowed`.
  public func checkEnd(in budget: Budget, of settings: ResolvedSettings) throws {
    guard let end, end.steps(in: budget) >= budget.totalSteps, !settings.budget.openEnded else { return }
    throw SettingsError.notAllowed(
      key: keys.end, value: end.description,
      allowed: "before the run's end after \(budget.totalSteps) updates")
  }
}

extension ResolvedSettings {
  /// What is frozen: as `--freeze` and `--unfreeze-at` say, or, with `--head-first`, what the weights have; nil for
  /// nothing.
  public var freezing: FreezeChoice? {
    if let time = self.model.headFirst {
      return FreezeChoice(
        rule: self.data.task.pretrainedPart, end: time, keys: ("head-first", "head-first"))
    }
    return self.model.freeze.map {
      // Of a detector the pyramid on its encoder begins at random.
      let rule = $0.isBackbone && self.model.weights != nil ? self.data.task.pretrainedPart : $0
      return FreezeChoice(rule: rule, end: self.model.unfreezeAt, keys: ("freeze", "unfreeze-at"))
    }
  }
}

extension FreezeRule: SettingText {
  /// The text from which it reads back.
  public var description: String { prefixes.joined(separator: ",") }
  /// What the text must look like.
  public static var expected: String { "PREFIX[,PREFIX...], or backbone" }
}
