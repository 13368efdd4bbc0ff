import Testing
import Tuning

@Suite struct `The planner` {
  @Test(arguments: [(1, 1), (100, 391), (2814, 469), (11_000, 391), (35_190, 391), (400_000, 1000)])
  func `gives whole cycles that fit and end in a trough`(total: Int, perEpoch: Int) {
    let choice = CyclePlanner().several(totalSteps: total, stepsPerEpoch: perEpoch)
    #expect(choice.totalSteps <= total)
    #expect(choice.totalSteps > total - max(1, 2 * choice.cycles))
    #expect(choice.stepSize <= choice.totalSteps)
    if !choice.isSingle {
      #expect(choice.cycles >= 3)
      #expect(choice.totalSteps == 2 * choice.stepSize * choice.cycles)
      let epochs = Double(choice.stepSize) / Double(perEpoch)
      let isShort = total < 12 * perEpoch
      #expect(isShort ? epochs < 2 : (2...10).contains(epochs), "Smith's rule; \(epochs)")
    } else {
      #expect(choice.cycles == 1 && choice.totalSteps == total)
    }
  }
}

/// By hand.
///
/// The least half-cycle is 5 epochs within 500 and 10,000 updates, and never below 2 epochs; six of those make three
/// cycles. A shorter budget is cut into three all the same.
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
    Case("an update less", 11_729, 391, cycles: 3, stepSize: 1954),
    // 90 / 20 = 4.5 cycles of half-cycles of 10 epochs: five of 9.
    Case("90 epochs", 35_190, 391, cycles: 5, stepSize: 3519),
    Case("a few epochs", 2808, 468, cycles: 3, stepSize: 468),
    Case("five updates", 5, 468, cycles: 1, stepSize: 1),
    // 5 epochs are 35 updates: 500 are the least, and 3,000 hold three cycles.
    Case("tiny data, short", 2999, 7, cycles: 3, stepSize: 499),
    Case("tiny data, three cycles", 3000, 7, cycles: 3, stepSize: 500),
    Case("tiny data, no cycle below the least", 3500, 7, cycles: 3, stepSize: 583),
    Case("tiny data, no more than ten", 35_000, 7, cycles: 10, stepSize: 1750),
    // 5 epochs are 20,000 updates: 10,000, or 2.5 epochs, are enough; 15 epochs hold three cycles.
    Case("large data", 60_000, 4000, cycles: 3, stepSize: 10_000),
    // 2 epochs are 10,008 updates, and the least; 12 epochs hold three cycles.
    Case("huge data, 12 epochs", 60_048, 5004, cycles: 3, stepSize: 10_008),
    Case("huge data, 11 epochs", 55_044, 5004, cycles: 3, stepSize: 9174),
    // 22 cycles would be so flat that ten are all.
    Case("huge data, 90 epochs", 450_360, 5004, cycles: 10, stepSize: 22_518),
    // Half-cycles of 10 epochs, 20 cycles: Smith's rule before the number.
    Case("400 epochs", 400_000, 1000, cycles: 20, stepSize: 10_000),
  ]

  @Test(arguments: cases) func `is worked by hand`(known: Case) {
    let choice = CyclePlanner().several(totalSteps: known.total, stepsPerEpoch: known.perEpoch)
    #expect(choice.isSingle == (known.cycles == 1))
    #expect(choice.cycles == known.cycles)
    #expect(choice.stepSize == known.stepSize)
  }

  @Test(arguments: [1, 100, 11_729, Int.max]) func `is one cycle of all updates where nothing needs several`(
    total: Int
  ) {
    let choice = CyclePlanner().single(totalSteps: total)
    #expect(choice.isSingle && choice.totalSteps == total)
    #expect(choice.reason.hasPrefix("several cycles to the same step were better in no comparison"))
  }

  @Test func `has a reason with its numbers`() {
    #expect(
      CyclePlanner().several(totalSteps: 35_190, stepsPerEpoch: 391).reason
        == "5 cycles fit into 90 epochs, with half-cycles of 9 epochs (3519 updates)")
  }

  @Test(arguments: [(Int.max, 1), (Int.max, Int.max), (1, Int.max), (Int.max, 391)])
  func `is made of any numbers`(total: Int, perEpoch: Int) {
    let choices = [
      CyclePlanner().several(totalSteps: total, stepsPerEpoch: perEpoch),
      CyclePlanner().single(totalSteps: total),
    ]
    for choice in choices { #expect(choice.totalSteps <= total && choice.stepSize >= 0) }
  }
}
