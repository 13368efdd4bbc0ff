import Datasets
import Formatting
import Metrics
import Tuning

/// A task: what a model predicts, and all that follows from it without data, network or tensors.
///
///     TaskDescription.detect.primaryMetric.name    // "ap"
///     TaskDescription(spelled: "Detection")        // .detect
///
/// A task is a value in a file beside this one, and one line in `allCases`. Settings that concern some tasks only
/// name them in their declarations.
public struct TaskDescription: SettingChoice {
  /// All tasks, in the order of `--help`.
  public static let allCases: [TaskDescription] = [.classify, .segment, .detect]

  /// The name in files and flags.
  public let rawValue: String
  /// Other systems' name.
  let alias: String
  /// The metrics of an evaluation, the primary one first.
  public let metrics: [MetricDescription]
  /// The peak of a single cycle with Adam and AdamW where a range test finds none.
  let adaptivePeak: DefaultPeak
  /// What is known of its best peaks before anything is measured.
  public let peakFamily: PeakFamily
  /// The most updates of a range test where the user names none.
  let rangeTestSteps: Int
  /// The part of a model that pretrained weights fill, as `--freeze` takes it: all but what is new with them.
  public let pretrainedPart: FreezeRule
  /// Whether pretrained weights fill an encoder, on which further layers stand; else all but the last layer.
  public let hasEncoder: Bool
  /// What a model of the task does, for its card: `classifies images`.
  public let purpose: String
  /// Hugging Face's name of the task.
  public let pipelineTag: String
  /// Whether data that nobody names a task for are the task's.
  private let recognizes: @Sendable (DataSource) -> Bool
  /// Reads data as the task's, and reports what is in them.
  private let makeReport: @Sendable (DataSource, DataOptions) throws -> DataReport
  /// Fills in the task's own part of its recipe.
  private let addRecipe: @Sendable (inout RunSettings) -> Void

  /// Describes a task.
  init(
    _ name: String, alias: String, purpose: String, pipelineTag: String,
    metrics: [MetricDescription], adaptivePeak: DefaultPeak, peakFamily: PeakFamily,
    rangeTestSteps: Int = RangeTestSweep().steps,
    pretrainedPart: FreezeRule = FreezeRule(FreezeRule.backbone), hasEncoder: Bool = true,
    recognizes: @escaping @Sendable (DataSource) -> Bool,
    report: @escaping @Sendable (DataSource, DataOptions) throws -> DataReport,
    recipe: @escaping @Sendable (inout RunSettings) -> Void
  ) {
    rawValue = name
    self.alias = alias
    self.purpose = purpose
    self.pipelineTag = pipelineTag
    self.metrics = metrics
    self.adaptivePeak = adaptivePeak
    self.peakFamily = peakFamily
    self.rangeTestSteps = rangeTestSteps
    self.pretrainedPart = pretrainedPart
    self.hasEncoder = hasEncoder
    self.recognizes = recognizes
    makeReport = report
    addRecipe = recipe
  }

  /// Finds a task by its name.
  public init?(rawValue: String) {
    guard let task = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = task
  }

  /// The task that data are for where none is named: the first that recognizes them, or else the first of all.
  public init(recognizing source: DataSource) {
    self = Self.allCases.first { $0.recognizes(source) } ?? .classify
  }

  /// Reads data as the task's, decodes each of their images once, and checks them.
  ///
  /// - Parameter options: how the data are read; broken images are counted, however many they are.
  /// - Throws: `DataError`, `LayoutError`, `AnnotationError`, `MaskError` for what cannot be read as data of the task.
  public func report(
    of source: DataSource, options: DataOptions = DataOptions()
  ) throws -> DataReport {
    var options = options
    options.allowsBroken = true
    var report = try makeReport(source, options)
    report.task = rawValue
    return report
  }

  /// Names that other systems use.
  public static var aliases: [String: TaskDescription] {
    Dictionary(uniqueKeysWithValues: allCases.map { ($0.alias, $0) })
  }

  /// The metric by which a run is known.
  public var primaryMetric: MetricDescription { metrics[0] }

  /// The settings of a run of the task where the user gives none.
  ///
  /// What depends on the data is added when the data are read.
  public var recipe: RunSettings {
    var recipe = RunSettings()
    recipe.data.task = self
    recipe.setDefaults(of: "base-momentum", "max-momentum", "seed", "device", "watch")
    recipe.augmentation.flip = true
    addRecipe(&recipe)
    return recipe
  }

  /// Whether two are the same task.
  public static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }
  /// Takes in the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

extension RunSettings {
  /// Returns these settings with what they leave open taken from a task's recipe.
  ///
  /// The weight decay of a recipe for SGD is SGD's. AdamW's stays open then: it follows from the rates
  /// (`WeightDecayScale`).
  public func filled(fromRecipeOf task: TaskDescription) -> RunSettings {
    var filled = filled(from: task.recipe)
    if filled.optimizer.name == .adamw, task.recipe.optimizer.name != .adamw {
      filled.optimizer.weightDecay = self.optimizer.weightDecay
    }
    return filled
  }
}

extension MetricDescription {
  /// The metrics of all tasks, the primary ones first.
  public static let all: [MetricDescription] =
    TaskDescription.allCases.map(\.primaryMetric) + TaskDescription.allCases.flatMap(\.metrics)

  /// Whether a name is that of a known metric of which the larger of two values is the better one.
  public static func isLargerBetter(_ name: String) -> Bool {
    all.first { $0.name == name }?.better == .larger
  }

  /// Whether the smaller of two values in a column of `metrics.csv` is the better one: of a known metric as
  /// it is declared, and of the loss.
  public static func isSmallerBetter(_ name: String) -> Bool {
    name == "loss" || all.first { $0.name == name }?.better == .smaller
  }
}
