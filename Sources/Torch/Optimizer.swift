import CTorch
import Numbers

/// Parameters that share a learning rate, a momentum and a weight decay.
public struct ParameterGroup {
  /// What the group is called.
  public var name: String
  /// The parameters with their full names.
  public let parameters: [(String, Parameter)]
  /// The learning rate.
  public var learningRate: Double
  /// SGD's momentum, or Adam's beta1.
  public var momentum: Double
  /// The weight decay.
  public var weightDecay: Double
  /// What a planned rate is multiplied by for the group, as rates may depend on depth.
  public let scale: Double

  /// Creates a group.
  public init(
    name: String = "all", parameters: [(String, Parameter)], learningRate: Double,
    momentum: Double = 0.9, weightDecay: Double = 0, scale: Double = 1
  ) {
    self.name = name
    self.scale = scale
    self.parameters = parameters
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
  }
}

/// How an optimizer's arithmetic is done; the result is the same but for the last bits.
public enum OptimizerKernel: Sendable {
  /// One pass over each parameter, by LibTorch's fused kernels.
  case fused
  /// Several passes over all parameters, by LibTorch's foreach operations, which every device has.
  case foreach
}

/// An optimizer: changes parameters by their gradients.
///
/// Its hyperparameters are plain properties of its groups, read at each step: whoever
/// plans the learning rate writes them. All its state can be saved and put back.
public protocol Optimizer: AnyObject {
  /// The parameters with their hyperparameters.
  var groups: [ParameterGroup] { get set }
  /// The state, each tensor with its name: `momentum_buffer.conv1.weight`.
  var state: [(String, Tensor)] { get }
  /// Applies one update to every parameter that has a gradient.
  func step()
  /// Restores a state that `state` gave.
  ///
  /// - Throws: `TorchError` if a tensor is missing or of another shape; nothing is changed then.
  func restore(_ state: [String: Tensor]) throws
}

extension Optimizer {
  /// Sets all gradients to nil, as PyTorch's `zero_grad` does.
  public func clearGradients() {
    for group in groups {
      for (_, parameter) in group.parameters { parameter.value.clearGradient() }
    }
  }

  func copy(_ given: [String: Tensor]) throws {
    for (name, tensor) in state {
      guard let found = given[name], found.shape == tensor.shape else {
        throw TorchError(
          operation: "restoring the optimizer's \(name)",
          shapes: [tensor.shape, given[name]?.shape].compactMap { $0 },
          reason: given[name] == nil ? "it is missing" : "the shapes differ")
      }
    }
    try checked {
      withoutGradient {
        for (name, tensor) in state { if let found = given[name] { tensor.copy(from: found) } }
      }
    }
  }
}

/// Stochastic gradient descent with momentum.
///
///     g = gradient + decay * p;  m = momentum * m + g;  p -= rate * (nesterov ? g + momentum * m : m)
///
/// - Source: Sutskever et al. (2013), in the form that PyTorch's `SGD` with dampening 0 has.
public final class SGD: Optimizer {
  /// The parameters with their hyperparameters.
  public var groups: [ParameterGroup]
  private let nesterov: Bool
  private let kernel: OptimizerKernel
  private let momenta: [[Tensor]]

  /// Creates the optimizer; its momenta begin at 0.
  public init(_ groups: [ParameterGroup], nesterov: Bool = false, kernel: OptimizerKernel = .fused) {
    self.groups = groups
    self.nesterov = nesterov
    self.kernel = kernel
    momenta = groups.map { $0.parameters.map { zeros(like: $0.1.value) } }
  }

  /// `momentum_buffer.` and each parameter's name.
  public var state: [(String, Tensor)] { named("momentum_buffer.", groups, momenta) }

  /// Applies one update.
  public func step() {
    for (group, momenta) in zip(groups, momenta) {
      let parameters = group.parameters.map(\.1.value)
      effect("SGD", all: parameters + momenta) { tensors, message in
        ct_sgd(
          tensors, tensors + parameters.count, Int32(parameters.count), group.learningRate,
          group.momentum, group.weightDecay, nesterov ? 1 : 0, kernel == .fused ? 1 : 0, message)
      }
    }
  }

  /// Restores the momentum buffers.
  public func restore(_ state: [String: Tensor]) throws { try copy(state) }
}

/// Adam, or AdamW with decoupled weight decay.
///
/// - Source: Kingma, Ba (2015); Loshchilov, Hutter (2019); as PyTorch's `Adam` and `AdamW`.
public final class Adam: Optimizer {
  /// The parameters with their hyperparameters; `momentum` is beta1.
  public var groups: [ParameterGroup]
  private let beta2, epsilon: Double
  private let decoupled: Bool
  private let kernel: OptimizerKernel
  private let firstMoments, secondMoments, steps: [[Tensor]]

  /// Creates the optimizer; its moments begin at 0.
  ///
  /// - Parameter decoupledWeightDecay: whether decay acts on the parameters (AdamW) or is added to
  ///   the gradients (Adam).
  public init(
    _ groups: [ParameterGroup], beta2: Double = 0.999, epsilon: Double = 1e-8,
    decoupledWeightDecay: Bool = true, kernel: OptimizerKernel = .fused
  ) {
    self.groups = groups
    self.beta2 = beta2
    self.epsilon = epsilon
    self.kernel = kernel
    decoupled = decoupledWeightDecay
    firstMoments = groups.map { $0.parameters.map { zeros(like: $0.1.value) } }
    secondMoments = groups.map { $0.parameters.map { zeros(like: $0.1.value) } }
    steps = groups.map { $0.parameters.map { .zeros([], device: $0.1.value.device) } }
  }

  /// `exp_avg.`, `exp_avg_sq.` and `step.`, each with the parameter's name.
  public var state: [(String, Tensor)] {
    named("exp_avg.", groups, firstMoments) + named("exp_avg_sq.", groups, secondMoments)
      + named("step.", groups, steps)
  }

  /// Applies one update.
  public func step() {
    for index in groups.indices {
      let group = groups[index]
      let parameters = group.parameters.map(\.1.value)
      let count = parameters.count
      let state = firstMoments[index] + secondMoments[index] + steps[index]
      effect("Adam", all: parameters + state) { tensors, message in
        ct_adam(
          tensors, tensors + count, tensors + 2 * count, tensors + 3 * count, Int32(count),
          group.learningRate, group.momentum, beta2, group.weightDecay, epsilon,
          decoupled ? 1 : 0, kernel == .fused ? 1 : 0, message)
      }
    }
  }

  /// Restores the moments and the counts.
  public func restore(_ state: [String: Tensor]) throws { try copy(state) }
}

/// Scales all gradients down so that their joint norm is at most `limit`; returns the norm before.
///
/// Nothing is waited for: the norm is a number on the gradients' device. Gradients that are not finite
/// become NaN.
///
/// - Source: Pascanu et al. (2013), as PyTorch's `clip_grad_norm_` defines it: by the factor
///   `limit / (norm + 1e-6)`, where that is below 1.
@discardableResult
public func clipGradients(of parameters: [(String, Parameter)], to limit: Double) -> Tensor {
  call("gradient clipping", all: parameters.map(\.1.value)) {
    ct_clip_gradients($0, Int32(parameters.count), limit, $1, $2)
  }
}

private func zeros(like tensor: Tensor) -> Tensor {
  // Multiplying keeps the memory layout: a channels-last filter has a channels-last momentum.
  withoutGradient { tensor.detached() * 0 }
}

private func named(
  _ prefix: String, _ groups: [ParameterGroup], _ tensors: [[Tensor]]
) -> [(String, Tensor)] {
  zip(groups, tensors).flatMap { group, tensors in
    zip(group.parameters, tensors).map { (prefix + $0.0, $1) }
  }
}
