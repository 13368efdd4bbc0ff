/// Something that a run's loss curve says about its learning rate, its length or its data.
public struct CurveFinding: Sendable, Hashable, Codable {
  /// What was seen, in numbers.
  public enum Fact: Sendable, Hashable, Codable {
    /// The loss is NaN, or the run has lost its progress.
    case diverged(Divergence)
    /// On the way up a cycle the loss rises out of proportion to the progress so far.
    case swingsTooWide(Swing)
    /// Single losses stand far out, and they do so near the peaks.
    case spikesNearPeak(Spikes)
    /// The loss falls as if the peak were not there.
    case noRiseAtPeak(NoRiseAtPeak)
    /// The troughs of the last cycles are no better than those before.
    case troughsStoppedImproving(Stall)
    /// The validation loss rises while the training loss falls.
    case validationRises(ValidationRise)
    /// Nearly all training images are right, and far fewer of those that it was not trained on.
    case overfits(GeneralizationGap)
    /// The run is over, and its loss is that of a constant prediction.
    case learnedNothing(NoProgress)
  }

  /// The kinds of facts.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case diverged, swingsTooWide, spikesNearPeak, noRiseAtPeak, troughsStoppedImproving
    case validationRises, overfits, learnedNothing
  }

  /// What was seen.
  public let fact: Fact
  /// What to do about it.
  public var change: SuggestedChange
  /// SGD's momentum at the run's peak, with which a suggested rate is a step; nil for Adam, and where it is
  /// not known.
  public var momentum: Double?
  /// The name of the run's schedule, with which a comparison is suggested; nil where it is not known.
  public var schedule: String?

  /// Creates a finding.
  public init(_ fact: Fact, change: SuggestedChange) {
    self.fact = fact
    self.change = change
  }

  /// The kind of the fact.
  public var kind: Kind {
    switch fact {
    case .diverged: .diverged
    case .swingsTooWide: .swingsTooWide
    case .spikesNearPeak: .spikesNearPeak
    case .noRiseAtPeak: .noRiseAtPeak
    case .troughsStoppedImproving: .troughsStoppedImproving
    case .validationRises: .validationRises
    case .overfits: .overfits
    case .learnedNothing: .learnedNothing
    }
  }

  /// The update at which it shows.
  public var update: Int {
    switch fact {
    case .diverged(let divergence): divergence.update
    case .swingsTooWide(let swing): swing.update
    case .spikesNearPeak(let spikes): spikes.firstUpdate
    case .noRiseAtPeak(let noRise): noRise.update
    case .troughsStoppedImproving(let stall): stall.update
    case .validationRises(let rise): rise.update
    case .overfits(let gap): gap.update
    case .learnedNothing(let progress): progress.update
    }
  }
}

/// What a finding suggests.
public enum SuggestedChange: Sendable, Hashable, Codable {
  /// A lower upper bound of the learning rate.
  case lowerUpperBound(to: Double)
  /// A higher upper bound of the learning rate; the lower one is the run's.
  case raiseUpperBound(from: Double, to: Double)
  /// To end the run at the trough that it has come to.
  case stop(atTrough: Int)
  /// To train for so many updates only, which are so many whole cycles.
  case shorten(to: Int, cycles: Int)
  /// To hold the model back more; by any of these, of which there may be none that is known.
  case regularize([Regularizer])
  /// To look at the images and their labels, or to train longer, where the learning rate is not the reason.
  case inspectData
}

/// A setting that regularizes a model.
public enum Regularizer: Sendable, Hashable, Codable {
  /// A higher upper bound of the learning rate.
  case upperBound(from: Double, to: Double)
  /// A larger weight decay.
  case weightDecay(from: Double, to: Double)
  /// Shifts of training images by more pixels.
  case cropPadding(from: Int, to: Int)
  /// Mirrored training images.
  case flip
}

// MARK: The facts

/// How a run diverged.
public struct Divergence: Sendable, Hashable, Codable {
  /// What is wrong.
  public enum Sign: Sendable, Hashable, Codable {
    /// The loss rose, and stayed.
    case rise
    /// The loss is NaN, or infinite.
    case loss
    /// A parameter is NaN, or infinite.
    case parameters
  }

  /// What is wrong.
  public var sign: Sign
  /// The update at which it was certain.
  public var update: Int
  /// The rate of that update; where the loss became NaN, of the one before it, which caused it.
  public var learningRate: Double
  /// The level of the loss then, or the loss that is NaN.
  public var loss: Double
  /// The level at which the run began.
  public var start: Double
  /// The lowest level before.
  public var best: Double
  /// The first loss, which levels may be far above from the beginning; nil in older records.
  public var first: Double?
  /// The update after which the loss left its level; the same as `update` if it was not a rise.
  public var onset: Int
  /// Whether there was progress before, beyond noise.
  public var hadImproved: Bool
  /// Whether the lowest level is known to be no better than a constant prediction.
  public var isAtBaseline: Bool

  /// What had been gained since the start.
  public var gained: Double { start - best }
}

/// How little a run has learned.
public struct NoProgress: Sendable, Hashable, Codable {
  /// The run's last update.
  public var update: Int
  /// The level of the training loss there.
  public var loss: Double
  /// The loss of the best constant prediction.
  public var baselineLoss: Double
}

/// How far the loss rises on the way up.
public struct Swing: Sendable, Hashable, Codable {
  /// The cycle, from 1.
  public var cycle: Int
  /// The level from which it rises.
  public var low: Double
  /// The level that it reaches.
  public var high: Double
  /// The update at which it is highest.
  public var update: Int
  /// What had been gained by the cycle's end, since the start of the run.
  public var gained: Double
  /// The level at the same phase of the cycle before, if there is one.
  public var likePhase: Double?
}

/// Losses that stand out near the peaks.
public struct Spikes: Sendable, Hashable, Codable {
  /// How many there are near the peaks.
  public var count: Int
  /// How many there are elsewhere.
  public var elsewhere: Int
  /// The update of the first.
  public var firstUpdate: Int
  /// The lowest rate of those near the peaks.
  public var lowestRate: Double
  /// How high they are in the middle, in standard deviations of the batches' noise.
  public var height: Double
}

/// A peak that leaves no trace in the loss.
public struct NoRiseAtPeak: Sendable, Hashable, Codable {
  /// The cycles that were looked at.
  public var cycles: Int
  /// The upper bound.
  public var peak: Double
  /// What the loss rose by, from the trough before a peak to the peak, all cycles together; of a single
  /// cycle, by how much it fell in the half of it around the peak.
  public var aroundPeak: Double
  /// What it fell by from trough to trough, all cycles together; of a single cycle, in its last part.
  public var elsewhere: Double
  /// The end of the last cycle that was looked at.
  public var update: Int
}

/// Troughs that do not get better.
public struct Stall: Sendable, Hashable, Codable {
  /// The cycle, from 1, with the best trough before the last ones.
  public var bestCycle: Int
  /// The loss at that trough.
  public var best: Double
  /// The best loss of the troughs after it.
  public var since: Double
  /// Whether these are losses of evaluations; else of training.
  public var isEvaluation: Bool
  /// Cycles since then.
  public var cycles: Int
  /// The last trough.
  public var update: Int
}

/// A validation loss that rises while the training loss falls.
public struct ValidationRise: Sendable, Hashable, Codable {
  /// The update with the lowest evaluation loss.
  public var bestUpdate: Int
  /// The lowest evaluation loss.
  public var best: Double
  /// The last evaluation's update.
  public var update: Int
  /// The last evaluation's loss.
  public var last: Double
  /// The level of the training loss at the best evaluation.
  public var trainingThen: Double
  /// The level of the training loss at the last evaluation.
  public var trainingNow: Double
}
