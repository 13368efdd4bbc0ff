import Numbers

/// Where an update stands in ascents and descents of given lengths, again and again.
///
/// Each cycle is `multiplier` times as long as the one before it, and never shorter than one update.
struct CycleClock: Sendable, Hashable {
  let up: Int
  let down: Int
  let multiplier: Double

  init(up: Int, down: Int, multiplier: Double = 1) {
    self.up = max(0, up)
    self.down = max(0, down)
    self.multiplier = multiplier.isFinite && multiplier > 0 ? multiplier : 1
  }

  /// Updates in the first cycle, at least 1 so that a cycle of no length is all trough.
  var period: Int { max(1, up.addingOrMax(down)) }

  /// An update's place: the whole cycles before it, and how far it is in its own.
  struct Position {
    /// The number of whole cycles before the update.
    let cycle: Int
    /// Updates since the cycle began.
    fileprivate let position: Double
    /// Updates of the cycle's ascent.
    fileprivate let up: Double
    /// Updates of the cycle's descent.
    fileprivate let down: Double

    /// From 0 in the trough to 1 at the peak, in straight lines.
    ///
    /// With no ascent a cycle begins at its peak; with no descent it drops from it.
    var height: Double {
      if position < up { return position / up }
      if down == 0 { return 0 }
      return max(0, up + down - position) / down
    }

    /// The part of the cycle that has passed, from 0 to below 1.
    var part: Double { position / max(1, up + down) }
  }

  func position(of step: Int) -> Position {
    let step = max(0, step)
    if multiplier == 1 {
      let (cycle, position) = step.quotientAndRemainder(dividingBy: period)
      return Position(
        cycle: cycle, position: Double(position), up: Double(up), down: Double(down))
    }
    let cycle = cycle(at: Double(step))
    let length = length(of: cycle)
    let position = min(max(0, Double(step) - start(of: cycle)), length.nextDown)
    let stretch = length / Double(period)
    return Position(
      cycle: cycle, position: position, up: Double(up) * stretch, down: Double(down) * stretch)
  }

  // MARK: Cycles of changing length

  /// The update, not always a whole one, at which a cycle begins.
  func start(of cycle: Int) -> Double {
    if multiplier == 1 { return Double(cycle) * Double(period) }
    let geometric = min(cycle, lastShrinkingCycle)
    let (growth, rate) = (power(multiplier, geometric) - 1, multiplier - 1)
    let product = Double(period) * growth
    let sum = product.isFinite ? product / rate : Double(period) * (growth / rate)
    return sum + Double(cycle - geometric)
  }

  /// Updates in a cycle; of one that no run comes to the end of, a number that can be reckoned with.
  private func length(of cycle: Int) -> Double {
    min(max(1, Double(period) * power(multiplier, cycle)), 1e200)
  }

  /// The first cycle that would be shorter than one update; from it on all have one.
  private var lastShrinkingCycle: Int {
    guard multiplier < 1 else { return .max }
    return Int(clamping: (logarithm(Double(period)) / -logarithm(multiplier)).rounded(.down)) + 1
  }

  /// The cycle that an update belongs to: by logarithm, and then exactly, since the logarithm of a
  /// cycle's own start is now and then wrong in its last bits.
  private func cycle(at step: Double) -> Int {
    let shrunk = lastShrinkingCycle
    if multiplier < 1, step >= start(of: shrunk) {
      return shrunk.addingOrMax(Int(exactly: (step - start(of: shrunk)).rounded(.down)) ?? .max)
    }
    let passed = 1 + step / Double(period) * (multiplier - 1)
    let cycles =
      passed.isFinite
      ? logarithm(passed) / logarithm(multiplier)
      : 1 + logarithm(step / Double(period)) / logarithm(multiplier)
    var cycle = max(0, Int(clamping: cycles))
    while start(of: cycle.addingOrMax(1)) <= step { cycle += 1 }
    while cycle > 0, start(of: cycle) > step { cycle -= 1 }
    return cycle
  }

  /// The numbers of updates, up to `totalSteps`, at which the lower of two bounds is met again: where
  /// cycles end, or within them where they begin at the upper bound.
  func troughs(upTo totalSteps: Int, from: Double, to: Double) -> [Int] {
    if from <= to { return ends(upTo: totalSteps) }
    let starts = [0] + ends(upTo: totalSteps)
    return starts.enumerated().compactMap { cycle, start in
      let stretch = length(of: cycle) / Double(period)
      let middle = Int(exactly: (Double(start) + Double(up) * stretch).rounded()) ?? .max
      return middle > 0 && middle <= totalSteps ? middle : nil
    }
  }

  /// The numbers of updates, up to `totalSteps`, at which a cycle has just ended.
  func ends(upTo totalSteps: Int) -> [Int] {
    if multiplier == 1 {
      guard totalSteps >= period else { return [] }
      return Array(stride(from: period, through: totalSteps, by: period))
    }
    var troughs: [Int] = []
    var cycle = 1
    while let trough = Int(exactly: start(of: cycle).rounded(.up)), trough <= totalSteps {
      if trough != troughs.last { troughs.append(trough) }
      cycle += 1
    }
    return troughs
  }
}
