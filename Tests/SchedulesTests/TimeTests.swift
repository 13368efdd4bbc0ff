import Schedules
import Testing

@Suite struct `A length of time` {
  private let budget = Budget(totalSteps: 35_190, stepsPerEpoch: 391, batchSize: 128)

  @Test(arguments: [
    ("2000", 2000), ("4ep", 1564), ("0.5ep", 196), ("51200sa", 400), ("30%", 10_557), ("0", 0),
  ])
  func `is read and resolved`(text: String, steps: Int) throws {
    let time = try #require(Time(text))
    #expect(time.steps(in: budget) == steps)
    #expect(Time(time.description) == time)
  }

  @Test(arguments: ["", "-3", "ep", "4 epochs", "130%", "-1ep", "nan%", "infep", "1e400ep"])
  func `is not read from what is none`(text: String) { #expect(Time(text) == nil) }
}
