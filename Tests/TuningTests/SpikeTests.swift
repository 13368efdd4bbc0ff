import Schedules
import Testing
import Tuning

@Suite struct `A curve with spikes` {
  private func spiked(
    _ seed: UInt64, above bound: Double, every: Int
  ) -> DiagnosedRun {
    let drawn = DrawnRun()
    return drawn.curve(three, steps: 600, seed: seed) { update, level in
      update % every == 0 && three.value(at: update - 1) >= bound ? level + 1.5 : level
    }
  }

  @Test(arguments: 1...8) func `near the peaks is found, with the rate of the first`(
    seed: UInt64
  ) throws {
    let run = spiked(seed, above: 0.085, every: 17)
    let found = try finding(.spikesNearPeak, run)
    guard case .spikesNearPeak(let spikes) = found.fact else {
      Issue.record("\(found.fact)")
      return
    }
    // Of the updates that are multiples of 17 as many have such a rate.
    let positions = (1...600).filter { $0 % 17 == 0 && three.value(at: $0 - 1) >= 0.085 }
    #expect(spikes.count == positions.count)
    #expect(spikes.firstUpdate == positions[0])
    let lowest = positions.map { three.value(at: $0 - 1) }.min() ?? 0
    #expect(abs(spikes.lowestRate - lowest) < 1e-12)
    #expect(abs(try lowered(found.change) - min(lowest, 0.09)) < 1e-3)
  }

  @Test(arguments: 1...8) func `at all rates is the data's, and not the rate's`(seed: UInt64) {
    let found = kinds(spiked(seed, above: 0, every: 17))
    #expect(found == [])
  }
}
