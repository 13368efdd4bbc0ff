import Foundation
import Numbers

/// How a run rehearses: how long, at which peaks, and on how many held-out images.
public struct RehearsalDesign: Sendable, Hashable, Codable {
  /// The updates of each.
  public let length: Int
  /// The steps at their peaks, the lowest first.
  public let steps: [Double]
  /// The training images that are held out meanwhile.
  public let heldOut: Int
  /// What all of them cost if each comes to its end, in updates; further ones cost more.
  public let cost: Int
  /// The most that rehearsals may cost, further ones included, in updates.
  public let mostCost: Int
  /// The highest step that the range test allows, if it shows an edge.
  public let cap: Double?
  /// What an evaluation of the held-out images costs, in updates.
  private let evaluationCost: Double

  /// The share of the constant-predictor baseline above which a model has learned nothing.
  public static var learnedShare: Double { PeakTable.learnedShare.value }

  /// Returns the cost of rehearsals that were made, in updates, an evaluation of the held-out images for
  /// each that came to its end included.
  public func cost(of rehearsals: [Rehearsal]) -> Int {
    let updates = rehearsals.reduce(0) { $0 + $1.updates }
    let evaluations = rehearsals.count { $0.end == .completed }
    return updates + Int(clamping: (Double(evaluations) * evaluationCost).rounded(.up))
  }

  /// Returns the step of a further rehearsal beyond an end, where the best one lies there; nil where none is
  /// wanted, allowed or paid for.
  public func further(after rehearsals: [Rehearsal]) -> Double? {
    guard rehearsals.count < steps.count + PeakTable.maximumFurther, let best = rehearsals.best,
      let lowest = rehearsals.map(\.step).min(), let highest = rehearsals.map(\.step).max(),
      cost(of: rehearsals) + length + Int(clamping: evaluationCost.rounded(.up)) <= mostCost
    else { return nil }
    let factor = exp2(PeakTable.spacing.value)
    if best.step == lowest { return lowest / factor }
    guard best.step == highest else { return nil }
    guard let cap else { return highest * factor }
    // Less than half a spacing away it would tell nothing new.
    return cap > highest * factor.squareRoot() ? min(cap, highest * factor) : nil
  }

  /// Returns the same design with cycles three times as long, for a model that has not begun to learn; nil
  /// where that costs too much.
  public func longer(after rehearsals: [Rehearsal]) -> RehearsalDesign? {
    let longer = RehearsalDesign(
      length: 3 * length, steps: steps, heldOut: heldOut, evaluationCost: evaluationCost,
      mostCost: mostCost, cap: cap)
    return cost(of: rehearsals) + longer.cost <= mostCost ? longer : nil
  }

  init(
    length: Int, steps: [Double], heldOut: Int, evaluationCost: Double, mostCost: Int, cap: Double?
  ) {
    self.length = length
    self.steps = steps
    self.heldOut = heldOut
    self.evaluationCost = evaluationCost
    self.mostCost = mostCost
    self.cap = cap
    cost = Int(clamping: (Double(steps.count) * (Double(length) + evaluationCost)).rounded(.up))
  }
}

/// Why a run does not rehearse its peaks.
public enum RehearsalSkipReason: Error, Sendable, Hashable, Codable {
  /// The run asks for another kind of advice (`--advice`).
  case notAskedFor
  /// The peak was given.
  case peakGiven
  /// The run has too few updates.
  case fewUpdates(updates: Int, least: Int)
  /// The run has no end, of which a rehearsal could be a share.
  case noEnd
  /// The network has no normalization, so that a peak that a short cycle bears may ruin a longer one.
  case notNormalized
  /// The loss had not left the constant-predictor baseline in the range test, and would not in a rehearsal.
  case lateStart
  /// What rehearsals would gain is worth less than the updates that they cost; both in points of the score.
  case smallGain(gain: Double, cost: Double)
  /// The run passes often over its images, which so short a cycle cannot see: its best peak is too low.
  case shortCycles(updates: Int, least: Int)
  /// An update takes more images than are left where some are held out.
  case largeUpdates(images: Int, left: Int)
  /// A linear probe computes the features of its images once, and would have to compute them again.
  case cachedFeatures
  /// There are too few training images to hold enough of them out.
  case fewImages(images: Int, least: Int)
}

/// Whether rehearsals pay: the points that a better peak is expected to gain, against those that their
/// updates would have gained.
public enum RehearsalChoice: Sendable, Hashable {
  /// Rehearsals pay, made by this design.
  case rehearse(RehearsalDesign)
  /// Rehearsals do not pay, for this reason.
  case skip(RehearsalSkipReason)

  /// Decides it.
  ///
  /// - Parameters:
  ///   - advice: what is advised without rehearsals.
  ///   - isAskedFor: whether the user asks for them, so that only what makes them impossible counts.
  public init(for advice: PeakAdvice, isAskedFor: Bool = false) {
    let situation = advice.situation
    let updates = situation.updates
    let length = max(
      Int(clamping: PeakTable.minimumLength.value),
      Int(clamping: (PeakTable.lengthShare.value * Double(updates)).rounded(.down)))
    let heldOut = Self.heldOut(of: situation, beside: length)
    let evaluation =
      PeakTable.evaluationCost.value * Double(heldOut) / Double(situation.batchSize)
    let share = isAskedFor ? PeakTable.maximumAskedShare.value : PeakTable.maximumShare.value
    let cap = PeakAdvice.cap(for: situation, advice.reading, advice.prior)
    let design = RehearsalDesign(
      length: length, steps: Self.steps(about: advice.before, below: cap), heldOut: heldOut,
      evaluationCost: evaluation, mostCost: Int(clamping: (share * Double(updates)).rounded(.down)),
      cap: cap)
    if let obstacle = Self.obstacle(design, advice, isAskedFor) {
      self = .skip(obstacle)
    } else {
      self = .rehearse(design)
    }
  }

  private static func obstacle(
    _ design: RehearsalDesign, _ advice: PeakAdvice, _ isAskedFor: Bool
  ) -> RehearsalSkipReason? {
    let situation = advice.situation
    let updates = situation.updates
    let minimumImages = Int(
      clamping: (Double(situation.task.minimumHeldOut)
        / PeakTable.maximumHeldOutShare.value)
        .rounded(.up))
    let perRehearsal = Double(design.cost) / Double(PeakTable.rehearsals)
    let minimumPossible = Int(
      clamping: (Double(PeakTable.rehearsals) * perRehearsal / PeakTable.maximumAskedShare.value)
        .rounded(.up))
    let possible = RehearsalSkipReason.fewUpdates(updates: updates, least: minimumPossible)
    // Of each class some are held out, which may be one more.
    let left = situation.images - design.heldOut - situation.classes
    if situation.images >= minimumImages, situation.batchSize > left {
      return .largeUpdates(images: situation.batchSize, left: max(0, left))
    }
    guard !isAskedFor else {
      if situation.images < minimumImages {
        return .fewImages(images: situation.images, least: minimumImages)
      }
      return design.cost > design.mostCost ? possible : nil
    }
    let least = situation.task.minimumUpdates
    if updates < least { return .fewUpdates(updates: updates, least: least) }
    let minimumLength = Int(clamping: PeakTable.minimumDataLimitedLength.value)
    if situation.isDataLimited, design.length < minimumLength {
      return .shortCycles(updates: design.length, least: minimumLength)
    }
    if !situation.isNormalized { return .notNormalized }
    if let reading = advice.reading, reading.weight < PeakTable.lateWeight.value {
      return .lateStart
    }
    if situation.images < minimumImages {
      return .fewImages(images: situation.images, least: minimumImages)
    }
    let spread = advice.before.deviation
    let gain = PeakTable.pointsPerSquaredOctave.value * spread * spread
    let share = min(0.99, Double(design.cost) / Double(updates))
    let cost = slope(of: situation) * log2(1 / (1 - share))
    return gain < PeakTable.gainOverCost.value * cost ? .smallGain(gain: gain, cost: cost) : nil
  }

  /// The points that a run loses with each halving of its length, by its epochs.
  static func slope(of situation: PeakSituation) -> Double {
    let (steep, flat) = (PeakTable.steepSlope, PeakTable.flatSlope)
    let part =
      log(max(situation.epochs, 1e-9) / steep.epochs) / log(flat.epochs / steep.epochs)
    return steep.points + min(1, max(0, part)) * (flat.points - steep.points)
  }

  /// A tenth of the training images, or fewer where their evaluation would take too much beside so many
  /// updates.
  private static func heldOut(of situation: PeakSituation, beside length: Int) -> Int {
    let share = PeakTable.heldOutShare.value * Double(situation.images)
    let paid =
      PeakTable.maximumEvaluationShare.value / PeakTable.evaluationCost.value * Double(length)
      * Double(situation.batchSize)
    let wanted = min(Int(clamping: min(share, paid).rounded()), PeakTable.maximumHeldOut)
    return max(wanted, situation.task.minimumHeldOut)
  }

  /// Three peaks about the believed one, of which the highest stays below what the range test allows.
  private static func steps(about belief: PeakEstimate, below cap: Double?) -> [Double] {
    let spacing = PeakTable.spacing.value
    let highest = min(belief.center + spacing, cap.map { log2($0) } ?? .infinity)
    // Where the cap cuts the highest off, all of them move down, so that they stay apart.
    return (0..<PeakTable.rehearsals).reversed().map { exp2(highest - Double($0) * spacing) }
  }
}
