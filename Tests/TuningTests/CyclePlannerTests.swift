import Testing
import Tuning

/// By hand: half-cycles have 5 to 10 epochs within 500 and 10,000 updates, and never fewer than 2 epochs.
@Suite struct `The planner's choice of several cycles` {
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
    // Three are the least, however short: 1,170 / 6.
    Case("3 epochs are three cycles", 1_170, 390, cycles: 3, stepSize: 195),
    // 90 / 20 = 4.5 cycles of half-cycles of 10 epochs: five of 9.
    Case("90 epochs", 35_190, 391, cycles: 5, stepSize: 3519),
    // 5 epochs are 35 updates: 500 are the least, and 3,000 hold three cycles.
    Case("tiny data, three cycles", 3000, 7, cycles: 3, stepSize: 500),
    Case("tiny data, no cycle below the least", 3500, 7, cycles: 3, stepSize: 583),
    Case("tiny data, no more than ten", 35_000, 7, cycles: 10, stepSize: 1750),
    // 5 epochs are 20,000 updates: 10,000, or 2.5 epochs, are enough; 15 epochs hold three cycles.
    Case("large data", 60_000, 4000, cycles: 3, stepSize: 10_000),
    // 2 epochs are 10,008 updates, and the least; 12 epochs hold three cycles.
    Case("huge data, 12 epochs", 60_048, 5004, cycles: 3, stepSize: 10_008),
    // 22 cycles would be so flat that ten are all.
    Case("huge data, 90 epochs", 450_360, 5004, cycles: 10, stepSize: 22_518),
    // Half-cycles of 10 epochs, 20 cycles: Smith's rule before the number.
    Case("400 epochs", 400_000, 1000, cycles: 20, stepSize: 10_000),
    Case("the fewest updates", 6, 391, cycles: 3, stepSize: 1),
  ]

  @Test(arguments: cases) func `is worked by hand`(known: Case) {
    let choice = CyclePlanner().choose(
      totalSteps: known.total, stepsPerEpoch: known.perEpoch, repeated: true)
    #expect(choice.kind == .triangular2)
    #expect(choice.cycles == known.cycles)
    #expect(choice.stepSize == known.stepSize)
    #expect(choice.totalSteps == 2 * known.cycles * known.stepSize)
    #expect(choice.totalSteps > known.total - 2 * known.cycles)
  }

  @Test func `is one where six updates are not there`() {
    let choice = CyclePlanner().choose(totalSteps: 5, stepsPerEpoch: 391, repeated: true)
    #expect(choice.kind == .oneCycle)
    #expect(choice.reason == "5 updates hold no three cycles")
  }

  @Test func `has a reason with its numbers`() {
    #expect(
      CyclePlanner().choose(totalSteps: 35_190, stepsPerEpoch: 391, repeated: true).reason
        == "90 epochs hold 5 cycles of half-cycles of 9 epochs (3519 updates)")
  }
}

@Suite struct `The planner's choice` {
  @Test(arguments: [1, 100, 2814, 35_190, 400_000])
  func `is one cycle where nobody asks for more, up in a quarter of the run`(total: Int) {
    let choice = CyclePlanner().choose(totalSteps: total, stepsPerEpoch: 391, repeated: false)
    #expect(choice.kind == .oneCycle && choice.cycles == 1 && choice.totalSteps == total)
    #expect(abs(Double(choice.stepSize) - Double(total) / 4) <= 0.5)
  }

  @Test(arguments: [(Int.max, 1), (Int.max, Int.max), (1, Int.max), (Int.max, 391)])
  func `is made of any numbers`(total: Int, perEpoch: Int) {
    for repeated in [false, true] {
      let choice = CyclePlanner().choose(
        totalSteps: total, stepsPerEpoch: perEpoch, repeated: repeated)
      #expect(choice.totalSteps <= total && choice.stepSize >= 0)
    }
  }
}
