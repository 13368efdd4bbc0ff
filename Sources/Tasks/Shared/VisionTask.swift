import Evaluation
import Formatting
import Settings
import Vision

/// A task that Rondo trains: how its runs are made, and how its trained models are evaluated.
///
/// A task is an entry beside its run, and one line in `all`.
public struct VisionTask: Sendable {
  /// The task's name.
  let name: TaskDescription
  /// The models that it trains, under the title of their list.
  public let models: (title: String, entries: [any ModelEntry])
  /// The names of those that stand on any encoder, the one that is taken where none is named first.
  let heads: [String]
  /// Finds a model by its name in any spelling.
  let model: @Sendable (_ name: String) -> (any ModelEntry)?
  /// Prepares a run.
  let makeRun: @Sendable (RunSettings, _ loadsInitialWeights: Bool) throws -> any TaskRun
  /// Evaluates a run's model on its test images, or on another data set's.
  let evaluate:
    @Sendable (TrainedRun, _ data: String?, _ onLine: (String) -> Void) throws ->
      any StoredEvaluation
  /// Writes a run's model as an ONNX graph.
  let export: @Sendable (TrainedRun, ONNXExport.Preprocessing) throws -> ONNXExport
  /// Opens a run's model to answer requests.
  let serve: @Sendable (TrainedRun) throws -> any ServedModel

  /// Describes a task.
  init<Model: ModelEntry>(
    _ name: TaskDescription, models: Catalog<Model>, titled title: String,
    makeRun: @escaping @Sendable (RunSettings, _ loadsInitialWeights: Bool) throws -> any TaskRun,
    evaluate:
      @escaping @Sendable (TrainedRun, _ data: String?, _ onLine: (String) -> Void) throws
      -> any StoredEvaluation,
    export: @escaping @Sendable (TrainedRun, ONNXExport.Preprocessing) throws -> ONNXExport,
    serve: @escaping @Sendable (TrainedRun) throws -> any ServedModel
  ) {
    self.name = name
    self.models = (title, models.entries)
    heads = models.heads
    model = { models[$0] }
    self.makeRun = makeRun
    self.evaluate = evaluate
    self.export = export
    self.serve = serve
  }

  /// All tasks.
  static let all: [VisionTask] = [.segmentation, .detection, .classification]

  /// Whether it has a model of this name, or one that has it on any encoder.
  func has(_ name: String) -> Bool {
    model(name) != nil || heads.contains { foldedSpelling($0) == foldedSpelling(name) }
  }

  /// The names of the classifiers on which U-Nets and detectors can stand.
  public static let encoders = Models.encoders.names

  /// Returns the task of a name.
  public static func named(_ name: TaskDescription) -> VisionTask {
    guard let task = all.first(where: { $0.name == name }) else {
      preconditionFailure("The task \(name) is not in VisionTask.all.")
    }
    return task
  }
}
