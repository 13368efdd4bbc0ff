import Schedules

/// A plan as a piece of Python, for a training loop that is written there.
struct PythonExport {
  private let plan: Plan
  private let steps: Int

  init(_ plan: Plan, steps: Int) {
    self.plan = plan
    self.steps = max(1, steps)
  }

  /// A line for whoever reads the Python of what it does not do, if there is anything.
  private func omissions(momentum: Bool) -> String {
    var parts: [String] = []
    if momentum, plan.momentum != nil { parts.append("momentum") }
    if plan.weightDecay != nil { parts.append("weight decay") }
    if !plan.groups.isEmpty {
      parts.append("the factors of " + plan.groups.keys.sorted().joined(separator: ", "))
    }
    return parts.isEmpty ? "" : "\n# Not exported: \(parts.joined(separator: "; "))."
  }

  /// A scheduler for `torch.optim`, which sets rate and momentum (or Adam's beta1) at each step.
  var pytorch: String {
    """
    # Written by Rondo. Call scheduler.step() after each optimizer.step(), not each epoch:
    #     scheduler = RondoLR(optimizer)\(omissions(momentum: false))
    import math

    from torch.optim.lr_scheduler import LRScheduler

    cos, sin, sqrt, minimum, maximum = math.cos, math.sin, math.sqrt, min, max


    def where(condition, yes, no):
        return yes if condition else no


    \(function("learning_rate", plan.learningRate))
    \(plan.momentum.map { "\n\n" + function("momentum", $0) + "\n" } ?? "")

    class RondoLR(LRScheduler):
        def get_lr(self):
    \(plan.momentum == nil ? "" : Self.setMomentum)        return [learning_rate(self.last_epoch) for _ in self.optimizer.param_groups]
    """
  }

  private static let setMomentum = """
            for group in self.optimizer.param_groups:
                if "betas" in group:
                    group["betas"] = (momentum(self.last_epoch), *group["betas"][1:])
                else:
                    group["momentum"] = momentum(self.last_epoch)

    """

  /// A `LearningRateSchedule`; Keras has none for momentum.
  var keras: String {
    """
    # Written by Rondo. Use it as the optimizer's rate:
    #     optimizer = keras.optimizers.SGD(RondoSchedule(), momentum=0.9)\(omissions(momentum: true))
    import keras
    from keras import ops

    cos, sin, sqrt, where = ops.cos, ops.sin, ops.sqrt, ops.where
    minimum, maximum = ops.minimum, ops.maximum


    \(function("learning_rate", plan.learningRate, table: "ops.take(ops.convert_to_tensor(TABLE), "))


    class RondoSchedule(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return learning_rate(ops.cast(step, "\(isFormula ? "float32" : "int32")"))

        def get_config(self):
            return {}
    """
  }

  /// A function for optax, and one for momentum if it is planned.
  var optax: String {
    """
    # Written by Rondo. Use it as the optimizer's rate:
    #     optimizer = optax.sgd(learning_rate, momentum=0.9)\(omissions(momentum: false))
    import jax.numpy as jnp

    cos, sin, sqrt, where = jnp.cos, jnp.sin, jnp.sqrt, jnp.where
    minimum, maximum = jnp.minimum, jnp.maximum


    \(function("learning_rate", plan.learningRate, table: "jnp.take(jnp.asarray(TABLE), "))
    \(plan.momentum.map {
      "\n\n" + function("momentum", $0, table: "jnp.take(jnp.asarray(TABLE), ")
    } ?? "")
    """
  }

  /// Whether the rate or the momentum has no formula.
  var hasTables: Bool { !isFormula || plan.momentum.map { $0.pythonFormula() == nil } ?? false }

  private var isFormula: Bool { plan.learningRate.pythonFormula() != nil }

  /// A function of `t`: by a formula, or by a table of all updates where there is none.
  private func function(
    _ name: String, _ schedule: AnySchedule, table: String = "TABLE["
  ) -> String {
    if let expression = schedule.pythonFormula() {
      return "def \(name)(t):\n    return \(expression)"
    }
    let values = (0..<steps).map { "\(schedule.value(at: $0))" }.joined(separator: ", ")
    let list = "\(name)_table".uppercased()
    let call = table.replacing("TABLE", with: list)
    let end = call.hasSuffix("[") ? "]" : ")"
    return """
      \(list) = [\(values)]


      def \(name)(t):
          return \(call)minimum(t, \(steps - 1))\(end)
      """
  }
}
