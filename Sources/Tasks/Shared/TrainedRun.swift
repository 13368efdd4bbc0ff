import Evaluation
import Foundation
import Machine
import Planning
import Runs
import Settings
import Torch
import Training

/// A run's folder, opened to use its model: the settings, and one of its checkpoints.
public struct TrainedRun {
  /// The run's folder.
  public let folder: RunFolder
  /// The run's settings.
  public let settings: ResolvedSettings
  /// The checkpoint.
  public let checkpoint: URL
  /// Whether the checkpoint was named, and is not simply the newest.
  public let isNamed: Bool
  /// What the checkpoint carries beside the weights.
  public let metadata: [String: String]
  /// The classes' names, in the order of their numbers.
  public let classNames: [String]
  /// The device on which the model predicts.
  public let device: Device

  /// Why the checkpoint was chosen, where it was by a metric.
  public let choice: String?

  /// Opens a run's newest checkpoint, a named one, or the best by a metric, and makes LibTorch ready.
  ///
  /// - Parameters:
  ///   - best: the metric by which the best checkpoint is taken: `accuracy`, or `loss`.
  ///   - device: another device than the run's.
  ///   - allowsBroken: whether broken images are left out, however many they are, also where the run's own settings do
  ///     not say so.
  ///   - allowsLinks: whether links may lead out of the data's folder, also where the run's own settings do not say so.
  /// - Throws: `RunError` where there is no run, or its settings cannot be meant;
  ///   `TrainingError` where the checkpoint is missing, or
  ///   lacks what the run knew; `SafetensorsError` where it is damaged.
  public init(
    _ path: String, checkpoint: String? = nil, best: String? = nil, device: String? = nil,
    allowsBroken: Bool = false, allowsLinks: Bool = false
  ) throws {
    let opened = try ProcessGroup.broadcastFromFirst { try Opened(path, checkpoint: checkpoint, best: best) }
    folder = RunFolder(URL(fileURLWithPath: path))
    var settings = opened.settings.resolved
    if allowsBroken { settings.open.data.allowBroken = true }
    if allowsLinks { settings.open.data.allowLinks = true }
    self.settings = settings
    choice = opened.choice
    self.checkpoint = opened.checkpoint
    isNamed = checkpoint != nil || best != nil
    let own = try device.map { try Device(named: $0) } ?? Self.device(of: settings)
    self.device = try ProcessGroup.current?.device(of: own.deviceName) ?? own
    Library.start()
    if let group = ProcessGroup.current {
      try group.setThreads()
    } else if let threads = settings.machine.threads {
      try Library.setThreads(threads)
    }

    metadata = opened.metadata
    guard let classes = metadata["classes"], !classes.isEmpty else {
      throw TrainingError.checkpointIncomplete(
        file: opened.checkpoint.path, lacks: "the names of its classes")
    }
    classNames = classes.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// What the folder says of the run; of several processes only process 0 has to see it.
  private struct Opened: Codable {
    let settings: RunSettings
    let checkpoint: URL
    let choice: String?
    let metadata: [String: String]

    init(_ path: String, checkpoint: String?, best: String?) throws {
      let folder = try RunFolder.open(path)
      var settings = try RunSettings.read(from: folder.configuration.path)
      settings.keepOneLength()
      self.settings = settings
      do { try settings.check() } catch let error as SettingsError {
        throw RunError.badConfiguration(
          path: folder.configuration.path, reason: error.reasonInFile)
      }
      let ranked = try best.map { try folder.bestCheckpoint(by: $0) }
      choice = best.flatMap { ranked?.description(metric: $0) }
      guard
        let file = try checkpoint.map({ try folder.checkpoint(named: $0) }) ?? ranked?.file
          ?? folder.newestCheckpoint
      else {
        throw TrainingError.cannotResume(folder: path, because: "it has no checkpoint yet")
      }
      self.checkpoint = file
      metadata = try Checkpoint.readMetadata(file, of: settings.resolved)
    }
  }

  /// The device that the run was trained on, or the fastest here where this machine lacks it.
  private static func device(of settings: ResolvedSettings) throws -> Device {
    var name = settings.machine.device
    // Of several processes each takes a card, whichever one has trained the run.
    if ProcessGroup.current != nil { name = DeviceName(name.kind) }
    return try (try? Device(named: name)) ?? Device(named: .auto)
  }

  /// The checkpoints that predict together, where the run is evaluated by an ensemble; a checkpoint that was
  /// named predicts alone.
  ///
  /// - Throws: `RunError` for a plan that cannot be read.
  public func snapshots() throws -> [URL] {
    guard !isNamed, settings.evaluation.average == .snapshots else { return [] }
    return try ProcessGroup.broadcastFromFirst {
      guard let plan = try RunPlan.read(from: folder), let last = folder.listCheckpoints().last
      else { return [] }
      let troughs = plan.plan.troughs(upTo: plan.budget.totalSteps)
      return TroughAverage(.snapshots, troughs: troughs, in: folder).files(after: last.update)
    }
  }

  /// The model that predicts, in words: which checkpoint, and which of its weights.
  ///
  /// - Throws: `RunError`, `SafetensorsError`.
  public func modelDescription() throws -> String {
    let members = try snapshots()
    let weights =
      members.isEmpty
      ? try ProcessGroup.broadcastFromFirst { "\(try CheckpointWeights(of: checkpoint, in: settings))" }
      : "an ensemble of \(members.count) snapshots up to"
    return "weights: \(weights)" + (members.isEmpty ? " of " : " ")
      + checkpoint.lastPathComponent + (choice.map { ", \($0)" } ?? "")
  }

  /// Loads the checkpoint's weights into a network, and makes it ready to predict on the device.
  ///
  /// - Throws: `TrainingError` where the checkpoint is another model's; `SafetensorsError` where it is damaged.
  func load(into network: any Module) throws {
    try ProcessGroup.onFirst { try Checkpoint.load(into: network, from: checkpoint) }
    try ProcessGroup.current?.broadcast(network.namedTensors.map(\.1))
    network.useChannelsLast()
    network.move(to: device)
    network.setTraining(false)
  }

  /// The task of the run's model.
  public var task: TaskDescription { settings.data.task }

  /// Evaluates the model on the run's test images, or on another data set's.
  ///
  /// - Parameter onLine: takes lines for display: what differs in the run's own data from when it began, or what is
  ///   evaluated of other data, and what was found when they were read.
  /// - Throws: what the task's own `evaluate` throws.
  public func evaluated(
    on data: String? = nil, onLine: (String) -> Void = { _ in }
  ) throws -> any StoredEvaluation {
    try folder.readingAsBefore { try VisionTask.named(task).evaluate(self, data, onLine) }
  }
}
