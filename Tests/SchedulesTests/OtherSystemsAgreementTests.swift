import Schedules
import Testing

@Suite struct `Schedules agree with formulas worked out elsewhere` {
  @Test func `bckenstler's Keras callback`() throws {
    for known in try KnownCase.all("formulas", "bckenstler", atLeast: 100) {
      let (low, high) = (try known.number("base_lr"), try known.number("max_lr"))
      let step = try known.integer("step_size_up")
      let schedule: any Schedule =
        switch try known.word("mode") {
        case "triangular": Triangular(from: low, to: high, stepSize: step)
        case "triangular2": Triangular2(from: low, to: high, stepSize: step)
        default:
          ExponentialRange(from: low, to: high, stepSize: step, gamma: try known.number("gamma"))
        }
      expectAgreement(AnySchedule(schedule), try known.packed("rates"), known.description)
    }
  }

  @Test func `fastai's one-cycle, its rate and its momentum`() throws {
    for known in try KnownCase.all("formulas", "fastai", atLeast: 100) {
      let (total, pct) = (try known.integer("total_steps"), try known.number("pct_start"))
      let rate = OneCycle.fastai(
        lrMax: try known.number("max_lr"), totalSteps: total, pctStart: pct,
        div: try known.number("div_factor"), divFinal: try known.number("final_div_factor"))
      expectAgreement(rate, try known.packed("rates"), known.description)
      let momentum = OneCycle.fastaiMomentum(totalSteps: total, pctStart: pct)
      expectAgreement(momentum, try known.packed("momenta"), known.description)
    }
  }
}

@Suite struct `Schedules agree with optax` {
  private func each(
    _ name: String, _ make: (KnownCase, Double) throws -> any Schedule
  ) throws {
    for known in try KnownCase.all("optax", name, atLeast: 100) {
      let schedule = AnySchedule(try make(known, known.number("peak")))
      expectAgreement(schedule, try known.packed("rates"), known.description)
    }
  }

  @Test func `in its decays`() throws {
    try each("cosine_decay_schedule") {
      CosineDecay(from: $1, to: $1 * (try $0.number("alpha")), steps: try $0.integer("steps"))
    }
    try each("polynomial_schedule") {
      PolynomialDecay(
        from: $1, to: try $0.number("end"), exponent: try $0.number("power"),
        steps: try $0.integer("steps"))
    }
    try each("linear_schedule") {
      LinearRamp(from: $1, to: try $0.number("end"), steps: try $0.integer("steps"))
    }
    try each("exponential_decay") {
      StepDecay(initial: $1, factor: try $0.number("rate"), every: try $0.integer("every"))
    }
  }

  @Test func `in its warm-up and its joining`() throws {
    try each("warmup_cosine_decay_schedule") {
      let (warm, steps) = (try $0.integer("warm"), try $0.integer("steps"))
      return CosineDecay(from: $1, to: try $0.number("end"), steps: steps - warm)
        .warmedUp(over: warm)
    }
    try each("join_schedules") {
      LinearRamp(from: 0, to: $1, steps: try $0.integer("warm"))
        .followed(
          by: CosineDecay(from: $1, steps: try $0.integer("steps")), after: try $0.integer("warm"))
    }
  }
}

@Suite struct `Schedules agree with timm` {
  private func each(
    _ name: String, _ make: (KnownCase, Double) throws -> any Schedule
  ) throws {
    for known in try KnownCase.all("timm", name, atLeast: 100) {
      let schedule = AnySchedule(try make(known, known.number("base")))
      expectAgreement(schedule, try known.packed("rates"), known.description)
    }
  }

  @Test func `in its restarts, with multiplier, decay and limit`() throws {
    try each("CosineLRScheduler") {
      CosineRestarts(
        to: $1, floor: try $0.number("lr_min"), firstCycle: try $0.integer("t_initial"),
        lengthMultiplier: try $0.number("cycle_mul"), peakDecay: try $0.number("cycle_decay"),
        cycleLimit: try $0.integer("cycle_limit"))
    }
  }

  @Test func `in its warm-up before a cosine`() throws {
    try each("warm CosineLRScheduler") {
      CosineRestarts(
        to: $1, floor: try $0.number("lr_min"), firstCycle: try $0.integer("t_initial"),
        cycleLimit: 1
      )
      .warmedUp(over: try $0.integer("warmup_t"), from: try $0.number("warmup_lr_init"))
    }
  }

  @Test func `in its steps and its powers`() throws {
    try each("StepLRScheduler") {
      StepDecay(
        initial: $1, factor: try $0.number("decay_rate"), every: try $0.integer("decay_t"))
    }
    try each("PolyLRScheduler") {
      PolynomialDecay(
        from: $1, exponent: try $0.number("power"), steps: try $0.integer("t_initial"))
    }
  }
}
