import Formatting
import Foundation
import Planning
import Schedules
import Settings
import Torch

/// Returns the optimizer that the settings name, over all of a model's parameters.
///
/// - Throws: `SettingsError` for groups that do not fit the model.
public func makeOptimizer(_ settings: ResolvedSettings, for model: any Module) throws
  -> any Optimizer
{
  let groups = try makeGroups(settings, for: model)
  let beta2 = settings.optimizer.beta2
  return switch settings.optimizer.name {
  case .sgd: SGD(groups, nesterov: settings.optimizer.nesterov)
  case .adam: Adam(groups, beta2: beta2, decoupledWeightDecay: false)
  case .adamw: Adam(groups, beta2: beta2, decoupledWeightDecay: true)
  }
}

extension Optimizer {
  /// Takes the rates, the momentum and the weight decay that a plan has for the update after so many.
  func apply(_ plan: Plan, at step: Int) {
    let values = plan.values(at: step)
    for index in groups.indices {
      let group = groups[index]
      groups[index].learningRate = group.scale * plan.learningRate(ofGroup: group.name, at: step)
      if let momentum = values.momentum { groups[index].momentum = momentum }
      if let decay = values.weightDecay { groups[index].weightDecay = decay }
    }
  }
}

/// Returns a model's parameters in the groups that the settings name, and the rest in one of its own; where rates
/// depend on depth, each of these in parts that have one rate.
///
/// What the settings freeze begins frozen, in whichever group it is.
///
/// The parameters of a group whose factor is 0 are frozen: they need no gradient and stay as they are,
/// but for the running statistics of their batch norms.
///
/// - Throws: `SettingsError` for a group without parameters, and for a parameter in two groups.
public func makeGroups(_ settings: ResolvedSettings, for model: any Module) throws
  -> [ParameterGroup]
{
  let parameters = model.namedParameters
  let rules = settings.optimizer.groups
  try check(rules, against: parameters.map(\.0))
  for rule in rules where rule.factor == 0 {
    for (name, parameter) in parameters where rule.claims(name) { parameter.isFrozen = true }
  }
  try Freezing(settings, for: model)?.apply(after: 0)
  let scales = settings.rateScales(of: model)
  func parts(_ name: String, _ isMember: (String) -> Bool) -> [ParameterGroup] {
    let members = parameters.filter { isMember($0.0) }
    return Set(members.map { scales[$0.0] ?? 1 }).sorted().map { scale in
      ParameterGroup(
        name: name, parameters: members.filter { (scales[$0.0] ?? 1) == scale }, learningRate: 0,
        momentum: settings.momentumOfRangeTest,
        weightDecay: settings.optimizer.weightDecay, scale: scale)
    }
  }
  return rules.flatMap { parts($0.name, $0.claims) }
    + parts(GroupRule.rest) { name in !rules.contains { $0.claims(name) } }
}

extension ResolvedSettings {
  /// What the rate of each parameter is multiplied by for its depth, by its full name; empty where depth does not count.
  ///
  /// Each block has `layerDecay` times the rate of the one above it, and the head `headFactor` times the common rate.
  fileprivate func rateScales(of model: any Module) -> [String: Double] {
    let (decay, factor) = (self.optimizer.layerDecay, self.optimizer.headFactor)
    guard decay != 1 || factor != 1 else { return [:] }
    let depths = model.depths
    let head = depths.values.max() ?? 0
    return depths.mapValues { $0 == head ? factor : pow(decay, Double(head - $0)) }
  }
}

private func check(_ rules: [GroupRule], against parameters: [String]) throws {
  for rule in rules {
    try check(rule.prefixes, of: "group \(rule.name)", against: parameters)
  }
  for parameter in parameters {
    let claiming = rules.filter { $0.claims(parameter) }.map(\.name)
    if claiming.count > 1 {
      throw SettingsError.parameterInTwoGroups(parameter: parameter, groups: claiming)
    }
  }
  if !parameters.isEmpty,
    parameters.allSatisfy({ name in rules.contains { $0.factor == 0 && $0.claims(name) } })
  {
    throw SettingsError.notAllowed(
      key: "group", value: rules.map(\.description).joined(separator: " "),
      allowed: "with a factor above 0 for some parameters, or nothing is trained")
  }
}

/// Checks that parameters' names begin as an option says.
func check(_ prefixes: [String], of option: String, against parameters: [String]) throws {
  for prefix in prefixes where !parameters.contains(where: { $0.isIn(prefix) }) {
    let beginnings = Set(parameters.flatMap(beginnings)).sorted()
    throw SettingsError.noParameter(
      option: option, prefix: prefix, nearest: nearest(to: prefix, among: beginnings),
      parts: beginnings.filter { !$0.contains(".") })
  }
}

/// The whole-word beginnings of a name: `layer1.conv1.weight` has `layer1` and `layer1.conv1` too.
private func beginnings(of name: String) -> [String] {
  let words = name.split(separator: ".")
  return (1...max(1, words.count)).map { words.prefix($0).joined(separator: ".") }
}
