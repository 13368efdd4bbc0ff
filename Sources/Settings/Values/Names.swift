import Tuning
import Words

/// How numbers are kept between a network's layers.
public enum Precision: String, Sendable, Hashable, SettingChoice {
  /// Single precision throughout.
  case float32
  /// Mixed: half of single precision, with its range.
  case bfloat16
  /// Mixed: half precision, which needs the loss to be scaled.
  case float16

  /// Other systems' names.
  public static var aliases: [String: Precision] {
    ["fp32": .float32, "bf16": .bfloat16, "fp16": .float16]
  }
}

/// The optimizers that a run can name.
public enum OptimizerName: String, Sendable, SettingChoice {
  /// Stochastic gradient descent with momentum.
  case sgd
  /// Adam; weight decay is added to the gradient.
  case adam
  /// Adam with decoupled weight decay.
  case adamw

  /// What the peak of a single cycle usually is: what is taken where a range test shows nothing.
  ///
  /// The loss of a range test breaks away at three times it with SGD, at sixty times it with Adam, of
  /// which the very first updates are as large as the rate.
  ///
  /// - Source: between the 0.1 of He et al. (2016) and the 0.4 of fast CIFAR-10 recipes for SGD with
  ///   momentum; for Adam the middle of the best peaks in `Benchmarks/advice`, 0.005 to 0.02. The
  ///   ratios are the least of those cases. For boxes and masks, whose networks are normalised, by the
  ///   grids of peaks in `Benchmarks/advice/results/boxes-and-masks.md`.
  /// For SGD it is the rate at `defaultPeakMomentum`: a step of 2.
  public func defaultPeak(for task: TaskName) -> DefaultPeak {
    switch (self, task) {
    case (.sgd, _): DefaultPeak(0.3, edgeRatio: 3)
    case (.adam, .classify), (.adamw, .classify): DefaultPeak(0.01, edgeRatio: 60)
    case (.adam, .detect), (.adamw, .detect): DefaultPeak(0.003, edgeRatio: 6)
    case (.adam, .segment), (.adamw, .segment):
      DefaultPeak(0.0015, edgeRatio: 60, curveShare: 0.1)
    }
  }

  /// The momentum of SGD's default peak.
  public static let defaultPeakMomentum = 0.85
}

/// From what the peak of the learning rate follows, where it is not given.
public enum AdviceMode: String, Sendable, Hashable, Codable, SettingChoice {
  /// The prior and the range test, and rehearsals where they pay.
  case auto
  /// The range test alone.
  case rangeTest = "range-test"
  /// The prior, the range test and rehearsals.
  case rehearse
  /// The prior alone, which costs nothing.
  case prior
}

/// What a run does about what its loss curve says.
public enum WatchMode: String, Sendable, SettingChoice {
  /// Nothing is looked at.
  case off
  /// What is found is told.
  case say
  /// A run that has diverged goes back to its last trough, and on with a lower upper bound.
  case act
}

/// What is made of the models at the ends of a run's cycles.
public enum AverageName: String, Sendable, SettingChoice {
  /// The mean of their weights.
  case swa
  /// An ensemble, which answers by the mean of their answers.
  case snapshots
}
