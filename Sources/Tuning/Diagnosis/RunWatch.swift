/// Says, while a run continues, that it has diverged.
///
/// It fires at once on a loss that is not a finite number. Otherwise the level of the loss (the median
/// over a twentieth of a cycle, from 12 to 50 losses) must be where it should not be:
///
/// - four fifths of what was gained since the start are lost again, and more than chance does to a
///   level; the rule is that of `DivergenceWatch`, and like it serves negative and bounded losses;
/// - while nothing has been gained yet (less than 4 standard deviations of the batches' noise), 3 of
///   them above the first losses, of which five are known, so that their level is known to half of one;
/// - or above the first loss by ten times that, or by ten times the loss of the best constant prediction if
///   that is larger: so high no loss is at random, however much it jumped about when its noise was measured;
/// - and from the second cycle on, above the level at the same phase of the cycle before, by a fifth
///   of what was gained: a loss that rises towards each peak as it did towards the last is as wide a
///   swing as before, and no divergence.
///
/// And it must stay there for two windows, and a fiftieth of the cycle, since a spike is none either;
/// while nothing has been gained, for a tenth of the cycle, since many a run begins with a rise and
/// recovers; ten times as high as it began, for one window. A late alarm costs as much time, and a false one the work since the last trough.
///
/// An update costs an append; every fifth of a window one is sorted, and every window 200 losses.
public struct RunWatch: Sendable {
  private let cycles: [RunCycle]
  private let baselineLoss: Double?
  private var index = 0
  private var count = 0
  private var recent: [Double] = []
  /// The loss before the first update.
  private var first: Double?
  private var start: Double?
  private var best = 0.0
  /// The noise in calm times: the least that was measured over up to 200 losses.
  private var noise = 0.0
  private var previous: [Double]?
  private var current = [Double](repeating: -.infinity, count: phases)
  private var streak = 0
  private var lastRate: Double?
  private var onset = 0

  /// Whether it has said that the loss rose, which it says once.
  public private(set) var hasFired = false

  private static let phases = 64
  private static let noiseReach = 200

  /// Creates a watch of a run of these cycles, of which it has seen nothing.
  ///
  /// - Parameter baselineLoss: the loss of the best constant prediction: a model that
  ///   came down to it from bad initial weights has made no progress by that.
  public init(cycles: [RunCycle], baselineLoss: Double? = nil) {
    self.cycles = cycles
    self.baselineLoss = baselineLoss
  }

  /// Takes in the next update's loss; returns how the run diverged if that is certain now.
  public mutating func divergence(after loss: Double, learningRate: Double) -> Divergence? {
    count += 1
    // A loss is that of the weights which the update before it left.
    let cause = lastRate ?? learningRate
    lastRate = learningRate
    guard loss.isFinite else { return divergence(.loss, loss, cause, onset: count) }
    guard !hasFired else { return nil }
    if first == nil { first = loss }
    recent.append(loss)
    if recent.count > 2 * Self.noiseReach { recent.removeFirst(Self.noiseReach) }
    enterCycle()
    let window = max(12, RunCycle.window(ofLength: cycle?.length ?? 0))
    let pace = max(1, window / 5)
    guard count % pace == 0, recent.count >= window else { return nil }
    let level = median(of: recent.suffix(window))
    note(level, window, measuresNoise: count % window < pace)
    guard isLost(level, window) else {
      streak = 0
      return nil
    }
    if streak == 0 { onset = count - window / 2 }
    streak += pace
    let patience = (cycle?.length ?? 0) / (hasGained ? 50 : 10)
    guard streak >= (hasExploded(level) ? window : max(2 * window, patience)) else { return nil }
    hasFired = true
    return divergence(.rise, level, learningRate, onset: onset)
  }

  /// How the run diverged if a parameter is NaN after the updates that were taken in.
  public func divergenceOfParameters(learningRate: Double) -> Divergence {
    divergence(.parameters, recent.last ?? .nan, learningRate, onset: count)
  }

  private var cycle: RunCycle? { index < cycles.count ? cycles[index] : cycles.last }

  private mutating func enterCycle() {
    while index + 1 < cycles.count, count > cycles[index].end {
      index += 1
      previous = current
      current = [Double](repeating: -.infinity, count: Self.phases)
    }
  }

  /// Keeps what a later level is compared with.
  private mutating func note(_ level: Double, _ window: Int, measuresNoise: Bool) {
    if start == nil {
      start = median(of: recent.prefix(5))
      best = start ?? level
      // Of so few losses it may come out far too small.
      noise = 3 * levelNoise(recent[...])
    }
    best = min(best, level)
    current[phase] = max(current[phase], level)
    // In trouble it grows. Where cycles are short so are calm times, and only a window of them shows how
    // small it is.
    guard measuresNoise else { return }
    if let cycle, cycle.length <= Self.noiseReach {
      noise = min(noise, 4 * levelNoise(recent.suffix(window)))
    }
    if recent.count >= 40 { noise = min(noise, levelNoise(recent.suffix(Self.noiseReach))) }
  }

  private var phase: Int {
    guard let cycle else { return 0 }
    return min(Self.phases - 1, (count - 1 - cycle.start) * Self.phases / max(1, cycle.length))
  }

  private func hasExploded(_ level: Double) -> Bool {
    guard let first, let start else { return false }
    // A single loss may be small at random, and the first five large by divergence.
    let begun = baselineLoss == nil ? max(first, start) : first
    let scale = baselineLoss.map { max(abs(first), $0) } ?? max(abs(first), abs(start))
    return scale > 0 && level > begun + 10 * scale
  }

  private var hasGained: Bool { (start ?? best) - best > 4 * noise }

  private func isLost(_ level: Double, _ window: Int) -> Bool {
    guard let start else { return false }
    if hasExploded(level) { return true }
    guard hasGained else { return level > start + max(3 * noise, 1e-12) }
    let gained = start - best
    guard level > best + max(0.8 * gained, 5 * noise) else { return false }
    guard let previous, let cycle else { return true }
    // Short cycles leave phases without a level; the nearest that have one count.
    let reach = 1 + Self.phases * max(1, window / 5) / max(1, cycle.length)
    let around = max(0, phase - reach)...min(Self.phases - 1, phase + reach)
    guard let like = previous[around].max(), like.isFinite else { return true }
    return level > like + 0.2 * gained
  }

  private func divergence(
    _ sign: Divergence.Sign, _ loss: Double, _ learningRate: Double, onset: Int
  ) -> Divergence {
    // The best of many levels is at random a deviation or more below the first losses.
    let isAtBaseline = baselineLoss.map { $0 - best < 2 * noise } ?? false
    return Divergence(
      sign: sign, update: count, learningRate: learningRate, loss: loss, start: start ?? loss,
      best: start == nil ? loss : best, first: first, onset: max(0, onset),
      hadImproved: !isAtBaseline && (start.map { $0 - best > 2 * noise } ?? false),
      isAtBaseline: isAtBaseline)
  }
}
