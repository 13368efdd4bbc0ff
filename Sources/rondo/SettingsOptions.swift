import ArgumentParser
import Planning
import Schedules

/// The flags that describe a run; each is also a key of the configuration file.
struct SettingsOptions: ParsableArguments {
  @Option(name: .customLong("config"), help: "A YAML file of settings; flags win over it.")
  var configurationFile: String?

  @Option(
    help: "A folder, shapes, or what 'rondo data fetch' has. Default: fashion-mnist, else shapes.")
  var data: String?
  @Option(help: "Width and height that images are brought to, in pixels.")
  var imageSize: Int?
  @Option(help: "CIFAR-100's labels: fine or coarse.")
  var labels: String?
  @Flag(inversion: .prefixedNo, help: "Go on where more than 1 % of the images are broken.")
  var allowBroken: Bool?
  @Flag(inversion: .prefixedNo, help: "Follow links that lead out of an image folder.")
  var allowLinks: Bool?
  @Option(
    help:
      "The share of the training images to choose by (0.1), or none; a tenth where something chooses."
  )
  var validation: String?
  @Option(help: "classify, segment or detect; by default what the data is for.")
  var task: String?
  @Option(help: "Segmentation: width and height of the crops that are learned from.")
  var cropSize: Int?
  @Option(help: "Segmentation: cross-entropy, focal, dice, or a sum: cross-entropy+dice.")
  var loss: String?
  @Flag(inversion: .prefixedNo, help: "Segmentation: let rare classes count more.")
  var classWeights: Bool?
  @Flag(inversion: .prefixedNo, help: "Segmentation: let pixels between instances count more.")
  var borderWeights: Bool?
  @Option(help: "The model's name; 'rondo doctor' lists them.")
  var model: String?
  @Option(help: "The probability of the model's dropout, where it has one.")
  var dropout: Double?
  @Option(help: "How often training passes the last residual block by, and the others less.")
  var stochasticDepth: Double?
  @Option(help: "A safetensors file of weights to begin with, named as torchvision's.")
  var weights: String?
  @Option(
    help: "Parts that are not learned: beginnings of their names, PREFIX[,PREFIX...], or backbone.")
  var freeze: String?
  @Option(help: "When they are learned too: 2000 (updates), 4ep, 51200sa or 30% (of the run).")
  var unfreezeAt: String?

  @Option(help: "The budget in passes over the data.")
  var epochs: Double?
  @Option(help: "The budget in updates; wins over --epochs.")
  var steps: Int?
  @Option(help: "The budget in minutes, range test included; what they hold is measured.")
  var minutes: Double?
  @Option(
    help:
      "The most minutes that a budget in epochs may take; 5 where neither budget nor folder is given."
  )
  var maxMinutes: Double?
  @Option(help: "Images in a batch.")
  var batchSize: Int?
  @Option(help: "Batches in an update, whose mean gradient it is made by; 1 by default.")
  var accumulate: Int?

  @Option(
    help: ArgumentHelp(
      "\(ScheduleEntry.catalog.names.joined(separator: ", ")); 'rondo schedule --help' says more."))
  var schedule: String?
  @Option(
    help: "A rise from 0 before the schedule: 2000 (updates), 4ep, 51200sa or 5% (of the run).")
  var warmup: String?
  @Option(name: .customLong("base-lr"), help: "The lower bound; found by the range test if absent.")
  var baseLR: Double?
  @Option(name: .customLong("max-lr"), help: "The upper bound; found by the range test if absent.")
  var maxLR: Double?
  @Option(help: "Half a cycle: 2000 (updates), 4ep, 51200sa or 30% (of the run).")
  var stepSize: String?
  @Option(help: "By what each cycle of cosine-restarts is longer than the last; 1 by default.")
  var tMult: Double?
  @Option(help: "The decay of exp-range, an update.")
  var gamma: Double?
  @Option(help: "one-cycle's shape: linear or cos.")
  var anneal: String?
  @Option(help: "By how much one-cycle ends below its start.")
  var finalDivFactor: Double?
  @Option(help: "Momentum (or beta1) at the peak.")
  var baseMomentum: Double?
  @Option(help: "Momentum (or beta1) at the trough.")
  var maxMomentum: Double?

  @Option(help: "sgd, adam or adamw.")
  var optimizer: String?
  @Flag(inversion: .prefixedNo, help: "Nesterov's momentum, for sgd.")
  var nesterov: Bool?
  @Option(help: "The weight decay.")
  var weightDecay: Double?
  @Option(help: "What the gradients' joint norm is brought down to where it is larger.")
  var clipNorm: Double?
  @Option(
    name: .customLong("group"),
    help: "Parameters at a rate of their own, NAME=PREFIX[,PREFIX...]:FACTOR; 0 freezes them.")
  var groups: [String] = []
  @Option(help: "Probability spread over all classes in the target.")
  var labelSmoothing: Double?
  @Option(help: "Pixels by which a training image may be shifted.")
  var cropPadding: Int?
  @Flag(inversion: .prefixedNo, help: "Mirror half of the training images.")
  var flip: Bool?
  @Flag(inversion: .prefixedNo, help: "Turn and upend training images: for what has no up.")
  var turn: Bool?
  @Option(help: "Learn from a random part of an image, from LEAST to MOST of its area: 0.08,1.")
  var cropScale: String?
  @Option(help: "Scale training images with boxes or masks, from LEAST to MOST: 0.75,1.5.")
  var scaleJitter: String?
  @Option(help: "Turn training images with masks by up to so many degrees.")
  var rotation: Double?
  @Option(help: "Bend training images with masks by some so many pixels; 0 for none.")
  var elastic: Double?
  @Option(help: "The share of training images with boxes that are put together of four.")
  var mosaic: Double?
  @Option(help: "Change BRIGHTNESS,CONTRAST,SATURATION,HUE of training images: 0.4,0.4,0.4,0.1.")
  var colorJitter: String?
  @Option(help: "RandAugment: so many operations an image, of a magnitude from 0 to 30: 2,9.")
  var randAugment: String?
  @Option(help: "Paint over a square of a training image with sides of so many pixels.")
  var cutout: Int?
  @Option(help: "Blend training images in pairs, by a Beta distribution of this parameter: 0.2.")
  var mixup: Double?
  @Option(help: "Paste training images into one another, by a Beta distribution: 1.")
  var cutmix: Double?

  @Flag(inversion: .prefixedNo, help: "Leave batch norms as the weights have them.")
  var frozenNorm: Bool?
  @Option(help: "Judge a moving average of the weights, which decays by this an update: 0.999.")
  var ema: Double?
  @Option(help: "Judge the models at cycles' ends together: swa (mean weights) or snapshots.")
  var average: String?
  @Option(help: "Stop after so many cycles without a better score.")
  var patience: Int?
  @Option(help: "The metric that --patience waits for: balanced_accuracy, loss.")
  var patienceOn: String?
  @Flag(inversion: .prefixedNo, help: "Judge by the mean answer to an image and its mirror image.")
  var testFlip: Bool?

  @Option(help: "Updates of the range test.")
  var rangeTestSteps: Int?
  @Option(name: .customLong("range-test-min-lr"), help: "Its lowest rate; 0.0001 by default.")
  var rangeTestMinLR: Double?
  @Option(name: .customLong("range-test-max-lr"), help: "Its highest rate; 10 by default.")
  var rangeTestMaxLR: Double?
  @Option(help: "How its rate rises: exponential, or linear as Smith's.")
  var rangeTestShape: String?
  @Option(help: "What it measures: train (the batches' loss), validation, or a metric: accuracy.")
  var rangeTestOn: String?
  @Option(help: "Names order, augmentation and initialization.")
  var seed: UInt64?
  @Option(help: "cpu, cuda, cuda:1, mps or auto, the fastest that is here, which is the default.")
  var device: String?
  @Option(
    help:
      "float32, or mixed: bfloat16, by default where the processor multiplies it; float16 for CUDA."
  )
  var precision: String?
  @Option(help: "Compute threads.")
  var threads: Int?
  @Option(help: "Updates between checkpoints.")
  var checkpointEvery: Int?
  @Option(
    help: "Epochs between evaluations; with --minutes so many that they take a twentieth of it.")
  var evaluateEvery: Int?
  @Option(help: "Loss curve: off, say what it shows, or act: after divergence, back and lower.")
  var watch: String?
  @Flag(inversion: .prefixedNo, help: "Write event files for TensorBoard.")
  var tensorboard: Bool?

  /// What the user typed, flags over file.
  func typed() throws -> RunSettings {
    var flags = RunSettings()
    flags.data = data
    flags.imageSize = imageSize
    flags.labels = labels
    flags.allowBroken = allowBroken
    flags.allowLinks = allowLinks
    flags.validation = validation
    flags.task = task
    flags.cropSize = cropSize
    flags.loss = loss
    flags.classWeights = classWeights
    flags.borderWeights = borderWeights
    flags.model = model
    flags.dropout = dropout
    flags.stochasticDepth = stochasticDepth
    flags.weights = weights
    flags.freeze = freeze
    flags.unfreezeAt = unfreezeAt
    flags.epochs = epochs
    flags.steps = steps
    flags.minutes = minutes
    flags.maxMinutes = maxMinutes
    flags.batchSize = batchSize
    flags.accumulate = accumulate
    flags.schedule = schedule
    flags.warmup = warmup
    flags.baseLR = baseLR
    flags.maxLR = maxLR
    flags.stepSize = stepSize
    flags.tMult = tMult
    flags.gamma = gamma
    flags.anneal = anneal
    flags.finalDivFactor = finalDivFactor
    flags.baseMomentum = baseMomentum
    flags.maxMomentum = maxMomentum
    flags.optimizer = optimizer
    flags.nesterov = nesterov
    flags.weightDecay = weightDecay
    flags.clipNorm = clipNorm
    flags.groups = try RunSettings.groups(from: groups)
    flags.labelSmoothing = labelSmoothing
    flags.cropPadding = cropPadding
    flags.flip = flip
    flags.turn = turn
    flags.frozenNorm = frozenNorm
    flags.cropScale = cropScale
    flags.scaleJitter = scaleJitter
    flags.rotation = rotation
    flags.elastic = elastic
    flags.mosaic = mosaic
    flags.colorJitter = colorJitter
    flags.randAugment = randAugment
    flags.cutout = cutout
    flags.mixup = mixup
    flags.cutmix = cutmix
    flags.ema = ema
    flags.average = average
    flags.patience = patience
    flags.patienceOn = patienceOn
    flags.testFlip = testFlip
    flags.rangeTestSteps = rangeTestSteps
    flags.rangeTestMinLR = rangeTestMinLR
    flags.rangeTestMaxLR = rangeTestMaxLR
    flags.rangeTestShape = rangeTestShape
    flags.rangeTestOn = rangeTestOn
    flags.seed = seed
    flags.device = device
    flags.threads = threads
    flags.precision = precision
    flags.checkpointEvery = checkpointEvery
    flags.evaluateEvery = evaluateEvery
    flags.watch = watch
    flags.tensorboard = tensorboard
    guard let configurationFile else { return flags }
    return flags.filled(from: try RunSettings.read(from: configurationFile))
  }
}
