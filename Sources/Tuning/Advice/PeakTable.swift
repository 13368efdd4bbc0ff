import Foundation

/// Every number from which a peak is advised whatever the task, with where it comes from; `PeakFamily` has the tasks'.
///
/// Steps are SGD's rate divided by 1 minus the momentum, and Adam's rate. Deviations are in octaves: 1 is a
/// factor of 2.
enum PeakTable {
  /// A number, and where it comes from.
  struct Constant {
    let value: Double
    let source: String

    init(_ value: Double, _ source: String) {
      self.value = value
      self.source = source
    }
  }

  private static let guess = "a guess, not measured yet"

  // MARK: The range test

  /// How much a range test's peak counts beside the prior where the curve is clear.
  static let testShare = Constant(
    0.3,
    "the 20 cases of Benchmarks/advice lose 0.2 points in the mean by 0.2 to 0.4, by the test alone 0.6"
  )
  /// The weight from which a range test replaces the family's deviation by its own.
  static let clearWeight = Constant(0.5, "the weight is a half where the fall is twice as clear")
  /// The weight below which the loss had not left the constant-predictor baseline.
  static let lateWeight = Constant(0.2, guess)
  /// The epochs from which SGD in a normalized network needs a high rate as a regularizer.
  static let dataLimitedEpochs = Constant(
    10,
    "horizons.csv: 2,500 images, best at 0.39 after 15 epochs and at 1.6 or more after 61, at 0.28 before"
  )
  /// The octaves by which the best step rises with each doubling of the epochs from there on, with SGD.
  static let dataLimitedPower = Constant(0.8, "the same")
  /// The octaves by which the best step rises with each doubling of the epochs from there on, with Adam.
  static let dataLimitedAdamPower = Constant(
    1.2, "horizons.csv: 2,500 images, best at 0.024 or more after 15 epochs, at 0.005 before")
  /// The most octaves that it rises.
  static let maximumDataLimited = Constant(2, "horizons.csv: the highest peaks that were tried")
  /// The epochs that a run without an end is taken to have.
  static let epochsWithoutEnd = Constant(
    20,
    "open-ended.csv: the peak of 20 epochs loses up to 1.8 points in runs of 5 to 60, that of a short run 3.9, that of a "
      + "long one 4.7")
  /// The deviation of such a run's best step, in octaves, at least.
  static let dataLimitedDeviation = Constant(1.1, "a guess: two networks were measured")

  // MARK: The way to a longer run

  /// The power of the run's length with which the best step falls.
  static func horizonPower(of situation: PeakSituation) -> Double {
    if situation.isPretrained { return pretrainedHorizon.value }
    return situation.optimizer == .adam ? adamHorizon.value : sgdHorizon.value
  }
  static let sgdHorizon = Constant(
    0,
    "horizons.csv, below five epochs: best at 0.27 after 150 updates, 0.22 after 600, 0.45 after 2,400"
  )
  static let adamHorizon = Constant(
    0, "horizons.csv: best at 0.0055 after 150 updates, at 0.0085 after 600")
  static let pretrainedHorizon = Constant(0, guess)
  /// The standard deviation of that power.
  static let horizonDeviation = Constant(0.1, guess)

  // MARK: Rehearsals

  /// The median of how the loss rises with the square of the distance from the best step, as a share of the
  /// best loss, an octave.
  static let curvature = Constant(0.03, guess)
  /// The standard deviation of that curvature's natural logarithm.
  static let curvatureDeviation = Constant(1, guess)
  /// The standard deviation of a rehearsal's loss over seeds, as a share of it.
  static let seedDeviation = Constant(0.015, guess)
  /// The share of its distance from the best loss by which a loss may miss the parabola.
  static let misfit = Constant(0.2, guess)
  /// The octaves between rehearsed peaks: a factor of 3.
  static let spacing = Constant(1.6, "Monte Carlo over the 20 grids of Benchmarks/advice")
  /// The octaves by which the peak stays below the lowest rehearsal that was lost.
  static let lostDistance = Constant(1.6, "the same")
  /// The octaves by which rehearsals may move the peak.
  static let maximumMoved = Constant(2.5, "the same")
  /// How many times the best training loss at half time is a lost rehearsal's.
  static let lostRatio = Constant(1.5, guess)
  /// The share of the constant-predictor baseline above which nothing has been learned.
  static let learnedShare = Constant(0.9, guess)
  /// The share of the run that a rehearsal is long.
  static let lengthShare = Constant(1 / 40, "Monte Carlo over the 20 grids of Benchmarks/advice")
  /// The fewest updates of a rehearsal.
  static let minimumLength = Constant(60, guess)
  /// The fewest updates of a rehearsal whose best peak tells that of a run which passes often over its images.
  static let minimumDataLimitedLength = Constant(
    150,
    "ResNet-11, 10,000 images of CIFAR-10, 2,400 updates: cycles of 60 updates lead to 0.37 and 71.7 %, the prior "
      + "alone to 1.1 and 74.7 %, one seed each; horizons.csv begins at 150")
  /// The rehearsals before any further one.
  static let rehearsals = 3
  /// The most rehearsals beyond an end.
  static let maximumFurther = 2
  /// The largest share of the run that rehearsals take.
  static let maximumShare = Constant(0.12, "Monte Carlo over the 20 grids of Benchmarks/advice")
  /// The largest share of the run that rehearsals take where they are asked for.
  static let maximumAskedShare = Constant(0.3, guess)
  /// The points that a peak an octave from the best loses.
  static let pointsPerSquaredOctave = Constant(0.45, "the 20 grids of Benchmarks/advice")
  /// The points that a run of few epochs loses with each halving, and up to how many epochs.
  static let steepSlope = (
    points: 4.5, epochs: 5.0, source: "ResNet-20 on CIFAR-10: 4.4 at 10 epochs"
  )
  /// The same of a run that is limited by its data, and from how many epochs on.
  static let flatSlope = (points: 1.0, epochs: 15.0, source: "0.7 to 1.1 points in such runs")
  /// How many times its cost a rehearsal's gain has to be.
  static let gainOverCost = Constant(2, guess)
  /// The share of the training images that is held out.
  static let heldOutShare = Constant(0.1, guess)
  /// The most images that are held out.
  static let maximumHeldOut = 5_000
  /// The largest share of the training images that is held out to have so many.
  static let maximumHeldOutShare = Constant(0.25, guess)
  /// The largest share of a rehearsal that its evaluation takes, as long as enough images are held out.
  static let maximumEvaluationShare = Constant(0.25, guess)
  /// What an evaluated image costs of a trained one.
  static let evaluationCost = Constant(1.0 / 3, "forward without backward")
}
