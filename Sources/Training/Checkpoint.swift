import Foundation
import Runs
import Torch

/// A run at one moment, as one safetensors file: parameters, buffers, optimizer, step, settings.
///
/// Tensors are named `model.<torchvision name>` and `optimizer.<state>.<parameter>`; the metadata
/// carries the rest. The file is written aside and renamed, so that it is whole or not there.
public enum Checkpoint {
  private static let modelPrefix = "model."
  private static let optimizerPrefix = "optimizer."
  private static let stepKey = "step"
  private static let secondsKey = "seconds"

  /// How far a run had come when it was written.
  public struct Progress: Sendable, Hashable {
    /// Updates applied.
    public var step: Int
    /// The seconds that they took.
    public var seconds: Double
    /// Updates left out because their gradients overflowed; their batches were read.
    public var skipped = 0
    /// What the loss was multiplied by, in float16.
    public var scale: LossScale?

    /// Creates the progress of a run.
    public init(step: Int, seconds: Double, skipped: Int = 0, scale: LossScale? = nil) {
      self.step = step
      self.seconds = seconds
      self.skipped = skipped
      self.scale = scale
    }
  }
  private static let skippedKey = "skipped"
  private static let scaleKey = "loss_scale"

  /// Writes the state after a run's applied updates.
  ///
  /// - Parameter metadata: what else a reader needs: model and class names, preprocessing.
  public static func write(
    _ model: any Module, _ optimizer: any Optimizer, at progress: Progress,
    metadata: [String: String], to file: URL
  ) throws {
    let tensors =
      model.namedTensors.map { (modelPrefix + $0.0, $0.1) }
      + optimizer.state.map { (optimizerPrefix + $0.0, $0.1) }
    var metadata = metadata
    metadata[stepKey] = String(progress.step)
    metadata[secondsKey] = String(progress.seconds)
    if let scale = progress.scale {
      metadata[skippedKey] = String(progress.skipped)
      metadata[scaleKey] = scale.description
    }
    try AtomicFile.write(to: file) { temporary in
      try Safetensors.write(tensors, metadata: metadata, to: temporary)
    }
  }

  /// Puts a checkpoint's parameters and buffers into a model; returns its metadata.
  ///
  /// - Throws: `TrainingError.checkpointMismatch` naming every tensor that is missing, extra or of
  ///   another shape, before anything is changed.
  @discardableResult
  public static func load(into model: any Module, from file: URL) throws -> [String: String] {
    let (tensors, metadata) = try Safetensors.read(file)
    try load(tensors, into: model, file: file)
    return metadata
  }

  /// Puts a whole run back; returns how far it had come.
  public static func resume(
    _ model: any Module, _ optimizer: any Optimizer, from file: URL
  ) throws -> Progress {
    let (tensors, metadata) = try Safetensors.read(file)
    guard let step = metadata[stepKey].flatMap({ Int($0) }) else {
      throw TrainingError.checkpointIncomplete(file: file.path, lacks: "the number of updates")
    }
    try load(tensors, into: model, file: file)
    var state: [String: Tensor] = [:]
    for (name, tensor) in tensors where name.hasPrefix(optimizerPrefix) {
      state[String(name.dropFirst(optimizerPrefix.count))] = tensor
    }
    try optimizer.restore(state)
    return Progress(
      step: step, seconds: metadata[secondsKey].flatMap { Double($0) } ?? 0,
      skipped: metadata[skippedKey].flatMap { Int($0) } ?? 0,
      scale: metadata[scaleKey].flatMap { LossScale($0) })
  }

  private static func load(
    _ tensors: [String: Tensor], into model: any Module, file: URL
  ) throws {
    let found = modelTensors(of: tensors)
    let match = model.match(found)
    guard match.isWhole else {
      throw TrainingError.checkpointMismatch(
        file: file.path, missing: match.missing, extra: match.extra, misshapen: match.misshapen)
    }
    try model.copy(from: found)
  }

  /// A checkpoint's tensors that are the model's, by their names there.
  private static func modelTensors(of tensors: [String: Tensor]) -> [String: Tensor] {
    Dictionary(
      tensors.compactMap { name, tensor in
        name.hasPrefix(modelPrefix) ? (String(name.dropFirst(modelPrefix.count)), tensor) : nil
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Writes a checkpoint's model to a file of its own, without what only training needs.
  ///
  /// Its tensors are named as the model names them, in the order of their names. The metadata are the
  /// checkpoint's but for the run's progress, and `format`, by which other programs know PyTorch's
  /// names.
  ///
  /// - Throws: `SafetensorsError` for a checkpoint that cannot be read, `RunError` for a file that
  ///   cannot be written, `TrainingError.checkpointIncomplete` for one without a model.
  public static func export(_ checkpoint: URL, to file: URL) throws {
    let (tensors, given) = try Safetensors.read(checkpoint)
    let model = modelTensors(of: tensors).sorted { $0.key < $1.key }
    guard !model.isEmpty else {
      throw TrainingError.checkpointIncomplete(file: checkpoint.path, lacks: "a model")
    }
    var metadata = given
    for key in [secondsKey, skippedKey, scaleKey] { metadata[key] = nil }
    metadata["format"] = "pt"
    try AtomicFile.write(to: file) { temporary in
      try Safetensors.write(model.map { ($0.key, $0.value) }, metadata: metadata, to: temporary)
    }
  }
}
