import Testing
import Tuning

@Suite struct `The planner` {
  @Test(arguments: [(1, 1), (100, 391), (2814, 469), (11_000, 391), (35_190, 391), (400_000, 1000)])
  func `gives whole cycles that fit and end in a trough`(total: Int, perEpoch: Int) {
    let choice = CyclePlanner().choose(totalSteps: total, stepsPerEpoch: perEpoch)
    #expect(choice.totalSteps <= total)
    #expect(choice.totalSteps > total - max(1, 2 * choice.cycles))
    #expect(choice.stepSize <= choice.totalSteps)
    if !choice.isSingle {
      #expect(choice.cycles >= 3)
      #expect(choice.totalSteps == 2 * choice.stepSize * choice.cycles)
      let epochs = Double(choice.stepSize) / Double(perEpoch)
      #expect((2...10).contains(epochs), "Smith's rule; \(epochs)")
    } else {
      #expect(choice.cycles == 1 && choice.totalSteps == total)
    }
  }
}

/// By hand: the least half-cycle worth its while is 5 epochs within 500 and 10,000 updates, and never
/// below 2 epochs; six of those make three cycles.
@Suite struct `The planner's choice` {
  struct Case: Sendable {
    let name: String
    let total, perEpoch, cycles, stepSize: Int
    init(_ name: String, _ total: Int, _ perEpoch: Int, cycles: Int, stepSize: Int) {
      (self.name, self.total, self.perEpoch) = (name, total, perEpoch)
      (self.cycles, self.stepSize) = (cycles, stepSize)
    }
  }

  static let cases = [
    // 5 epochs are 1,955 updates, and six of them 11,730.
    Case("30 epochs are three cycles", 11_730, 391, cycles: 3, stepSize: 1955),
    Case("an update less is one", 11_729, 391, cycles: 1, stepSize: 2932),
    // 90 / 20 = 4.5 cycles of half-cycles of 10 epochs: five of 9.
    Case("90 epochs", 35_190, 391, cycles: 5, stepSize: 3519),
    Case("a few epochs", 2808, 468, cycles: 1, stepSize: 702),
    // 5 epochs are 35 updates: 500 are the least, and 3,000 hold three cycles.
    Case("tiny data, short", 2999, 7, cycles: 1, stepSize: 750),
    Case("tiny data, three cycles", 3000, 7, cycles: 3, stepSize: 500),
    Case("tiny data, no cycle below the least", 3500, 7, cycles: 3, stepSize: 583),
    Case("tiny data, no more than ten", 35_000, 7, cycles: 10, stepSize: 1750),
    // 5 epochs are 20,000 updates: 10,000, or 2.5 epochs, are enough; 15 epochs hold three cycles.
    Case("large data", 60_000, 4000, cycles: 3, stepSize: 10_000),
    // 2 epochs are 10,008 updates, and the least; 12 epochs hold three cycles.
    Case("huge data, 12 epochs", 60_048, 5004, cycles: 3, stepSize: 10_008),
    Case("huge data, 11 epochs", 55_044, 5004, cycles: 1, stepSize: 13_761),
    // 22 cycles would be so flat that ten are all.
    Case("huge data, 90 epochs", 450_360, 5004, cycles: 10, stepSize: 22_518),
    // Half-cycles of 10 epochs, 20 cycles: Smith's rule before the number.
    Case("400 epochs", 400_000, 1000, cycles: 20, stepSize: 10_000),
  ]

  @Test(arguments: cases) func `is worked by hand`(known: Case) {
    let choice = CyclePlanner().choose(totalSteps: known.total, stepsPerEpoch: known.perEpoch)
    #expect(choice.isSingle == (known.cycles == 1))
    #expect(choice.cycles == known.cycles)
    #expect(choice.stepSize == known.stepSize)
  }

  @Test func `has a reason with its numbers`() {
    #expect(
      CyclePlanner().choose(totalSteps: 2808, stepsPerEpoch: 468).reason
        == "a budget of 6 epochs is too short for three useful cycles, which have half-cycles of "
        + "5 epochs (2340 updates) and more")
    #expect(
      CyclePlanner().choose(totalSteps: 35_190, stepsPerEpoch: 391).reason
        == "5 cycles fit into 90 epochs, with half-cycles of 9 epochs (3519 updates)")
  }

  @Test(arguments: [(Int.max, 1), (Int.max, Int.max), (1, Int.max), (Int.max, 391)])
  func `is made of any numbers`(total: Int, perEpoch: Int) {
    let choice = CyclePlanner().choose(totalSteps: total, stepsPerEpoch: perEpoch)
    #expect(choice.totalSteps <= total && choice.stepSize >= 0)
  }
}
