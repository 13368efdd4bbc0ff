import Foundation
import Schedules
import Testing

/// What holds for every schedule, tried on some hundreds of each kind.
@Suite struct `Every schedule` {
  private let schedules: [AnySchedule]

  init() {
    var random = RandomSchedules(seed: 11)
    schedules = (0..<1500).map { _ in random.any(depth: random.whole(0...3)) }
  }

  @Test func `of the catalog is among those that are tried`() {
    var seen = Set<String>()
    func look(_ schedule: AnySchedule) {
      seen.insert(type(of: schedule.schedule).name)
      switch schedule.schedule {
      case let joined as Joined: joined.parts.forEach { look($0.schedule) }
      case let product as Multiplied: [product.first, product.second].forEach(look)
      case let scaled as Scaled: look(scaled.schedule)
      default: break
      }
    }
    schedules.forEach(look)
    #expect(seen == Set(AnySchedule.catalog.map { $0.name }))
    #expect(Set(AnySchedule.catalog.map { $0.name }).count == AnySchedule.catalog.count)
  }

  @Test func `is finite and not negative at every step`() {
    let steps =
      [Int.min, -1, 0, 1, 2, 3, 39, 40, 41, 999, 1 << 31, 1 << 53, .max - 1, .max]
      + (0..<60).map { $0 * 7 }
    for schedule in schedules {
      for step in steps {
        let value = schedule.value(at: step)
        if !(value.isFinite && value >= 0) { Issue.record("\(value) at \(step): \(schedule)") }
      }
      #expect(schedule.value(at: -5) == schedule.value(at: 0))
    }
  }

  @Test func `holds after its end`() {
    var ended = 0
    for schedule in schedules {
      guard let length = schedule.length, length < .max - 2000 else { continue }
      ended += 1
      let last = schedule.value(at: length)
      for step in [length + 1, length + 17, length + 1000, Int.max]
      where schedule.value(at: step) != last {
        Issue.record("\(schedule.value(at: step)) at \(step), \(last) at \(length): \(schedule)")
      }
    }
    #expect(ended > 300)
  }

  @Test func `is saved and read back equal`() throws {
    for schedule in schedules { #expect(try savedAndRead(schedule) == schedule) }
  }

  @Test func `has its troughs in order, within the run`() {
    for schedule in schedules {
      let troughs = schedule.troughs(upTo: 200)
      #expect(troughs == Set(troughs).sorted())
      #expect(troughs.allSatisfy { (1...200).contains($0) })
    }
  }
}

@Suite struct `A cycle` {
  private func cycles(_ count: Int = 200) -> [(from: Double, to: Double, up: Int, down: Int)] {
    var random = RandomSchedules(seed: 3)
    return (0..<count).map { _ in
      (random.number(0...0.5), random.number(0.5...1), random.whole(1...40), random.whole(1...40))
    }
  }

  @Test func `stays within its bounds, meets both, and does not jump`() {
    for (from, to, up, down) in cycles() {
      for window in Window.allCases {
        let rate = Cyclical(from: from, to: to, stepSize: up, stepSizeDown: down, window: window)
        let values = (0...3 * (up + down)).map(rate.value)
        #expect(values.allSatisfy { from - 1e-15 <= $0 && $0 <= to + 1e-15 })
        #expect(rate.value(at: 0) == from && abs(rate.value(at: up) - to) < 1e-15)
        // No window is steeper than the parabola, twice the straight line.
        let steepest = 2 * (to - from) / Double(min(up, down)) + 1e-12
        for (one, next) in zip(values, values.dropFirst()) { #expect(abs(next - one) <= steepest) }
      }
    }
  }

  /// The heights of a cycle, (up - 1) / 2 and (down + 1) / 2, add up to half its length.
  @Test func `of straight lines has the mean of its bounds, and halves its height`() {
    for (from, to, up, down) in cycles() {
      let period = up + down
      let plain = Triangular(from: from, to: to, stepSize: up, stepSizeDown: down)
      let halved = Triangular2(from: from, to: to, stepSize: up, stepSizeDown: down)
      for cycle in 0..<4 {
        let steps = cycle * period..<(cycle + 1) * period
        let sum = steps.reduce(0) { $0 + plain.value(at: $1) }
        #expect(abs(sum - Double(period) * (from + to) / 2) < 1e-9)
        let lower = steps.reduce(0) { $0 + halved.value(at: $1) }
        let height = (to - from) / pow(2, Double(cycle))
        #expect(abs(lower - Double(period) * (from + height / 2)) < 1e-9)
      }
    }
  }

  @Test func `of any decay is lowered as its shape says`() {
    let step = 10
    func peaks(_ decay: CycleDecay) -> [Double] {
      let rate = Cyclical(from: 0.1, to: 1, stepSize: step, decay: decay)
      return (0..<4).map { rate.value(at: step + 2 * step * $0) }
    }
    func expect(_ decay: CycleDecay, _ expected: [Double]) {
      for (peak, known) in zip(peaks(decay), expected) { #expect(abs(peak - known) < 1e-12) }
    }
    expect(CycleDecay(.halving), [1, 0.55, 0.325, 0.2125])
    expect(CycleDecay(.harmonic), [1, 0.55, 0.4, 0.325])
    expect(CycleDecay(.geometric(gamma: 0.5), of: .peak), [1, 0.5, 0.25, 0.125])
    expect(CycleDecay(.geometric(gamma: 0.1), of: .peak), [1, 0.1, 0.1, 0.1])
    expect(CycleDecay(.geometric(gamma: 0.5), of: .bounds), [1, 0.5, 0.25, 0.125])
    expect(
      CycleDecay(.geometric(gamma: 0.9), per: .updates),
      [10, 30, 50, 70].map { 0.1 + 0.9 * pow(0.9, $0) })
  }

  @Test func `that grows longer begins each cycle where the last one ended`() {
    let rate = Cyclical(from: 0, to: 1, stepSize: 5, lengthMultiplier: 2)
    #expect([0, 5, 10, 20, 30, 50, 70].map(rate.value) == [0, 1, 0, 1, 0, 1, 0])
    #expect(rate.troughs(upTo: 100) == [10, 30, 70])
    // Cycles of 8, 4, 2, 1, 1, 1, ... updates.
    let shrinking = CosineRestarts(to: 1, firstCycle: 8, lengthMultiplier: 0.5)
    #expect([0, 8, 12, 14, 15, 16, 17].map(shrinking.value) == [1, 1, 1, 1, 1, 1, 1])
    #expect(shrinking.value(at: 4) == 0.5 && shrinking.value(at: 10) == 0.5)
  }

  @Test func `that begins at its upper bound has its troughs amid cycles`() {
    #expect(
      Triangular(from: 1, to: 0, stepSize: 3, stepSizeDown: 7).troughs(upTo: 25) == [3, 13, 23])
  }
}

@Suite struct `Composed schedules` {
  private let steps = Array(0..<150) + [1 << 40]

  /// Each composition against its meaning, update by update.
  @Test func `give what their parts give`() {
    var random = RandomSchedules(seed: 29)
    for _ in 0..<300 {
      let (one, other) = (random.any(depth: 1), random.any(depth: 1))
      let count = random.whole(1...50)
      let factor = random.number(0...3)
      func same(_ name: String, _ schedule: AnySchedule, _ meaning: (Int) -> Double) {
        guard let step = steps.first(where: { schedule.value(at: $0) != meaning($0) }) else {
          return
        }
        Issue.record("\(name) at \(step): \(schedule.value(at: step)), not \(meaning(step))")
      }
      same("joined", one.followed(by: other, after: count)) {
        $0 < count ? one.value(at: $0) : other.value(at: $0 - count)
      }
      same("multiplied", one.multiplied(by: other)) { one.value(at: $0) * other.value(at: $0) }
      same("scaled", one.scaled(by: factor)) { one.value(at: $0) * factor }
      same("repeated", one.repeated(every: count)) { one.value(at: $0 % count) }
      same("repeated thrice", one.repeated(every: count, times: 3)) {
        one.value(at: $0 < 3 * count ? $0 % count : count - 1)
      }
      same("clamped", one.clamped(from: 0.2, to: 0.6)) { min(0.6, max(0.2, one.value(at: $0))) }
      same("reversed", one.reversed(over: count)) { one.value(at: max(0, count - 1 - $0)) }
      same("delayed", one.delayed(by: count)) { one.value(at: max(0, $0 - count)) }
    }
  }

  @Test func `keep three joined ones flat, and drop what is never reached`() {
    let schedule = Constant(1).followed(by: Constant(2), after: 10)
      .followed(by: Constant(3), after: 5)
    #expect([0, 4, 5, 10, 99].map(schedule.value) == [1, 1, 3, 3, 3])
    #expect((schedule.schedule as? Joined)?.parts.count == 2)
  }

  @Test func `warm up to the first value, which is not cut off`() {
    let rate = CosineDecay(from: 0.1, steps: 90).warmedUp(over: 10, from: 0.01)
    #expect(rate.value(at: 0) == 0.01)
    #expect(abs(rate.value(at: 5) - 0.055) < 1e-15)
    #expect(rate.value(at: 10) == 0.1)
    #expect(rate.value(at: 100) == 0)
  }

  @Test func `spread over groups in a geometric row`() {
    let rates = Constant(0.1).spread(over: 3, firstFactor: 0.01).map { $0.value(at: 0) }
    for (rate, known) in zip(rates, [0.001, 0.01, 0.1]) { #expect(abs(rate - known) < 1e-15) }
    #expect(Constant(0.1).spread(over: 1, firstFactor: 0.01).map { $0.value(at: 7) } == [0.1])
    #expect(Constant(0.1).spread(over: 0, firstFactor: 0.01).isEmpty)
  }
}
