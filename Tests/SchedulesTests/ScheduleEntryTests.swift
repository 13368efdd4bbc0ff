import Schedules
import Testing

/// What a schedule's traits say holds of it, planned between 0.02 and 0.1 over 1,000 updates.
@Suite struct `A schedule that a run can name` {
  private static let entries = ScheduleEntry.catalog.entries

  private func make(
    _ entry: ScheduleEntry, low: Double = 0.02, total: Int = 1000, warmUp: Int? = nil
  ) -> AnySchedule {
    entry.schedule(
      ScheduleShape(
        low: low, high: 0.1, total: total, halfCycle: 50,
        warmUp: warmUp ?? Int((entry.warmUpShare * 1000).rounded())))
  }

  @Test(arguments: entries.map(\.name)) func `begins, ends and repeats as its traits say`(
    name: String
  ) throws {
    let entry = try ScheduleEntry.catalog.entry(named: name)
    let traits = entry.traits
    let schedule = make(entry)
    let rates = (0..<1000).map(schedule.value)
    #expect(abs((rates.max() ?? 0) - 0.1) < 1e-12, "the upper bound is met")
    let first = entry.rises ? 0.02 : entry.warmUpShare > 0 ? 0 : 0.1
    #expect(abs(rates[0] - first) < 1e-12)
    #expect(schedule.troughs(upTo: 1000).isEmpty == !entry.hasCycles)
    #expect((schedule.troughs(upTo: 1000).count > 1) == entry.repeatsCycles)
    if traits.contains(.fallsToZero) {
      let lowest = (0..<1000).map(make(entry, low: 0).value).suffix(entry.repeatsCycles ? 100 : 1)
      #expect((lowest.min() ?? 1) < 0.1 / 9)
    }
    if traits.contains(.fallsToLowerBound) { #expect(abs(rates[999] - 0.02) < 1e-3) }
    let other = make(entry, total: 2000)
    #expect((rates == (0..<1000).map(other.value)) == traits.contains(.isOpenEnded))
  }

  @Test(arguments: entries.filter { !$0.rises }.map(\.name))
  func `rises from 0 in its warm-up, and then does as ever in what is left`(name: String) throws {
    let entry = try ScheduleEntry.catalog.entry(named: name)
    let schedule = make(entry, warmUp: 200)
    for (step, rate) in [(0, 0), (50, 0.025), (100, 0.05), (200, 0.1)] {
      #expect(abs(schedule.value(at: step) - rate) < 1e-12)
    }
    guard !entry.traits.contains(.warmsUp) else { return }
    let rest = make(entry, total: 800, warmUp: 0)
    #expect((200..<1000).map(schedule.value) == (0..<800).map(rest.value))
  }

  @Test func `has a summary, which differs from the others'`() {
    #expect(Set(Self.entries.map(\.summary)).count == Self.entries.count)
    #expect(Self.entries.allSatisfy { !$0.summary.isEmpty })
  }

  @Test(arguments: [
    ("OneCycle", "one-cycle"), ("1cycle", "one-cycle"), ("SGDR", "cosine-restarts"),
    ("multi_step", "step-decay"), ("poly", "polynomial"), ("hann", "cyclical-hann"),
    ("inverse_sqrt", "inverse-sqrt"), ("flat cos", "flat-cosine"),
  ])
  func `is found by its name in any spelling, and by others'`(word: String, name: String) {
    #expect(ScheduleEntry.catalog[word]?.name == name)
  }

  /// Classes and functions of PyTorch, Keras, fastai, timm, transformers and optax.
  @Test(arguments: [
    ("CosineAnnealingLR", "cosine"), ("torch.optim.lr_scheduler.CyclicLR", "triangular"),
    ("OneCycleLR", "one-cycle"), ("CosineAnnealingWarmRestarts", "cosine-restarts"),
    ("StepLR", "step"), ("MultiStepLR", "step-decay"), ("ExponentialLR", "exponential"),
    ("LinearLR", "linear"), ("ConstantLR", "constant"), ("PolynomialLR", "polynomial"),
    ("CosineDecay", "cosine"), ("CosineDecayRestarts", "cosine-restarts"),
    ("keras.optimizers.schedules.ExponentialDecay", "exponential"),
    ("PiecewiseConstantDecay", "step-decay"), ("fit_one_cycle", "one-cycle"),
    ("CosineLRScheduler", "cosine"), ("PolyLRScheduler", "polynomial"),
    ("get_cosine_schedule_with_warmup", "warmup-cosine"), ("warmup_stable_decay", "wsd"),
    ("warmup_cosine_decay_schedule", "warmup-cosine"), ("cosine_onecycle_schedule", "one-cycle"),
    ("triangluar", "triangular"),
  ])
  func `is suggested for another system's name, which it is not`(word: String, name: String) {
    #expect(ScheduleEntry.nearest(to: word) == name)
    #expect(ScheduleEntry.catalog[word] == nil)
    #expect(!ScheduleEntry.isReduceOnPlateau(word))
  }

  @Test(arguments: ["ReduceLROnPlateau", "plateau", "PlateauLRScheduler", "reduce_lr_on_plateau"])
  func `is none of those that follow the losses`(word: String) {
    #expect(ScheduleEntry.isReduceOnPlateau(word))
    #expect(ScheduleEntry.catalog[word] == nil)
  }

  @Test func `has no other system's name that is a schedule's own`() {
    for name in Self.entries.flatMap(\.elsewhere) { #expect(ScheduleEntry.catalog[name] == nil, "\(name)") }
  }
}
