import Schedules
import Testing

/// Runs of the papers, written in Rondo.
@Suite struct `The papers' runs` {
  // Smith (2017), table 2: three stages of triangular2, each from its own start.
  @Test func `81.4 % on CIFAR-10 in 25,000 updates`() {
    let run = Triangular2(from: 0.001, to: 0.005, stepSize: 2_000)
      .followed(by: Triangular2(from: 1e-4, to: 5e-4, stepSize: 1_000), after: 16_000)
      .followed(by: Triangular2(from: 1e-5, to: 5e-5, stepSize: 500), after: 22_000)
    #expect(run.value(at: 2_000) == 0.005)
    #expect(abs(run.value(at: 6_000) - 0.003) < 1e-15)
    #expect(run.value(at: 15_999) < 0.0011)
    #expect(run.value(at: 16_000) == 1e-4)
    #expect(abs(run.value(at: 17_000) - 5e-4) < 1e-18)
    #expect(abs(run.value(at: 22_500) - 5e-5) < 1e-18)
    #expect(
      run.troughs(upTo: 25_000)
        == [4_000, 8_000, 12_000, 16_000, 18_000, 20_000, 22_000, 23_000, 24_000, 25_000])
  }

  // Smith (2017), table 4: cycles of a tenth of the run, their bounds lowered by the original steps.
  @Test func `ResNets with cycles under steps`() {
    let epochs = 500
    let run = Triangular(from: 0.1, to: 0.3, stepSize: epochs / 20)
      .multiplied(by: MultiStepDecay(initial: 1, factor: 0.1, milestones: [250, 375]))
    #expect(abs(run.value(at: 25) - 0.3) < 1e-15)
    #expect(abs(run.value(at: 250) - 0.01) < 1e-15)
    #expect(abs(run.value(at: 275) - 0.03) < 1e-15)
    #expect(abs(run.value(at: 400) - 0.001) < 1e-15)
    #expect(run.troughs(upTo: epochs).count == 10)
  }

  // Keller Jordan's airbench94: a triangle from 0.2 by 1 at 23 % to 0.07, over 476 updates.
  @Test func `94 % on CIFAR-10 in 9.9 epochs`() {
    let run = PiecewiseLinear([(0, 0.2), (109, 1), (476, 0.07)])
    #expect([0, 109, 476, 500].map(run.value) == [0.2, 1, 0.07, 0.07])
    #expect(abs(run.value(at: 54) - (0.2 + 0.8 * 54 / 109)) < 1e-15)
  }

  // cifar10-fast's DAWNBench run: knots at epochs 0, 5 and 24, 97 updates of 512 images each.
  @Test func `DAWNBench 2018, by epochs`() {
    let budget = Budget(totalSteps: 24 * 97, stepsPerEpoch: 97, batchSize: 512)
    let run = PiecewiseLinear([(.epochs(0), 0), (.epochs(5), 0.4), (.epochs(24), 0)], in: budget)
    #expect([0, 485, 2328].map(run.value) == [0, 0.4, 0])
    #expect(abs(run.value(at: 97) - 0.08) < 1e-15)
  }

  // fastai's fine_tune(5, base_lr=2e-3, freeze_epochs=1) of 3 groups, 100 updates an epoch: frozen, one
  // cycle with pct_start 0.99; then base_lr / 2, slice(base_lr / 100, base_lr), pct_start 0.3, div 5.
  @Test func `fine-tuning, head first`() {
    let groups = AnySchedule.fineTuning(headSteps: 100, totalSteps: 600, groups: 3)
    func values(_ step: Int) -> [Double] { groups.map { $0.value(at: step) } }
    func expect(_ step: Int, _ known: [Double]) {
      for (value, expected) in zip(values(step), known) {
        #expect(abs(value - expected) < 1e-15, "at \(step): \(value), not \(expected)")
      }
    }
    #expect(groups.count == 3)
    expect(0, [0, 0, 2e-3 / 25])
    expect(99, [0, 0, 2e-3])
    expect(100, [2e-6, 2e-5, 2e-4])
    expect(250, [1e-5, 1e-4, 1e-3])
    expect(600, [1e-10, 1e-9, 1e-8])
    #expect(AnySchedule.fineTuning(headSteps: 10, totalSteps: 5, groups: 0).count == 1)
  }

  // Huang et al. (2017), equation 2, counts from 1: 300 epochs, six cycles, alpha 0.2.
  @Test func `snapshots of six cycles`() {
    let run = AnySchedule.snapshotCycles(from: 0.2, totalSteps: 300, cycles: 6)
    for update in 1...300 {
      let part = Double((update - 1) % 50) / 50
      let expected = 0.2 / 2 * (cos(part) + 1)
      #expect(abs(run.value(at: update - 1) - expected) < 1e-15)
    }
    #expect(run.troughs(upTo: 300) == [50, 100, 150, 200, 250, 300])
  }

  private func cos(_ part: Double) -> Double {
    // cos(pi x) by its series: independent of what the schedule calls.
    var (sum, term) = (1.0, 1.0)
    let x = part * Double.pi
    for n in 1..<30 {
      term *= -x * x / Double((2 * n - 1) * (2 * n))
      sum += term
    }
    return sum
  }

  // fastai's fit_flat_cos: pct_start 0.75, div_final 1e5.
  @Test func `flat, and then a cosine`() {
    let run = AnySchedule.flatThenCosine(from: 0.1, totalSteps: 400)
    #expect([0, 299, 300].map(run.value) == [0.1, 0.1, 0.1])
    #expect(abs(run.value(at: 350) - (0.1 + 1e-6) / 2) < 1e-12)
    #expect(abs(run.value(at: 400) - 1e-6) < 1e-18)
  }

  // The swa code: constant to the half of swa_start, in a line to nine tenths of it, constant there.
  @Test func `a rate for averaging`() {
    let run = AnySchedule.averagingPhase(from: 0.1, to: 0.05, beginsAt: 100)
    #expect([0, 50, 90, 100, 500].map(run.value) == [0.1, 0.1, 0.05, 0.05, 0.05])
    #expect(abs(run.value(at: 70) - 0.075) < 1e-15)
  }

  // Garipov et al. (2018): down in half a cycle and up again; collected at the lowest.
  @Test func `fast geometric ensembling`() {
    let run = AnySchedule.fastGeometricEnsembling(from: 0.05, to: 0.01, cycle: 4)
    #expect(run.value(at: 0) == 0.05)
    #expect(abs(run.value(at: 2) - 0.01) < 1e-17)
    #expect(run.troughs(upTo: 12) == [2, 6, 10])
  }
}
