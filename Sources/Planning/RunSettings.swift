import Runs

/// What a run was asked to do: by flags, by a configuration file, and by Rondo where both are silent.
///
/// One type serves all three. Flags and file leave nil what they do not mention; `filled(from:)`
/// lays one over the other; the resolved settings, with nothing left open, are what `config.yaml`
/// holds, so that a run can be repeated from its own folder. The keys are the flags without dashes.
public struct RunSettings: Sendable, Hashable, Codable {
  /// A known data set's name, or a path.
  public var data: String?
  /// Width and height that images are brought to, in pixels.
  public var imageSize: Int?
  /// Which labels of CIFAR-100: `fine` or `coarse`.
  public var labels: String?
  /// Whether to go on where more than one image in a hundred is broken.
  public var allowBroken: Bool?
  /// Whether links in an image folder may lead out of it.
  public var allowLinks: Bool?
  /// The share of the training images that is held out to choose by, or `none`.
  public var validation: String?
  /// `classify`, `segment` or `detect`.
  public var task: String?
  /// Width and height of the crops that a segmentation learns from, in pixels.
  public var cropSize: Int?
  /// The parts of a segmentation's loss: `cross-entropy+dice`.
  public var loss: String?
  /// Whether rare classes count more in a segmentation's loss.
  public var classWeights: Bool?
  /// Whether pixels between instances count more in a segmentation's loss.
  public var borderWeights: Bool?
  /// The model's name.
  public var model: String?
  /// The probability of the model's dropout, where it has one.
  public var dropout: Double?
  /// The probability that training passes the last residual block by, where there are such.
  public var stochasticDepth: Double?
  /// A file of weights to begin with.
  public var weights: String?
  /// Beginnings of the names of parameters that are not learned, or `backbone`.
  public var freeze: String?
  /// After how much training they are learned too.
  public var unfreezeAt: String?

  /// The budget in passes over the training data; may be fractional.
  public var epochs: Double?
  /// The budget in updates; wins over `epochs`.
  public var steps: Int?
  /// The budget in minutes, range test included; it wins over `epochs`, and `steps` over it.
  public var minutes: Double?
  /// The minutes that a budget in epochs may take at most, range test included.
  public var maxMinutes: Double?
  /// Images in a batch.
  public var batchSize: Int?
  /// Batches in an update, whose mean gradient it is made by.
  public var accumulate: Int?

  /// A schedule's name; see `ScheduleEntry.catalog`.
  public var schedule: String?
  /// A rise from 0 before the schedule: updates, epochs, samples or a part of the run, as `stepSize`.
  public var warmup: String?
  /// The lower bound of the learning rate.
  public var baseLR: Double?
  /// The upper bound of the learning rate.
  public var maxLR: Double?
  /// Half a cycle: updates (`2000`), epochs (`4ep`), samples (`51200sa`) or a part of the run (`30%`).
  public var stepSize: String?
  /// By what each cycle of cosine-restarts is longer than the last.
  public var tMult: Double?
  /// The decay of exp_range, an update.
  public var gamma: Double?
  /// One-cycle's shape from the peak down: `linear` or `cos`.
  public var anneal: String?
  /// By how much one-cycle ends below its start.
  public var finalDivFactor: Double?
  /// The momentum (or Adam's beta1) while the learning rate is at its peak.
  public var baseMomentum: Double?
  /// The momentum (or Adam's beta1) while the learning rate is at its lowest.
  public var maxMomentum: Double?

  /// `sgd`, `adam` or `adamw`.
  public var optimizer: String?
  /// Whether SGD's momentum is Nesterov's.
  public var nesterov: Bool?
  /// The weight decay.
  public var weightDecay: Double?
  /// What the joint norm of all gradients is brought down to where it is larger.
  public var clipNorm: Double?
  /// Parameters that learn at rates of their own.
  public var groups: [GroupRule]?
  /// The probability spread evenly over the classes in the target.
  public var labelSmoothing: Double?
  /// By how many pixels an image may be shifted in training; 0 for none.
  public var cropPadding: Int?
  /// Whether training mirrors half of the images.
  public var flip: Bool?
  /// Whether training turns images and mirrors them top to bottom: for what has no up.
  public var turn: Bool?
  /// The least and the most share of an image's area that is learned from: `0.08,1`.
  public var cropScale: String?
  /// The least and the most scale of a training image with boxes or masks: `0.75,1.5`.
  public var scaleJitter: String?
  /// By how many degrees at most a training image with a mask is turned, either way.
  public var rotation: Double?
  /// By how many pixels a training image with a mask is bent, as a standard deviation; 0 for none.
  public var elastic: Double?
  /// The share of training images with boxes that are put together of four.
  public var mosaic: Double?
  /// By how much brightness, contrast, saturation and hue are changed in training: `0.4,0.4,0.4,0.1`.
  public var colorJitter: String?
  /// RandAugment's number of operations and their magnitude: `2,9`.
  public var randAugment: String?
  /// The side in pixels of a square that training paints over; 0 for none.
  public var cutout: Int?
  /// The parameter of the Beta distribution by which two images are blended; 0 for none of it.
  public var mixup: Double?
  /// The parameter of the Beta distribution by which one image is pasted into another; 0 for none of it.
  public var cutmix: Double?

  /// Whether batch norms stay as they begin: for batches of few images, with weights from a file.
  public var frozenNorm: Bool?
  /// The decay of a moving average of the weights, which is judged in their place.
  public var ema: Double?
  /// What is made of the models at the cycles' ends: `swa`, their mean, or `snapshots`, an ensemble.
  public var average: String?
  /// Cycles without a better score after which the run stops.
  public var patience: Int?
  /// The metric that patience waits for; the task's first, or else the loss, where it is left out.
  public var patienceOn: String?
  /// Whether a model's answer is the mean of those to an image and its mirror image.
  public var testFlip: Bool?

  /// Updates of the range test; 0 for none (then the rates must be given).
  public var rangeTestSteps: Int?
  /// The lowest rate of the range test.
  public var rangeTestMinLR: Double?
  /// The highest rate of the range test.
  public var rangeTestMaxLR: Double?
  /// How the range test's rate rises: `exponential` or `linear`.
  public var rangeTestShape: String?
  /// What the range test's curve is made of: `train`, `validation`, or a metric of the task's.
  public var rangeTestOn: String?
  /// Names the run's order, augmentation and initialization.
  public var seed: UInt64?
  /// `cpu`, `cuda`, `cuda:1`, `mps`, or `auto`.
  public var device: String?
  /// `float32`, or mixed: `bfloat16` or `float16`.
  public var precision: String?
  /// Compute threads; part of what makes a run the same run, so it is kept on resume.
  public var threads: Int?
  /// A checkpoint is written every so many updates, and at the end of each cycle.
  public var checkpointEvery: Int?
  /// The model is judged after every so many epochs, at the end of each cycle, and at the run's end.
  public var evaluateEvery: Int?
  /// What is done about what the loss curve says: `off`, `say` or `act`.
  public var watch: String?
  /// Whether the run is written down for TensorBoard; it is where this is left out.
  public var tensorboard: Bool?

  /// The keys as they stand in a configuration file.
  public enum CodingKeys: String, CodingKey, CaseIterable {
    case data, task, model, epochs, steps, minutes, accumulate, schedule, warmup, gamma, anneal,
      optimizer
    case nesterov, groups, flip, seed, device, threads, precision, labels, watch, tensorboard
    case validation
    case dropout, weights, freeze, loss
    case cropSize = "crop-size"
    case classWeights = "class-weights"
    case borderWeights = "border-weights"
    case stochasticDepth = "stochastic-depth"
    case unfreezeAt = "unfreeze-at"
    case turn, rotation, elastic, mosaic, cutout, mixup, cutmix, ema, average, patience
    case patienceOn = "patience-on"
    case imageSize = "image-size"
    case allowBroken = "allow-broken"
    case allowLinks = "allow-links"
    case maxMinutes = "max-minutes"
    case batchSize = "batch-size"
    case baseLR = "base-lr"
    case maxLR = "max-lr"
    case stepSize = "step-size"
    case tMult = "t-mult"
    case finalDivFactor = "final-div-factor"
    case baseMomentum = "base-momentum"
    case maxMomentum = "max-momentum"
    case weightDecay = "weight-decay"
    case clipNorm = "clip-norm"
    case labelSmoothing = "label-smoothing"
    case cropPadding = "crop-padding"
    case cropScale = "crop-scale"
    case scaleJitter = "scale-jitter"
    case colorJitter = "color-jitter"
    case randAugment = "rand-augment"
    case frozenNorm = "frozen-norm"
    case testFlip = "test-flip"
    case rangeTestSteps = "range-test-steps"
    case rangeTestMinLR = "range-test-min-lr"
    case rangeTestMaxLR = "range-test-max-lr"
    case rangeTestShape = "range-test-shape"
    case rangeTestOn = "range-test-on"
    case checkpointEvery = "checkpoint-every"
    case evaluateEvery = "evaluate-every"
  }

  /// Creates settings that leave everything open.
  public init() {}

  /// Returns these settings, with what they leave open taken from others.
  public func filled(from other: RunSettings) -> RunSettings {
    var filled = self
    func fill<Value>(_ path: WritableKeyPath<RunSettings, Value?>) {
      if filled[keyPath: path] == nil { filled[keyPath: path] = other[keyPath: path] }
    }
    fill(\.data)
    fill(\.imageSize)
    fill(\.labels)
    fill(\.allowBroken)
    fill(\.allowLinks)
    fill(\.validation)
    fill(\.task)
    fill(\.cropSize)
    fill(\.loss)
    fill(\.classWeights)
    fill(\.borderWeights)
    fill(\.model)
    fill(\.dropout)
    fill(\.stochasticDepth)
    fill(\.weights)
    fill(\.freeze)
    fill(\.unfreezeAt)
    // Epochs, steps and minutes are one budget said in three ways: whoever says one says all.
    if epochs == nil, steps == nil, minutes == nil {
      filled.epochs = other.epochs
      filled.steps = other.steps
      filled.minutes = other.minutes
      fill(\.maxMinutes)
    }
    fill(\.batchSize)
    fill(\.accumulate)
    fill(\.schedule)
    fill(\.warmup)
    fill(\.baseLR)
    fill(\.maxLR)
    fill(\.stepSize)
    fill(\.tMult)
    fill(\.gamma)
    fill(\.anneal)
    fill(\.finalDivFactor)
    fill(\.baseMomentum)
    fill(\.maxMomentum)
    fill(\.optimizer)
    fill(\.nesterov)
    fill(\.weightDecay)
    fill(\.clipNorm)
    fill(\.groups)
    fill(\.labelSmoothing)
    fill(\.cropPadding)
    fill(\.flip)
    fill(\.turn)
    fill(\.frozenNorm)
    fill(\.cropScale)
    fill(\.scaleJitter)
    fill(\.rotation)
    fill(\.elastic)
    fill(\.mosaic)
    fill(\.colorJitter)
    fill(\.randAugment)
    fill(\.cutout)
    fill(\.mixup)
    fill(\.cutmix)
    fill(\.ema)
    fill(\.average)
    fill(\.patience)
    fill(\.patienceOn)
    fill(\.testFlip)
    fill(\.rangeTestSteps)
    fill(\.rangeTestMinLR)
    fill(\.rangeTestMaxLR)
    fill(\.rangeTestShape)
    fill(\.rangeTestOn)
    fill(\.seed)
    fill(\.device)
    fill(\.threads)
    fill(\.precision)
    fill(\.checkpointEvery)
    fill(\.evaluateEvery)
    fill(\.watch)
    fill(\.tensorboard)
    return filled
  }

  /// Reads settings from a YAML file.
  ///
  /// - Throws: `RunError` naming the file, the line and the nearest known key.
  public static func read(from path: String) throws -> RunSettings {
    try ConfigurationFile.read(path, as: Self.self, keys: CodingKeys.allCases.map(\.rawValue))
      .spelled()
  }
}
