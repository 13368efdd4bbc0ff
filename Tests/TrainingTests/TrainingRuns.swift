import Foundation
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Torch
import Training

extension TemporaryDirectory {
  func folder() throws -> RunFolder { try RunFolder.create(under: url, name: "run") }
}

/// Five cycles of twelve updates, ten epochs; no rate is looked for unless a test removes them.
func settings(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
  var settings = RunSettings()
  settings.budget.steps = 60
  settings.budget.batchSize = 8
  settings.schedule.kind = ScheduleEntry.catalog["triangular2"]
  settings.schedule.stepSize = .steps(6)
  settings.schedule.baseLR = 0.01
  settings.schedule.maxLR = 0.1
  settings.schedule.baseMomentum = 0.85
  settings.schedule.maxMomentum = 0.95
  settings.optimizer.weightDecay = 1e-4
  settings.machine.seed = 3
  settings.machine.checkpointEvery = 7
  settings.rangeTest.steps = 60
  change(&settings)
  return settings
}

@discardableResult
func run(
  _ task: SceneTask = SceneTask(), _ settings: RunSettings = settings(), in folder: RunFolder,
  observers: [any TrainingObserver] = [], onEvent: @escaping (RunEvent) throws -> Void = { _ in }
) throws -> RunSummary {
  try TrainingJob(task: task, settings: settings.resolved, folder: folder)
    .run(observers: observers + [Listener(onEvent: onEvent)])
}

/// Expects that a run which is stopped at a batch and resumed ends as one that was left alone, bit for bit; returns
/// the folder of the latter.
@discardableResult
func expectSameAfterStop(
  at moment: Int, _ settings: RunSettings, in directory: TemporaryDirectory,
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> RunFolder {
  let (whole, broken) = (try directory.folder(), try directory.folder())
  try run(SceneTask(), settings, in: whole)
  let task = SceneTask()
  task.breaksAt = moment
  #expect(throws: Killed.self, sourceLocation: sourceLocation) {
    try run(task, settings, in: broken)
  }
  try run(SceneTask(), settings, in: broken)
  #expect(try newestTensors(broken) == newestTensors(whole), sourceLocation: sourceLocation)
  #expect(try timelessRows(broken) == timelessRows(whole), sourceLocation: sourceLocation)
  return whole
}

/// Hands what a run reports to closures.
final class Listener: TrainingObserver {
  private let onEvent: (RunEvent) throws -> Void
  private let onUpdate: (UpdateRecord) throws -> TrainingDecision
  private let onEvaluation: (EvaluationRecord) throws -> TrainingDecision

  init(
    onEvent: @escaping (RunEvent) throws -> Void = { _ in },
    onUpdate: @escaping (UpdateRecord) throws -> TrainingDecision = { _ in .proceed },
    onEvaluation: @escaping (EvaluationRecord) throws -> TrainingDecision = { _ in .proceed }
  ) {
    self.onEvent = onEvent
    self.onUpdate = onUpdate
    self.onEvaluation = onEvaluation
  }

  func didReport(_ event: RunEvent) throws { try onEvent(event) }
  func didUpdate(_ record: UpdateRecord) throws -> TrainingDecision { try onUpdate(record) }
  func didEvaluate(_ record: EvaluationRecord) throws -> TrainingDecision {
    try onEvaluation(record)
  }
}

/// Every tensor of a run's newest checkpoint, as bytes, by name.
func newestTensors(_ folder: RunFolder) throws -> [String: [UInt8]] {
  try Safetensors.read(#require(folder.newestCheckpoint)).tensors.mapValues(bytes)
}

func bytes(_ tensor: Tensor) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: tensor.count * tensor.type.byteCount)
  bytes.withUnsafeMutableBytes { _ = tensor.copy(into: $0) }
  return bytes
}

/// Every number that training changes, as bytes, by name.
func state(_ model: any Module, _ optimizer: (any Optimizer)? = nil) -> [String: [UInt8]] {
  var state: [String: [UInt8]] = [:]
  for (name, parameter) in model.namedParameters { state["p." + name] = bytes(parameter.value) }
  for (name, buffer) in model.namedBuffers { state["b." + name] = bytes(buffer.value) }
  for (name, tensor) in optimizer?.state ?? [] { state["o." + name] = bytes(tensor) }
  return state
}

/// A run's table without the times, which no two runs share.
func timelessRows(_ folder: RunFolder) throws -> [MetricsRow] {
  try MetricsTable.read(folder.metrics).rows.map { row in
    var row = row
    row.seconds = 0
    return row
  }
}
