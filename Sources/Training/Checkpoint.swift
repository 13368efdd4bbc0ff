import Foundation
import Runs
import Torch

/// A run at one moment, as one safetensors file: parameters, buffers, optimizer, step, settings.
///
/// Tensors are named `model.<torchvision name>` and `optimizer.<state>.<parameter>`, and where the run
/// averages its weights `average.<torchvision name>`; the metadata carries the rest. The file is written aside and renamed, so that it is whole or not there.
public enum Checkpoint {
  private static let modelPrefix = "model."
  private static let averagePrefix = "average."
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
  /// - Parameters:
  ///   - average: the averaged weights, where the run has them.
  ///   - metadata: what else a reader needs: model and class names, preprocessing.
  public static func write(
    _ model: any Module, _ optimizer: any Optimizer, at progress: Progress,
    average: [(String, Tensor)] = [], metadata: [String: String], to file: URL
  ) throws {
    let tensors =
      modelTensors(of: model).map { (modelPrefix + $0.0, $0.1) }
      + average.map { (averagePrefix + $0.0, $0.1) }
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

  /// Puts the model that a checkpoint is judged by into a model, its averaged weights if it has them;
  /// returns its metadata.
  ///
  /// - Throws: `TrainingError.checkpointMismatch` naming every tensor that is missing, extra or of
  ///   another shape, before anything is changed.
  @discardableResult
  public static func load(into model: any Module, from file: URL) throws -> [String: String] {
    let (tensors, metadata) = try Safetensors.read(file)
    try load(tensors, into: model, file: file)
    let average = named(averagePrefix, in: tensors)
    try checked {
      withoutGradient {
        for (name, tensor) in modelTensors(of: model) {
          if let found = average[name], found.shape == tensor.shape { tensor.copy(from: found) }
        }
      }
    }
    return metadata
  }

  /// Puts the weights that a checkpoint goes on with into a model, whatever was averaged beside them.
  static func loadWeights(into model: any Module, from file: URL) throws {
    try load(try Safetensors.read(file).tensors, into: model, file: file)
  }

  /// Puts a whole run back; returns how far it had come.
  ///
  /// - Parameter average: what the run averages from update to update, if it does.
  public static func resume(
    _ model: any Module, _ optimizer: any Optimizer, average: MovingAverage? = nil, from file: URL
  ) throws -> Progress {
    let (tensors, metadata) = try Safetensors.read(file)
    guard let step = metadata[stepKey].flatMap({ Int($0) }) else {
      throw TrainingError.checkpointIncomplete(file: file.path, lacks: "the number of updates")
    }
    try load(tensors, into: model, file: file)
    if let average, try !average.restore(named(averagePrefix, in: tensors)) {
      throw TrainingError.checkpointIncomplete(file: file.path, lacks: "the averaged weights")
    }
    try optimizer.restore(named(optimizerPrefix, in: tensors))
    return Progress(
      step: step, seconds: metadata[secondsKey].flatMap { Double($0) } ?? 0,
      skipped: metadata[skippedKey].flatMap { Int($0) } ?? 0,
      scale: metadata[scaleKey].flatMap { LossScale($0) })
  }

  /// The tensors that a prefix has, without it.
  private static func named(_ prefix: String, in tensors: [String: Tensor]) -> [String: Tensor] {
    Dictionary(
      tensors.filter { $0.key.hasPrefix(prefix) }
        .map { (String($0.key.dropFirst(prefix.count)), $0.value) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The parameters and buffers of a model, by torchvision's names.
  static func modelTensors(of model: any Module) -> [(String, Tensor)] {
    model.namedParameters.map { ($0.0, $0.1.value) } + model.namedBuffers.map { ($0.0, $0.1.value) }
  }

  private static func load(
    _ tensors: [String: Tensor], into model: any Module, file: URL
  ) throws {
    let expected = modelTensors(of: model)
    var missing: [String] = []
    var misshapen: [String] = []
    for (name, tensor) in expected {
      if let found = tensors[modelPrefix + name] {
        if found.shape != tensor.shape {
          misshapen.append("\(name) (\(found.shape), the model has \(tensor.shape))")
        }
      } else {
        missing.append(name)
      }
    }
    let known = Set(expected.map { modelPrefix + $0.0 })
    let extra = tensors.keys
      .filter { $0.hasPrefix(modelPrefix) && !known.contains($0) }
      .map { String($0.dropFirst(modelPrefix.count)) }.sorted()
    guard missing.isEmpty, misshapen.isEmpty, extra.isEmpty else {
      throw TrainingError.checkpointMismatch(
        file: file.path, missing: missing, extra: extra, misshapen: misshapen)
    }
    try checked {
      withoutGradient {
        for (name, tensor) in expected {
          if let found = tensors[modelPrefix + name] { tensor.copy(from: found) }
        }
      }
    }
  }
}
