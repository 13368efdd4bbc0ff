import Foundation
import Testing

@testable import Machine

@Suite struct `The cores that other programs leave` {
  /// As Linux writes it: user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice.
  private let statistics = """
    cpu  900 80 70 9000 60 5 4 3 0 0
    cpu0 400 50 30 4000 30 3 1 1 0 0
    cpu1 300 20 20 3000 20 1 2 1 0 0
    cpu10 200 10 20 2000 10 1 1 1 0 0
    intr 12345 0 0
    procs_running 3
    procs_blocked 0
    """

  @Test(arguments: [
    ([0, 1], false, [400.0, 30, 3, 1, 300, 20, 1, 2]),
    ([0, 1], true, [400.0, 50, 30, 3, 1, 300, 20, 20, 1, 2]),
    ([10], false, [200.0, 20, 1, 1]),
  ])
  func `are counted by the time of those that may be used`(
    cores: [Int], countsNiced: Bool, ticks: [Double]
  ) {
    let busy = ProcessorTimes.busySeconds(
      in: statistics, cores: Set(cores), tick: 100, countsNiced: countsNiced)
    #expect(abs((busy ?? 0) - ticks.reduce(0, +) / 100) < 1e-9)
  }

  @Test func `are not known where the system does not say it`() {
    for text in ["", "cpu  1 2 3\n", "cpu0 1 2\n", "cpu7 1 2 3 4 5 6 7\n"] {
      #expect(
        ProcessorTimes.busySeconds(in: text, cores: [0], tick: 100, countsNiced: false) == nil)
    }
    #expect(ProcessorTimes.running(in: statistics) == 3)
    #expect(ProcessorTimes.running(in: "procs_running x\n") == nil)
  }

  @Test func `do not shrink by what this program computed itself`() {
    let begin = ContinuousClock.now
    let before = ProcessorTimes(busy: 10, own: 2, instant: begin)
    let after = ProcessorTimes(busy: 11.5, own: 2.5, instant: begin + .milliseconds(500))
    #expect(abs(after.othersUse(since: before) - 2) < 1e-9)
    let alone = ProcessorTimes(busy: 10.4, own: 2.5, instant: begin + .milliseconds(500))
    #expect(alone.othersUse(since: before) == 0)
    #expect(before.othersUse(since: before) == 0)
  }

  @Test(arguments: [
    (2, 0.0, 2), (2, 0.4, 2), (2, 0.6, 1), (2, 7, 1), (64, 3.2, 61), (1, .infinity, 1), (4, -1, 5),
  ])
  func `are at least one`(cores: Int, used: Double, left: Int) {
    #expect(FreeCores.left(of: cores, usedByOthers: used) == left)
  }

  @Test func `are no more than may be used`() {
    #expect((1...Cores.usable).contains(FreeCores.now.count))
  }
}
