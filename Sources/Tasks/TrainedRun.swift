import Foundation
import Planning
import Runs
import Torch
import Training

/// A run's folder, opened to use its model: the settings, and one of its checkpoints.
public struct TrainedRun {
  /// The run's folder.
  public let folder: RunFolder
  /// The run's settings.
  public let settings: RunSettings
  /// The checkpoint.
  public let checkpoint: URL
  /// Whether the checkpoint was named, and is not simply the newest.
  public let isNamed: Bool
  /// What the checkpoint carries beside the weights.
  public let metadata: [String: String]
  /// The classes' names, in the order of their numbers.
  public let classNames: [String]
  /// Where the model is to answer.
  public let device: Device

  /// Opens a run's newest checkpoint, or a named one, and makes LibTorch ready.
  ///
  /// - Parameter device: another device than the run's.
  /// - Throws: `RunError` where there is no run; `SettingsError` where its settings cannot be meant; `TrainingError` where the checkpoint is missing, or
  ///   lacks what the run knew; `SafetensorsError` where it is damaged.
  public init(_ path: String, checkpoint: String? = nil, device: String? = nil) throws {
    folder = try RunFolder.open(path)
    settings = try RunSettings.read(from: folder.configuration.path)
    try settings.check()
    guard let file = checkpoint.map({ URL(fileURLWithPath: $0) }) ?? folder.newestCheckpoint else {
      throw TrainingError.nothingToResume(folder: path, because: "it has no checkpoint yet")
    }
    self.checkpoint = file
    isNamed = checkpoint != nil
    self.device = try device.map { try Device(named: $0) } ?? Self.device(of: settings)
    Library.start()
    if let threads = settings.threads { try Library.setThreads(threads) }

    metadata = try Safetensors.readMetadata(file)
    guard let classes = metadata["classes"], !classes.isEmpty else {
      throw TrainingError.checkpointIncomplete(file: file.path, lacks: "the names of its classes")
    }
    classNames = classes.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The device that the run was trained on, or the fastest here where this machine lacks it.
  private static func device(of settings: RunSettings) throws -> Device {
    if let own = settings.device, let device = try? Device(named: own) { return device }
    return try Device(named: "auto")
  }

  /// What the run's model has learned to do.
  public var task: TaskName { settings.taskName ?? .classify }

  /// Judges the model on the run's test images, or on another data set's.
  ///
  /// - Throws: what the task's own `judge` throws.
  public func judged(on data: String? = nil) throws -> any KeptEvaluation {
    switch task {
    case .classify: try TrainedClassifier(self).judge(on: data)
    case .segment: try TrainedSegmenter(self).judge(on: data)
    case .detect: try TrainedDetector(self).judge(on: data)
    }
  }
}
