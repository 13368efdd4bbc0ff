import Foundation
import Schedules
import Testing

/// Numbers that no schedule is meant for, as a plan's file may have them.
@Suite struct `A schedule of extreme numbers` {
  private static let steps = [0, 1, 3, 1000, 1 << 53, Int.max - 1, Int.max]
  private static let numbers = [
    "0", "-0.0", "-1", "1", "1e308", "-1e308", "5e-324", "1e-30", "1e30", "0.5",
    "9223372036854775807", "9223372036854775806", "4611686018427387904", "9223372036854775808",
    "-9223372036854775808", "1.0000000000000002", "0.9999999999999999",
  ]

  /// Schedules of every kind, as files have them.
  private static let files = [
    #"{"triangular":{"from":0.001,"to":0.006,"stepSize":20,"stepSizeDown":20}}"#,
    #"{"triangular2":{"from":0.001,"to":0.006,"stepSize":20,"stepSizeDown":20}}"#,
    #"{"exp-range":{"from":0.001,"to":0.006,"stepSize":20,"stepSizeDown":20,"gamma":0.99,"dialect":"paper"}}"#,
    #"{"cyclical":{"from":0.001,"to":0.006,"stepSize":20,"stepSizeDown":20,"window":"hann","decay":{"shape":{"geometric":{"gamma":0.9}},"clock":"updates","target":"peak"},"lengthMultiplier":2}}"#,
    #"{"one-cycle":{"from":0.01,"to":0.1,"ending":0.001,"peakAt":30,"returnAt":60,"endAt":99,"totalSteps":100,"anneal":"cos"}}"#,
    #"{"cosine-restarts":{"to":0.1,"floor":0,"firstCycle":10,"lengthMultiplier":2,"peakDecay":1,"cycleLimit":5}}"#,
    #"{"linear":{"from":0.1,"to":0.2,"steps":10}}"#, #"{"cosine":{"from":0.1,"to":0,"steps":10}}"#,
    #"{"step":{"initial":0.1,"factor":0.5,"every":10}}"#,
    #"{"multi-step":{"initial":0.1,"factor":0.5,"milestones":[10,20]}}"#,
    #"{"exponential":{"initial":0.1,"gamma":0.9}}"#,
    #"{"polynomial":{"from":0.1,"to":0,"exponent":2,"steps":10}}"#,
    #"{"inverse-sqrt":{"peak":0.1,"timescale":10}}"#,
    #"{"piecewise-linear":{"knots":[{"step":0,"value":0.1},{"step":10,"value":0}]}}"#,
    #"{"joined":{"parts":[{"start":0,"schedule":{"linear":{"from":0,"to":1,"steps":5}}},{"start":10,"schedule":{"triangular":{"from":0.1,"to":0.2,"stepSize":3,"stepSizeDown":4}}}]}}"#,
    #"{"repeated":{"schedule":{"linear":{"from":0.1,"to":0,"steps":10}},"every":10,"times":5}}"#,
    #"{"delayed":{"schedule":{"triangular":{"from":0.1,"to":0.2,"stepSize":3,"stepSizeDown":4}},"steps":5}}"#,
    #"{"reversed":{"schedule":{"exponential":{"initial":0.1,"gamma":0.9}},"steps":50}}"#,
    #"{"scaled":{"schedule":{"linear":{"from":0.1,"to":0,"steps":10}},"factor":2}}"#,
    #"{"clamped":{"schedule":{"linear":{"from":0.1,"to":0,"steps":10}},"low":0.01,"high":0.05}}"#,
    #"{"multiplied":{"first":{"linear":{"from":0.1,"to":0,"steps":10}},"second":{"exponential":{"initial":1,"gamma":0.9}}}}"#,
  ]

  @Test(arguments: files)
  func `is refused in words, or finite, never negative, and of a known length`(file: String) throws {
    #expect(throws: Never.self) { try read(file) }
    for match in file.matches(of: /[:\[]([0-9.]+)/) {
      for number in Self.numbers {
        let position = match.1.startIndex..<match.1.endIndex
        let changed = file.replacingCharacters(in: position, with: number)
        guard let schedule = try? read(changed) else { continue }
        for step in Self.steps {
          let value = schedule.value(at: step)
          #expect(value.isFinite && value >= 0, "\(value) at \(step) of \(changed)")
        }
        #expect(schedule.length ?? 0 >= 0)
        _ = schedule.troughs(upTo: 1000)
        _ = schedule.cyclic?.stepsPerCycle
        let plan = Plan(learningRate: schedule)
        _ = plan.findings(in: Budget(totalSteps: 1000, stepsPerEpoch: 10, batchSize: 8))
        _ = plan.withBounds(from: 0.1, to: 0.2, at: 13, reason: "")
        _ = plan.rolledBack(to: 7, after: 13, max: 0.01, reason: "")
        _ = plan.extended(byCycles: 2, totalSteps: 1000, reason: "")
      }
    }
  }

  private func read(_ file: String) throws -> AnySchedule {
    try JSONDecoder().decode(AnySchedule.self, from: Data(file.utf8))
  }

  @Test func `grows by any factor`() {
    // A second cycle 1e308 times as long as the first never ends.
    let rate = CosineRestarts(to: 0.1, firstCycle: 10, lengthMultiplier: 1e308)
    #expect(rate.value(at: 10) == 0.1)
    #expect(rate.value(at: .max) == 0.1)
    #expect(rate.troughs(upTo: 1000) == [10])
  }

  @Test func `makes no budget that a run cannot have`() {
    for numbers in ["0,1,1", "1,0,1", "1,1,0", "9223372036854775807,1,1", "100000001,1,1"] {
      let all = numbers.split(separator: ",")
      let text =
        #"{"totalSteps":\#(all[0]),"stepsPerEpoch":\#(all[1]),"batchSize":\#(all[2])}"#
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(Budget.self, from: Data(text.utf8))
      }
    }
  }
}
