import Files
import Foundation
import Numbers
import Runs
import Settings
import Torch

/// A run at one moment, as one safetensors file: parameters, buffers, optimizer, step, settings.
///
/// Tensors are named `model.<torchvision name>` and `optimizer.<state>.<parameter>`, and where the run
/// averages its weights `average.<torchvision name>`; the metadata carries the rest. The file is written aside and renamed, so that it is whole or not there.
public enum Checkpoint {
  private static let modelPrefix = "model."
  private static let averagePrefix = "average."
  private static let optimizerPrefix = "optimizer."
  /// Where a checkpoint names its model.
  public static let modelKey = "model"
  private static let stepKey = "step"
  /// More updates than any run makes; sums of two such numbers are far from overflowing.
  private static let maximumUpdates = 1 << 48
  private static let secondsKey = "seconds"

  /// How far a run had come when it was written.
  public struct Progress: Sendable, Hashable, Codable {
    /// Updates applied.
    public var step: Int
    /// The seconds that they took.
    public var seconds: Double
    /// Updates left out because their gradients overflowed; their batches were read.
    public var skipped = 0
    /// What the loss was multiplied by, in float16.
    public var scale: LossScale?
    /// Updates without a target on their images.
    public var withoutTarget = 0

    /// Creates the progress of a run.
    public init(
      step: Int, seconds: Double, skipped: Int = 0, scale: LossScale? = nil, withoutTarget: Int = 0
    ) {
      self.step = step
      self.seconds = seconds
      self.skipped = skipped
      self.scale = scale
      self.withoutTarget = withoutTarget
    }
  }
  private static let withoutTargetKey = "without_target"
  /// Where a checkpoint says on which processor it was written.
  static let processorKey = "processor"
  private static let skippedKey = "skipped"
  private static let scaleKey = "loss_scale"

  /// Writes the state after a run's applied updates.
  ///
  /// - Parameters:
  ///   - average: the averaged weights, where the run has them.
  ///   - metadata: what else a reader needs: model and class names, preprocessing.
  public static func write(
    _ model: any Module, _ optimizer: any Optimizer, at progress: Progress,
    average: [(String, Tensor)] = [], metadata: [String: String], to file: URL
  ) throws {
    let tensors =
      model.namedTensors.map { (modelPrefix + $0.0, $0.1) }
      + average.map { (averagePrefix + $0.0, $0.1) }
      + optimizer.state.map { (optimizerPrefix + $0.0, $0.1) }
    var metadata = metadata
    metadata[stepKey] = String(progress.step)
    metadata[secondsKey] = String(progress.seconds)
    metadata[processorKey] = Processor.arithmetic
    if progress.withoutTarget > 0 { metadata[withoutTargetKey] = String(progress.withoutTarget) }
    if let scale = progress.scale {
      metadata[skippedKey] = String(progress.skipped)
      metadata[scaleKey] = scale.description
    }
    try Safetensors.write(tensors, metadata: metadata, isChecked: true, to: file)
  }

  /// About the bytes of a checkpoint: those of its tensors.
  static func byteCount(_ model: any Module, _ optimizer: any Optimizer, hasAverage: Bool) -> Int {
    func bytes(_ tensors: [(String, Tensor)]) -> Int {
      tensors.map { $0.1.count * $0.1.type.byteCount }.reduce(0, +)
    }
    return bytes(model.namedTensors) * (hasAverage ? 2 : 1) + bytes(optimizer.state)
  }

  /// Loads the model that a checkpoint is evaluated with, its averaged weights if it has them;
  /// returns its metadata.
  ///
  /// - Throws: `TrainingError.checkpointMismatch` naming every tensor that is missing, extra or of
  ///   another shape, before anything is changed.
  @discardableResult
  public static func load(into model: any Module, from file: URL) throws -> [String: String] {
    let (tensors, metadata) = try read(file, finite: .exported)
    try load(tensors, into: model, file: file)
    let average = named(averagePrefix, in: tensors)
    try checked {
      withoutGradient {
        for (name, tensor) in model.namedTensors {
          if let found = average[name], found.shape == tensor.shape { tensor.copy(from: found) }
        }
      }
    }
    return metadata
  }

  /// Reads what a checkpoint carries beside its tensors.
  ///
  /// - Throws: `TrainingError.brokenCheckpoint`, `SafetensorsError`.
  public static func readMetadata(_ file: URL) throws -> [String: String] {
    try looking(for: file, Safetensors.readMetadata)
  }

  /// Reads a checkpoint's metadata, and checks that it is of the model that its run's settings name.
  ///
  /// - Throws: `TrainingError.otherModel` too.
  public static func readMetadata(
    _ file: URL, of settings: ResolvedSettings
  ) throws -> [String: String] {
    let metadata = try readMetadata(file)
    let name = settings.model.name
    if let model = metadata[modelKey], model != name {
      throw TrainingError.otherModel(file: file.relativePath, model: model, settings: name)
    }
    return metadata
  }

  /// Tensors of a checkpoint in which every number has to be finite.
  enum Wanted {
    /// Those of the model that is evaluated: its averaged weights where it has them.
    case exported
    /// The model's own.
    case model
    /// Those of a run that continues.
    case all
  }

  private static func read(_ file: URL, finite wanted: Wanted? = nil) throws -> (
    tensors: [String: Tensor], metadata: [String: String]
  ) {
    func read(_ file: URL) throws -> (tensors: [String: Tensor], metadata: [String: String]) {
      let found = try Safetensors.read(file)
      if let wanted, let tensor = try notFinite(in: found.tensors, wanted) {
        throw SafetensorsError.notFinite(file.path, tensor: tensor)
      }
      return found
    }
    return try looking(for: file, isWhole: { (try? read($0)) != nil }, read)
  }

  /// The first of the wanted tensors in which a number is NaN or infinite.
  static func notFinite(in tensors: [String: Tensor], _ wanted: Wanted) throws -> String? {
    func isWanted(_ name: String) -> Bool {
      switch wanted {
      case .all: true
      case .model: name.hasPrefix(modelPrefix)
      case .exported:
        name.hasPrefix(averagePrefix)
          || name.hasPrefix(modelPrefix)
            && tensors[averagePrefix + name.dropFirst(modelPrefix.count)] == nil
      }
    }
    return try checked {
      tensors.keys.sorted().first { name in
        guard isWanted(name), let tensor = tensors[name] else { return false }
        return tensor.isFinite().sum().item() < Double(tensor.count)
      }
    }
  }

  /// Reads a checkpoint, and where it is broken looks for the run's newest other one that is whole.
  private static func looking<Value>(
    for file: URL, isWhole: (URL) -> Bool = { (try? Safetensors.read($0)) != nil },
    _ read: (URL) throws -> Value
  ) throws -> Value {
    do { return try read(file) } catch let error as SafetensorsError {
      let folder = RunFolder(file.deletingLastPathComponent().deletingLastPathComponent())
      let all = folder.listCheckpoints().map(\.file.lastPathComponent)
      guard all.count > 1, all.contains(file.lastPathComponent) else { throw error }
      let others = all.filter { $0 != file.lastPathComponent }
        .map { file.deletingLastPathComponent().appendingPathComponent($0) }
      throw TrainingError.brokenCheckpoint(
        file: file.relativePath, reason: error.reason,
        whole: others.last(where: isWhole)?.relativePath,
        isNewest: all.last == file.lastPathComponent)
    }
  }

  /// Whether a checkpoint holds averaged weights, by which it is then used in the place of the model's own.
  ///
  /// - Throws: `SafetensorsError`.
  public static func holdsAverage(_ file: URL) throws -> Bool {
    try looking(for: file, Safetensors.readNames).contains { $0.hasPrefix(averagePrefix) }
  }

  /// Puts the weights that a checkpoint continues with into a model, whatever was averaged beside them.
  ///
  /// Process 0 reads them for all.
  static func loadWeights(into model: any Module, from file: URL) throws {
    try ProcessGroup.onFirst {
      try load(try read(file, finite: .model).tensors, into: model, file: file)
    }
    try ProcessGroup.current?.broadcast(model.namedTensors.map(\.1))
  }

  /// Puts a whole run back; returns how far it had come.
  ///
  /// - Parameter average: what the run averages from update to update, if it does.
  public static func resume(
    _ model: any Module, _ optimizer: any Optimizer, average: MovingAverage? = nil, from file: URL
  ) throws -> Progress {
    let (tensors, metadata) = try read(file, finite: .all)
    guard let step = metadata[stepKey].flatMap({ Int($0) }), step >= 0, step < maximumUpdates else {
      throw TrainingError.checkpointIncomplete(file: file.path, lacks: "the number of updates")
    }
    if let named = RunFolder.update(ofCheckpoint: file), named != step {
      throw TrainingError.checkpointIncomplete(
        file: file.path, lacks: "the \(named) updates of its name (it is of update \(step))")
    }
    /// A number of the metadata, 0 where older versions did not write it.
    func number<Value: Numeric>(
      _ key: String, _ read: (String) -> Value?, where fits: (Value) -> Bool
    ) throws -> Value {
      guard let text = metadata[key] else { return 0 }
      guard let value = read(text), fits(value) else {
        throw TrainingError.checkpointIncomplete(
          file: file.path, lacks: "a number under '\(key)' (it has '\(text)')")
      }
      return value
    }
    let scale = try metadata[scaleKey].map { text in
      guard let scale = LossScale(text) else {
        throw TrainingError.checkpointIncomplete(
          file: file.path, lacks: "a loss scale under '\(scaleKey)' (it has '\(text)')")
      }
      return scale
    }
    try load(tensors, into: model, file: file)
    if let average, try !average.restore(named(averagePrefix, in: tensors)) {
      throw TrainingError.checkpointIncomplete(file: file.path, lacks: "the averaged weights")
    }
    do { try optimizer.restore(named(optimizerPrefix, in: tensors)) } catch is TorchError {
      throw TrainingError.checkpointIncomplete(
        file: file.path, lacks: "the state of the run's optimizer, as config.yaml names it")
    }
    return Progress(
      step: step, seconds: try number(secondsKey, Double.init) { $0.isFinite && $0 >= 0 },
      skipped: try number(skippedKey, { Int($0) }) { (0..<maximumUpdates).contains($0) },
      scale: scale,
      withoutTarget: try number(withoutTargetKey, { Int($0) }) { (0...step).contains($0) })
  }

  /// The processor that a checkpoint was written on, where it does other arithmetic than this one; nil
  /// where it does the same, or that is not known.
  static func otherProcessor(of file: URL) throws -> String? {
    try readMetadata(file)[processorKey].flatMap {
      $0 == Processor.arithmetic ? nil : $0
    }
  }

  /// The tensors that a prefix has, without it.
  private static func named(_ prefix: String, in tensors: [String: Tensor]) -> [String: Tensor] {
    Dictionary(
      tensors.filter { $0.key.hasPrefix(prefix) }
        .map { (String($0.key.dropFirst(prefix.count)), $0.value) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func load(
    _ tensors: [String: Tensor], into model: any Module, file: URL
  ) throws {
    let found = named(modelPrefix, in: tensors)
    guard !found.isEmpty else { throw TrainingError.weightsAlone(file: file.path) }
    let match = model.match(found)
    guard match.isWhole else {
      throw TrainingError.checkpointMismatch(
        file: file.path, missing: match.missing, extra: match.extra, misshapen: match.misshapen)
    }
    try model.copy(from: found)
  }

  /// Returns what a checkpoint's metadata say of its model, without what only its training needs.
  public static func modelMetadata(_ metadata: [String: String]) -> [String: String] {
    let others = [secondsKey, skippedKey, scaleKey, withoutTargetKey, processorKey]
    return metadata.filter { !others.contains($0.key) }
  }

  /// Writes a checkpoint's model as a file of its own, without what only training needs: its averaged
  /// weights, if it has them.
  ///
  /// Its tensors are named as the model names them, in the order of their names. The metadata are the
  /// checkpoint's but for the run's progress, and `format`, by which other programs know PyTorch's
  /// names.
  ///
  /// - Parameter more: what else is written into the metadata.
  /// - Throws: `SafetensorsError` for a checkpoint that cannot be read, `FileError` for a file that
  ///   cannot be written, `TrainingError.checkpointIncomplete` for one without a model.
  public static func export(
    _ checkpoint: URL, adding more: [String: String] = [:], to writer: FileWriter
  ) throws {
    let (tensors, given) = try read(checkpoint, finite: .exported)
    let model = named(modelPrefix, in: tensors)
      .merging(named(averagePrefix, in: tensors)) { _, average in average }
      .sorted { $0.key < $1.key }
    guard !model.isEmpty else {
      throw TrainingError.checkpointIncomplete(file: checkpoint.path, lacks: "a model")
    }
    var metadata = modelMetadata(given).merging(more) { own, _ in own }
    metadata["format"] = "pt"
    try Safetensors.write(model.map { ($0.key, $0.value) }, metadata: metadata, to: writer)
  }
}
