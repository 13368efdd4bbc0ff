import Planning
import Torch
import Words

/// Returns the optimizer that the settings name, over all of a model's parameters.
///
/// - Throws: `SettingsError` for a name that is not known.
public func makeOptimizer(_ settings: RunSettings, for model: any Module) throws -> any Optimizer {
  let word = settings.optimizer ?? OptimizerName.sgd.rawValue
  guard let name = OptimizerName(rawValue: word) else {
    let known = OptimizerName.allCases.map(\.rawValue)
    throw SettingsError.unknown(
      key: "optimizer", value: word, known: known, nearest: nearest(to: word, among: known))
  }
  let group = ParameterGroup(
    name: "all", parameters: model.namedParameters, learningRate: 0,
    momentum: settings.baseMomentum ?? settings.maxMomentum ?? 0.9,
    weightDecay: settings.weightDecay ?? 0)
  return switch name {
  case .sgd: SGD([group], nesterov: settings.nesterov ?? true)
  case .adam: Adam([group], decoupledWeightDecay: false)
  case .adamw: Adam([group], decoupledWeightDecay: true)
  }
}
