import Planning
import Schedules
import Settings
import Torch

/// Parameters that are not trained at first, or ever, as the settings say.
///
/// Whether they are frozen follows from the number of applied updates alone, so that a run that continues,
/// or goes back, has them as it had them then. The running statistics of their batch norms are updated all the
/// same. Groups with a factor of 0 and frozen batch norms (`--frozen-norm`) stay frozen, and are not among these.
public struct Freezing {
  private let parameters: [Parameter]
  /// The updates after which they are trained; nil for never.
  private let end: Int?

  /// Finds what the settings freeze; nil if that is nothing.
  ///
  /// - Parameter budget: what the time of unfreezing is resolved in, if it is known.
  /// - Throws: `SettingsError` for names that the model has not, where nothing would be left to
  ///   train, and for a time after the run's end.
  public init?(_ settings: ResolvedSettings, for model: any Module, in budget: Budget? = nil) throws {
    guard let choice = settings.freezing else { return nil }
    let rule = choice.rule
    let named = model.namedParameters
    try check(
      rule.prefixes.filter { $0 != FreezeRule.backbone }, of: choice.keys.rule, against: named.map(\.0))
    let hasBackbone = named.contains { $0.0.hasPrefix(FreezeRule.backbone + ".") }
    let heads = hasBackbone ? nil : model.heads
    let idle = settings.optimizer.groups.filter { $0.factor == 0 }
    let open = named.filter { name, _ in !idle.contains { $0.claims(name) } }
    let claimed = open.filter { rule.claims($0.0, heads: heads) }.map(\.1)
    guard claimed.count < open.count else {
      throw SettingsError.notAllowed(
        key: choice.keys.rule, value: settings.open.text(choice.keys.rule) ?? "\(rule)",
        allowed: choice.keys.rule == "freeze"
          ? "part of the model only, or nothing is trained"
          : "left out: \(settings.model.name) has nothing but \(rule), and nothing would be trained")
    }
    if choice.end == nil {
      try Self.checkGroups(
        settings, trained: open.map(\.0).filter { !rule.claims($0, heads: heads) }, choice)
    }
    // Those of batch norms that are frozen for good stay so.
    let norms = model.namedModules.compactMap { $0.1 as? BatchNorm }.filter(\.isFrozen)
    let kept = Set(norms.flatMap { [ObjectIdentifier($0.weight), ObjectIdentifier($0.bias)] })
    parameters = claimed.filter { !kept.contains(ObjectIdentifier($0)) }
    end = budget.flatMap { choice.end?.steps(in: $0) }
    if let budget { try choice.checkEnd(in: budget, of: settings) }
  }

  /// Checks that each group with a rate has a parameter that is trained.
  private static func checkGroups(
    _ settings: ResolvedSettings, trained: [String], _ choice: FreezeChoice
  ) throws {
    guard
      let group = settings.optimizer.groups.first(where: { group in
        group.factor != 0 && !trained.contains(where: group.claims)
      })
    else { return }
    throw SettingsError.notAllowed(
      key: "group", value: "\(group)",
      allowed: "of parameters that are trained: --\(choice.keys.rule) \(choice.rule) freezes all of \(group.name)")
  }

  /// Freezes them, or unfreezes them, as is due after so many updates.
  func apply(after updates: Int) {
    let isFrozen = end.map { updates < $0 } ?? true
    for parameter in parameters where parameter.isFrozen != isFrozen {
      parameter.isFrozen = isFrozen
    }
  }

  /// Whether they change after this number of updates.
  func ends(after updates: Int) -> Bool { updates == end }
}
