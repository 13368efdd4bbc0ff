import Formatting
import Planning
import Settings
import Torch

/// Which parameter groups a range test sweeps, and what the others do meanwhile.
public enum SweepGroups: Sendable, Hashable {
  /// All groups are swept, each at the swept rate times its factor, 1 where none is given.
  case inRatio([String: Double] = [:])
  /// The named ones at the swept rate itself, the others at rates of their own, 0 where none is given.
  case only([String], others: [String: Double] = [:])

  /// Checks that the groups to be swept exist, and are trained.
  ///
  /// - Throws: `SettingsError` naming the groups that there are.
  func check(_ groups: [ParameterGroup]) throws {
    guard case .only(let names, _) = self else { return }
    for name in names {
      let named = groups.filter { $0.name == name }
      guard !named.isEmpty else {
        let known = groups.map(\.name).reduce(into: [String]()) { names, name in
          if !names.contains(name) { names.append(name) }
        }
        throw SettingsError.unknown(
          key: "sweep-group", value: name, known: known, nearest: nearest(to: name, among: known))
      }
      if named.flatMap(\.parameters).allSatisfy(\.1.isFrozen) {
        throw SettingsError.notAllowed(
          key: "sweep-group", value: name, allowed: "a trainable group; this one is frozen")
      }
    }
  }

  /// Returns a group's rate while the sweep is at this one.
  func rate(of group: String, at swept: Double) -> Double {
    switch self {
    case .inRatio(let factors): swept * (factors[group] ?? 1)
    case .only(let names, let others): names.contains(group) ? swept : others[group] ?? 0
    }
  }
}
