// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Each setting is documented by its own help text.

import Formatting
import Tuning

/// The optimizer, and what keeps the model from overfitting beside augmentation.
public struct OptimizerSettings: SettingsGroup {
  public static let schema = Schema(
    "Optimizer and regularization", "The optimizer, and what keeps the model from overfitting.", Self())

  public let name = Setting<OptimizerName>("optimizer", "The optimizer.", default: .sgd)
  public let weightDecay = Setting<Double>(
    "weight-decay", "The weight decay; AdamW's follows from rates and length in classification.",
    AllowedValues("a finite number, 0 or above") { $0 >= 0 && $0.isFinite },
    default: 0)
  public let labelSmoothing = Setting<Double>(
    "label-smoothing", "Probability of the target that is spread over all classes.", .in(0..<1),
    default: 0, for: [.classify])
  public let dropout = Setting<Double?>(
    "dropout", "The probability of the model's dropout.", .in(0..<1),
    defaultDescription: "the model's own", for: [.classify])
  public let stochasticDepth = Setting<Double?>(
    "stochastic-depth",
    "How often training skips the last residual block; earlier ones less often.",
    .in(0..<1), defaultDescription: "the model's own", for: [.classify])
  public let clipNorm = Setting<Double?>(
    "clip-norm", "The norm to which gradients are clipped, all parameters together.",
    AllowedValues("from 1e-6 to 3.4e38") { (1e-6...3.4e38).contains($0) })
  public let nesterov = Setting<Bool>(
    "nesterov", "Nesterov momentum, for sgd.", default: true,
    needs: .nesterov)
  public let beta2 = Setting<Double>(
    "beta2", "The decay of the squared gradients' mean, for adam and adamw.", .in(0..<1),
    default: 0.999)
  public let groups = Setting<[GroupRule]>(
    "groups", flag: "group",
    "Parameters with a learning rate of their own, NAME=PREFIX[,PREFIX...]:FACTOR; 0 freezes them.",
    default: [])
  public let layerDecay = Setting<Double>(
    "layer-decay",
    "Each block's learning rate as a share of that of the block above it, from the head down: 0.75.",
    AllowedValues("above 0 and at most 1") { $0 > 0 && $0 <= 1 }, default: 1,
    defaultDescription: "1; by the model where weights are given", needs: .trainedBackbone)
  public let headFactor = Setting<Double>(
    "head-factor", "What the learning rate of the head is multiplied by.",
    AllowedValues("from 0.001 to 1000") { (0.001...1000).contains($0) }, default: 1)

  public static func check(_ settings: RunSettings) throws {
    // The recipe for fine-tuning has an optimizer of its own, chosen by model and data.
    let isChosenLater =
      settings.model.weights != nil && settings.model.recipe != .fromScratch
      && !(settings.data.task ?? .classify).hasEncoder
    if !isChosenLater { try checkBeta2(settings) }
    let names = (settings.optimizer.groups ?? []).map(\.name)
    guard let twice = names.first(where: { name in names.count { $0 == name } > 1 }) else { return }
    throw SettingsError.notAllowed(
      key: "group", value: twice, allowed: "given once; name all its prefixes together")
  }

  /// Checks that beta2 was given to an optimizer that has it.
  ///
  /// - Throws: `SettingsError`.
  public static func checkBeta2(_ settings: RunSettings) throws {
    guard let beta2 = settings.optimizer.beta2, settings.optimizer.name == .sgd else { return }
    throw SettingsError.notAllowed(
      key: "beta2", value: "\(beta2)", allowed: "left out with --optimizer sgd, which has none")
  }
}

extension SettingNeed {
  fileprivate static var nesterov: SettingNeed {
    SettingNeed { settings in
      guard let name = settings.optimizer.name, name != .sgd, settings.optimizer.nesterov == true else { return nil }
      return "left out with --optimizer \(name.rawValue), which has none"
    }
  }
}

/// The optimizers that a run can name.
public enum OptimizerName: String, Sendable, SettingChoice {
  /// Stochastic gradient descent with momentum.
  case sgd
  /// Adam; weight decay is added to the gradient.
  case adam
  /// Adam with decoupled weight decay.
  case adamw

  /// The default peak of a single cycle in a run of a task: what is taken where a range test finds none.
  ///
  /// The loss of a range test diverges at three times it with SGD, at up to sixty times it with Adam, of
  /// which the very first updates are as large as the rate.
  ///
  /// - Source: between the 0.1 of He et al. (2016) and the 0.4 of fast CIFAR-10 recipes for SGD with
  ///   momentum, as the rate at `defaultPeakMomentum`: a step of 2; for Adam each task's own (`TaskDescription`).
  public func defaultPeak(for task: TaskDescription) -> DefaultPeak {
    self == .sgd ? DefaultPeak(0.3, edgeRatio: 3) : task.adaptivePeak
  }

  /// The momentum of SGD's default peak.
  public static let defaultPeakMomentum = 0.85
}
