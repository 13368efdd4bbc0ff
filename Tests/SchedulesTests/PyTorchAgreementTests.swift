import Schedules
import Testing

@Suite struct `Schedules agree with PyTorch` {
  /// CyclicLR's three modes between two values.
  private func cyclic(_ known: KnownCase, from: Double, to: Double) throws -> AnySchedule {
    let (up, down) = (try known.integer("step_size_up"), known.optionalInteger("step_size_down"))
    return switch try known.word("mode") {
    case "triangular":
      AnySchedule(Triangular(from: from, to: to, stepSize: up, stepSizeDown: down))
    case "triangular2":
      AnySchedule(Triangular2(from: from, to: to, stepSize: up, stepSizeDown: down))
    case "exp_range":
      AnySchedule(
        ExponentialRange(
          from: from, to: to, stepSize: up, stepSizeDown: down, gamma: try known.number("gamma")))
    case let mode:
      throw KnownCase.Missing(key: mode)
    }
  }

  @Test func `in CyclicLR, its rate and its momentum or beta1`() throws {
    for known in try KnownCase.all("pytorch", "CyclicLR", atLeast: 220)
    where try known.word("mode") != "scale_fn" {
      let rate = try cyclic(known, from: known.number("base_lr"), to: known.number("max_lr"))
      expectAgreement(rate, try known.packed("rates"), known.description)
      let momentum = try cyclic(
        known, from: known.number("max_momentum"), to: known.number("base_momentum"))
      expectAgreement(momentum, try known.packed("momenta"), known.description)
    }
  }

  @Test func `in CyclicLR with a scale function, by cycle and by update`() throws {
    for known in try KnownCase.all("pytorch", "CyclicLR", atLeast: 220)
    where try known.word("mode") == "scale_fn" {
      let clock: CycleDecay.Clock = try known.word("scale_mode") == "cycle" ? .cycles : .updates
      let rate = Cyclical(
        from: try known.number("base_lr"), to: try known.number("max_lr"),
        stepSize: try known.integer("step_size_up"),
        stepSizeDown: try known.integer("step_size_down"),
        decay: CycleDecay(.geometric(gamma: try known.number("factor")), per: clock))
      expectAgreement(rate, try known.packed("rates"), known.description)
    }
  }

  @Test func `in OneCycleLR, of two phases and three, its rate and its momentum or beta1`() throws {
    for known in try KnownCase.all("pytorch", "OneCycleLR", atLeast: 100) {
      let (total, pct) = (try known.integer("total_steps"), try known.number("pct_start"))
      let anneal: Anneal = try known.word("anneal_strategy") == "cos" ? .cos : .linear
      let threePhase = try known.flag("three_phase")
      let rate = OneCycle.pytorch(
        maxLR: try known.number("max_lr"), totalSteps: total, pctStart: pct, anneal: anneal,
        divFactor: try known.number("div_factor"),
        finalDivFactor: try known.number("final_div_factor"), threePhase: threePhase)
      expectAgreement(rate, try known.packed("rates"), known.description)
      let momentum = OneCycle.pytorchMomentum(
        base: try known.number("base_momentum"), max: try known.number("max_momentum"),
        totalSteps: total, pctStart: pct, anneal: anneal, threePhase: threePhase)
      expectAgreement(momentum, try known.packed("momenta"), known.description)
    }
  }

  @Test func `in CosineAnnealingWarmRestarts`() throws {
    for known in try KnownCase.all("pytorch", "CosineAnnealingWarmRestarts", atLeast: 100) {
      let rate = CosineRestarts(
        to: try known.number("base_lr"), floor: try known.number("eta_min"),
        firstCycle: try known.integer("T_0"), lengthMultiplier: try known.number("T_mult"))
      expectAgreement(rate, try known.packed("rates"), known.description)
    }
  }

  private func each(
    _ scheduler: String, _ make: (KnownCase, Double) throws -> any Schedule
  ) throws {
    for known in try KnownCase.all("pytorch", scheduler, atLeast: 100) {
      let schedule = AnySchedule(try make(known, known.number("base_lr")))
      expectAgreement(schedule, try known.packed("rates"), known.description)
    }
  }

  @Test func `in the rates that only fall`() throws {
    try each("StepLR") {
      StepDecay(initial: $1, factor: try $0.number("gamma"), every: try $0.integer("step_size"))
    }
    try each("MultiStepLR") {
      MultiStepDecay(
        initial: $1, factor: try $0.number("gamma"), milestones: try $0.integers("milestones"))
    }
    try each("ExponentialLR") { ExponentialDecay(initial: $1, gamma: try $0.number("gamma")) }
    try each("PolynomialLR") {
      PolynomialDecay(
        from: $1, exponent: try $0.number("power"), steps: try $0.integer("total_iters"))
    }
    try each("LinearLR") {
      LinearRamp(
        from: $1 * (try $0.number("start_factor")), to: $1 * (try $0.number("end_factor")),
        steps: try $0.integer("total_iters"))
    }
    try each("ConstantLR") {
      Constant($1 * (try $0.number("factor")))
        .followed(by: Constant($1), after: try $0.integer("total_iters"))
    }
    try each("CosineAnnealingLR") {
      CosineDecay(from: $1, to: try $0.number("eta_min"), steps: try $0.integer("T_max"))
    }
  }

  @Test func `in ReduceLROnPlateau, metric by metric, its state saved and read back each time`()
    throws
  {
    for known in try KnownCase.all("pytorch", "ReduceLROnPlateau", atLeast: 100) {
      let rule = ReduceOnPlateau(
        initial: try known.number("base_lr"), factor: try known.number("factor"),
        patience: try known.integer("patience"),
        goal: try known.word("mode") == "min" ? .lower : .higher,
        threshold: try known.number("threshold"),
        thresholdMode: try known.word("threshold_mode") == "rel" ? .relative : .absolute,
        cooldown: try known.integer("cooldown"), floor: try known.number("min_lr"),
        leastChange: try known.number("eps"))
      var state = rule.start
      for (value, rate) in zip(try known.packed("figures"), try known.packed("rates")) {
        rule.take(value, into: &state)
        #expect(abs(rule.value(in: state) - rate) <= 1e-15, "\(known.description)")
        state = try savedAndRead(state)
      }
    }
  }
}
