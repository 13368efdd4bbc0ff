import Datasets
import Planning
import Schedules
import Settings
import Torch
import Training

/// Prepares the run that settings ask for: by the task that they name, or by what lies at their data.
///
/// - Parameters:
///   - loadsInitialWeights: whether the network begins with the weights that the settings name; what is about to get a
///     checkpoint's does not need them.
///   - onFit: takes a sentence on how an update was brought into memory. Where it is given, one that does not fit is
///     split into several batches; nil for a run that continues, which has the batches that it began with.
/// - Throws: `SettingsError`, `DataError`, `UnknownName`, `DeviceError`, `SafetensorsError`,
///   `WeightsError`, `BatchError`.
public func makeRun(
  _ settings: RunSettings, loadsInitialWeights: Bool = true, onFit: ((String) -> Void)? = nil
) throws -> any TaskRun {
  var (settings, task) = try settings.withTask()
  let isAuto = try settings.takeAutomaticBatch()
  if let run = try settings.madeRun(task, loadsInitialWeights, isAuto: isAuto, onFit: onFit) {
    return run
  }
  // The first has gone: there is no memory for the data of two.
  let run = try VisionTask.named(task).makeRun(settings, loadsInitialWeights)
  try run.checkTraining()
  return run
}

extension RunSettings {
  /// The most minutes of a run for which neither a budget nor data of one's own was given: whoever tries
  /// Rondo has a result soon, however slow the machine.
  static let defaultMinuteLimit = 5.0

  /// Returns the settings with their task, by what lies at their data where they name none, and a limit of time where
  /// nobody gave a budget or data of one's own.
  ///
  /// - Throws: `SettingsError`, `DataError`, `UnknownName`.
  func withTask() throws -> (settings: RunSettings, task: TaskDescription) {
    var settings = self
    if settings.budget.openEnded == true, settings.schedule.kind == nil {
      settings.schedule.kind = ScheduleEntry.catalog[WarmupStableDecay.name]
    }
    try settings.check()
    let source = try DataSource(named: settings.data.source ?? DataSource.fallback.name)
    settings.data.source = source.name
    let task = settings.data.task ?? TaskDescription(recognizing: source)
    settings.data.task = task
    try settings.checkModel(for: task)
    try settings.check(for: task)
    if settings.hasNoBudget, source.isNamed {
      settings.budget.maxMinutes = Self.defaultMinuteLimit
    }
    return (settings, task)
  }

  /// Takes `--batch-size auto` out, so that the task's default is what is measured; returns whether it was there.
  ///
  /// - Throws: `SettingsError` where it cannot be measured, or says what `auto` finds out.
  fileprivate mutating func takeAutomaticBatch() throws -> Bool {
    guard self.budget.batchSize == .auto else { return false }
    if let accumulate = text("accumulate") {
      throw SettingsError.notAllowed(
        key: "accumulate", value: accumulate,
        allowed: "left out with --batch-size auto, which finds it")
    }
    self.budget.batchSize = nil
    return true
  }

  /// Prepares the run; nil where its batch does not fit into memory, and the settings now have parts of it.
  fileprivate mutating func madeRun(
    _ task: TaskDescription, _ loadsInitialWeights: Bool, isAuto: Bool, onFit: ((String) -> Void)?
  ) throws -> (any TaskRun)? {
    let run = try VisionTask.named(task).makeRun(self, loadsInitialWeights)
    try run.checkTraining()
    guard isAuto || onFit != nil, let fitted = try Self.fittedBatch(of: run, isAsked: isAuto) else {
      return run
    }
    onFit?(fitted.sentence)
    guard fitted.parts > 1 else { return run }
    self.budget.batchSize = .images(fitted.batchSize)
    self.budget.accumulate = fitted.parts * run.settings.budget.accumulate
    return nil
  }

  /// How a run's update is brought into memory; of several processes the first one measures it for all.
  private static func fittedBatch(
    of run: any TaskRun, isAsked: Bool
  ) throws -> FittedBatch? {
    guard let group = ProcessGroup.current else { return try run.fittedBatch(isAsked: isAsked) }
    return try ProcessGroup.broadcastInTogether("batch") {
      // Where another one has failed, all end.
      guard ProcessGroup.current == nil else { return nil }
      return try run.fittedBatch(isAsked: isAsked, sharing: (group.size, group.localSize))
    }
  }

  /// Whether nothing says how long to train.
  var hasNoBudget: Bool {
    self.budget.openEnded != true
      && Self.lengthKeys.allSatisfy { text($0) == nil }
  }
}

extension DataSource {
  /// What is trained on where no data set is named: Fashion-MNIST, or shapes where it is not here.
  public static var fallback: DataSource {
    DataSource.fashionMNIST.isPresent ? .fashionMNIST : .shapes
  }
}
