import Foundation
import Numbers
import Runs
import Schedules
import Settings
import Tuning

/// What a run's peak follows from, as it is kept in its folder: a run that is killed during its rehearsals goes
/// on after the last one.
public struct AdviceRecord: Sendable, Hashable, Codable {
  /// The value of `--advice`.
  public let mode: String
  /// The seed of the range test and the rehearsals.
  public let seed: UInt64
  /// The run's settings; nil in older runs.
  private let settings: RunSettings?
  /// What the run is like.
  public let situation: PeakSituation
  /// What the range test found; nil where none was made.
  public let range: LearningRateRange?
  /// What the range test's curve shows by itself; nil where no test was made.
  public let reading: RangeTestReading?
  /// SGD's momentum in the range test; nil for Adam.
  public let momentum: Double?
  /// SGD's momentum at the peak of the run's schedule; nil for Adam.
  public let peakMomentum: Double?
  /// How long the range test was planned to be, or why there was none.
  public let testLength: RangeTestLength?
  /// The seconds of an update in the range test; nil where none was made.
  public let secondsPerUpdate: Double?
  /// The seconds that the range test has taken.
  public let testSeconds: Double
  /// The seconds that rehearsals have taken.
  public var seconds = 0.0
  /// Why no peaks are rehearsed; nil where they are.
  public let obstacle: RehearsalSkipReason?
  /// How peaks are rehearsed; nil where they are not.
  public var design: RehearsalDesign?
  /// The rehearsals that are over.
  public var rehearsals: [Rehearsal] = []
  /// The rehearsals that were too short for the loss to come below the constant-predictor baseline.
  public var tooShort: [Rehearsal] = []
  /// Whether the longer rehearsals were too short as well.
  public var isLateStart = false

  /// Creates the record of a run whose range test is over, and decides whether peaks are rehearsed.
  ///
  /// - Parameter curve: the range test's; nil where none was made.
  public init(
    _ settings: ResolvedSettings, _ situation: PeakSituation, curve: RangeTestCurve?,
    range: LearningRateRange?, testLength: RangeTestLength? = nil, secondsPerUpdate: Double?,
    testSeconds: Double
  ) {
    let mode = settings.rangeTest.advice
    let isSGD = settings.optimizer.name == .sgd
    self.mode = mode.rawValue
    seed = settings.machine.seed
    self.settings = settings.open
    self.situation = situation
    self.range = range
    reading = curve?.reading(defaultPeak: settings.defaultPeak)
    momentum = isSGD ? curve?.momentum ?? settings.momentumOfRangeTest : nil
    peakMomentum = isSGD ? settings.momentumAtPeak : nil
    self.testLength = testLength
    self.secondsPerUpdate = secondsPerUpdate
    self.testSeconds = testSeconds
    var obstacle: RehearsalSkipReason?
    if settings.schedule.maxLR != nil {
      obstacle = .peakGiven
    } else if mode == .rangeTest || mode == .prior {
      obstacle = .notAskedFor
    } else if situation.updates >= Budget.maximumSteps {
      obstacle = .noEnd
    } else if settings.model.cachedFeatures {
      obstacle = .cachedFeatures
    } else {
      let unrehearsed = PeakAdvice(for: situation, reading: Self.steps(reading, momentum))
      switch RehearsalChoice(for: unrehearsed, isAskedFor: mode == .rehearse) {
      case .rehearse(let design): self.design = design
      case .skip(let reason): obstacle = reason
      }
    }
    self.obstacle = obstacle
  }

  /// What is advised by what has been measured so far.
  public var advice: PeakAdvice {
    PeakAdvice(
      for: situation, reading: Self.steps(reading, momentum),
      rehearsals: isLateStart ? [] : rehearsals, length: rehearsals.isEmpty ? nil : design?.length)
  }

  /// Whether it was made for a run of these settings, by those that keep their values while a run is trained.
  public func isMade(for settings: ResolvedSettings, _ situation: PeakSituation) -> Bool {
    guard seed == settings.machine.seed, mode == settings.rangeTest.advice.rawValue, self.situation == situation
    else { return false }
    guard var before = self.settings else { return true }
    var now = settings.open
    // A run that continues without a validation part says so.
    before.data.validation = before.data.validation ?? ValidationShare.none
    now.data.validation = now.data.validation ?? ValidationShare.none
    return now.hasSameMeasurements(as: before)
  }

  /// Whether the peak is an advice: not one that was given, nor that of the range test alone.
  public var isJoined: Bool { obstacle != .peakGiven && mode != AdviceMode.rangeTest.rawValue }

  /// What rehearsals have cost, in updates.
  public var cost: Int { design?.cost(of: tooShort + rehearsals) ?? 0 }

  /// The rates with which the run is to be planned, at the momentum of the range test.
  ///
  /// The range that the test found moves with its peak; where no test was made, the prior's step is the peak.
  public var advisedRange: LearningRateRange {
    guard !isJoined, let range else { return range(atStep: advice.step) }
    return range
  }

  /// The range moved to another peak.
  public func range(atStep step: Double) -> LearningRateRange {
    let peak = rate(ofStep: step, at: momentum)
    guard var moved = range else {
      return LearningRateRange(base: peak / 10, max: peak, curveWeight: 0, momentum: momentum)
    }
    let factor = peak / moved.oneCycleMax
    moved.base *= factor
    moved.max *= factor
    moved.oneCycleMax = peak
    return moved
  }

  /// The rate that makes a step at a momentum; of Adam the step itself.
  public func rate(ofStep step: Double, at momentum: Double?) -> Double {
    momentum.map { step * (1 - $0) } ?? step
  }

  private static func steps(_ reading: RangeTestReading?, _ momentum: Double?) -> RangeTestReading? {
    guard let reading, let momentum else { return reading }
    func step(_ rate: Double) -> Double { Step(rate: rate, momentum: momentum).size }
    return RangeTestReading(
      rate: reading.rate.map(step), edge: reading.edge.map(step), weight: reading.weight)
  }

  // MARK: On disk

  /// Reads the record of a run that has begun its rehearsals; nil where there is none.
  ///
  /// - Throws: `RunError` for a file that is damaged.
  public static func read(from folder: RunFolder) throws -> AdviceRecord? {
    try RecordFile.read(
      folder.advice,
      remedy: "remove it, also if it is of another version, to have the peak found anew"
    ) { $0.isConsistent }
  }

  /// Whether its numbers can be meant.
  private var isConsistent: Bool {
    let counts = [situation.batchSize, situation.images, situation.classes, situation.updates]
    let rates =
      rehearsals.map(\.step) + (range.map { [$0.base, $0.max, $0.oneCycleMax] } ?? [])
      + [reading?.rate, reading?.edge, situation.epochs].compactMap(\.self)
    return counts.allSatisfy((1...1 << 53).contains)
      && rates.allSatisfy { $0 > 0 && $0 < 1e30 }
      && [momentum, peakMomentum].allSatisfy { $0.map((0..<1).contains) ?? true }
      && (rehearsals + tooShort).allSatisfy { (0...1 << 40).contains($0.updates) }
      && (design.map { (1...1 << 40).contains($0.length) && $0.heldOut >= 0 } ?? true)
  }

  /// Writes `advice.json`.
  public func write(to folder: RunFolder) throws {
    try RecordFile.write(self, to: folder.advice)
  }
}
