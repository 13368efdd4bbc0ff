import Datasets
import Files
import Formatting
import Foundation
import Numbers
import Planning
import Runs
import Schedules
import Settings
import TensorBoard
import Torch
import Training
import Tuning
import Vision

/// A run of some task, ready to go: settings with nothing left open, data, network.
///
/// What is common to all tasks' runs, from the range test to the last checkpoint, is done here.
public protocol TaskRun {
  /// The task.
  associatedtype Task: TrainingTask
  /// Its data.
  associatedtype Parts: DataSplits

  /// The settings with the recipe's defaults filled in.
  var settings: ResolvedSettings { get }
  /// The data, in parts.
  var data: Parts { get }
  /// The task: model, batches, loss and score.
  var task: Task { get }
  /// What the weights that it begins with were, if a file of them was named.
  var weights: LoadedWeights? { get }
  /// The data, in a few lines of text.
  var dataLines: [String] { get }
  /// The pixels of a training image as the network sees it.
  var inputPixels: Int { get }
  /// What checkpoints carry for whoever uses the model later, beside the names of model and data:
  /// the classes, joined by line ends, and how an image becomes what the model sees.
  var metadata: [String: String] { get }

  /// Draws the images with which the run begins, as the model sees them.
  func samples() throws -> SampleImages
}

extension TaskRun {
  /// What became of every file below the data's folder.
  public var account: FolderAccount { data.account }
  /// The images that were found to be broken so far.
  public var broken: [BrokenImage] { data.allBroken }

  /// Returns the images that are known to be broken only since others were, in the order of their files; of several
  /// processes each has read a part of the images.
  ///
  /// - Throws: `GroupError`, `TorchError`.
  public func broken(besides known: [BrokenImage]) throws -> [BrokenImage] {
    try Set(ProcessGroup.allGather(broken).joined()).subtracting(known).sorted { $0.path < $1.path }
  }

  /// Trains in a folder that this process holds, from its beginning or from where it was left.
  ///
  /// - Throws: `DataChangeError` where the labels of the data have moved since the run began.
  public func train(
    in folder: RunFolder, observers: [any TrainingObserver] = []
  ) throws -> RunSummary {
    // Files are opened by the one process that writes it down.
    let record = data.record(readsFiles: ProcessGroup.isFirst)
    let notes = try ProcessGroup.broadcastFromFirst { () -> [String] in
      var notes = try checkData(record, in: folder)
      var all = record
      if folder.newestCheckpoint == nil, let weights = settings.model.weights {
        do {
          if let earlier = try RunFolder.recordOfRun(of: weights) {
            notes += record.noteOfTraining(on: earlier, before: weights).map { [$0] } ?? []
            all = record.inheritingTraining(of: earlier)
          }
        } catch {
          notes.append("note: which images the run of \(weights) was trained on is not known: \(error)")
        }
      }
      // What cannot continue leaves its record as it is.
      if !notes.isEmpty, let checkpoint = folder.newestCheckpoint {
        try Checkpoint.load(into: task.model, from: checkpoint)
      }
      try write(all, to: folder)
      return notes
    }
    if ProcessGroup.isFirst {
      for note in notes { try observers.forEach { try $0.didReport(.note(note)) } }
    }
    let names = [
      Checkpoint.modelKey: settings.model.name, "data": settings.data.source,
      Checkpoint.dataDigestKey: record.digest,
    ]
    return try TrainingJob(
      task: task, settings: settings, folder: folder,
      metadata: names.merging(metadata, uniquingKeysWith: { first, _ in first })
    )
    .run(observers: observers + loggers(folder))
  }

  /// Writes down what a run is of, where that was not done before.
  private func write(_ record: DataRecord, to folder: RunFolder) throws {
    try folder.write(record)
    if !FileManager.default.fileExists(atPath: folder.samples.path) {
      try samples().write(to: folder)
    }
    if !account.entries.isEmpty {
      try AtomicFile.write(JSONText.data(account.entries, isPretty: true), to: folder.files)
    }
  }

  /// What writes a run down beside `metrics.csv`: a line here adds a logger.
  private func loggers(_ folder: RunFolder) -> [any TrainingObserver] {
    settings.machine.tensorboard && ProcessGroup.isFirst ? [TensorBoardLogger(folder)] : []
  }

  /// Checks that a run can continue from its newest checkpoint, before anything of it is changed.
  ///
  /// - Throws: `SafetensorsError`, `TrainingError` for a checkpoint that is damaged or another model's;
  ///   `DataChangeError` for data with other labels.
  public func checkResumable(_ folder: RunFolder) throws {
    // Other classes make another head, which would be all that is said.
    _ = try checkData(data.record, in: folder)
    if let checkpoint = folder.newestCheckpoint {
      try Checkpoint.load(into: task.model, from: checkpoint)
    }
  }

  /// Makes range tests without a run folder, each in another order of the data; the network is
  /// afterwards as it was before.
  ///
  /// - Parameters:
  ///   - groups: the parameter groups to sweep; none for all of them, in the ratio of their factors.
  ///   - othersRate: the rate at which the other groups stay.
  ///   - term: the term of the loss whose curves are wanted; nil for the total.
  /// - Returns: the curves; half a cycle in updates, as the planner would choose it for this run's budget; and from
  ///   what the run's peak would follow before rehearsals, by the first curve, nil where groups or a term are tested.
  /// - Throws: `SettingsError` for a group or a term that is not there.
  public func rangeTests(
    repeats: Int, sweeping groups: [String] = [], othersRate: Double = 0, term: String? = nil
  ) throws -> (curves: [RangeTestCurve], stepSize: Int, record: AdviceRecord?) {
    try task.check(term: term)
    guard term == nil || settings.rangeTest.measure == .trainingLoss else {
      throw SettingsError.notAllowed(
        key: "curve-of", value: term ?? "", allowed: "left out with --range-test-on")
    }
    let optimizer = try makeOptimizer(settings, for: task.model)
    let tester = RangeTester(task: task, optimizer: optimizer, options: UpdateOptions(settings))
    let others = Dictionary(
      optimizer.groups.map { ($0.name, othersRate) }, uniquingKeysWith: { first, _ in first })
    let sweeping: SweepGroups =
      groups.isEmpty ? .inRatio(settings.groupFactors) : .only(groups, others: others)
    let begun = ContinuousClock.now
    let tests = try (0..<repeats).map { number in
      try tester.timedCurve(
        sweep: settings.sweep, seed: settings.machine.seed &+ UInt64(number),
        batchSize: settings.budget.batchSize, sweeping: sweeping,
        measuring: settings.rangeTest.measure)
    }
    let pace =
      try settings.needsPace
      ? tester.pace(settings, tests.first?.secondsPerUpdate, since: begun) : nil
    let budget = try settings.makeBudget(trainingCount: task.trainingCount, pace: pace)
    let curves = tests.map(\.curve).map { curve in
      term.flatMap(curve.curve(ofTerm:)) ?? curve
    }
    let isWhole = groups.isEmpty && term == nil
    return (
      curves, settings.cycles(in: budget).stepSize,
      isWhole ? record(of: curves.first, tests.first?.secondsPerUpdate, in: budget) : nil
    )
  }

  /// From what the peak of a run would follow, if its range test were as long as the budget allows and had the course
  /// of this one.
  private func record(
    of curve: RangeTestCurve?, _ secondsPerUpdate: Double?, in budget: Budget
  ) -> AdviceRecord {
    let length = RangeTestLength(
      settings, runSteps: budget.totalSteps, updateSize: budget.batchSize,
      secondsPerUpdate: settings.needsPace ? secondsPerUpdate : nil)
    return AdviceRecord(
      settings, task.situation(settings, in: budget), curve: length.steps > 0 ? curve : nil,
      range: nil, testLength: length, secondsPerUpdate: secondsPerUpdate, testSeconds: 0)
  }

  /// Finds the peak as training would, rehearsals included, and keeps nothing of it; the network is
  /// afterwards as it was before.
  ///
  /// - Throws: `TrainingError`, `SettingsError`.
  public func advise(
    onEvent: (RunEvent) throws -> Void = { _ in }
  ) throws -> AdviceRecord {
    let begun = ContinuousClock.now
    try task.prepare {
      try TrainingError.throwIfPaused()
      try onEvent(.computedFeatures(images: $0, of: $1))
    }
    return try Adviser(
      task: task, settings: settings, optimizer: makeOptimizer(settings, for: task.model),
      begun: begun
    )
    .advise(onEvent).record
  }

  /// Checks, before anything is written, what can be known of the training.
  func checkTraining() throws { try TrainingJob.check(task, settings) }

  /// Checks that a plan can be made of other settings on the same data and model, whatever rates a range test finds.
  func checkPlan(_ settings: RunSettings) throws {
    try settings.check()
    let settings = settings.resolved
    let budget = try settings.makeBudget(trainingCount: task.trainingCount)
    let base = settings.schedule.baseLR ?? 1e-3
    let range = LearningRateRange(base: base, max: 10 * base, curveWeight: 0, momentum: nil)
    let plan = try RunPlan(settings: settings, range: range, budget: budget)
    _ = try Freezing(plan.settings, for: task.model, in: plan.budget)
  }

  /// What has to be the same in all processes that train the run together, by its name.
  ///
  /// Settings that may change while a run is trained, such as the number of threads, may differ.
  public var agreement: [String: String] {
    var agreement = ["the data's digest": data.record(readsFiles: false).digest]
    for (flag, text) in settings.open.lasting { agreement["--" + flag] = text }
    return agreement
  }

  /// The images of a batch that a process of several has, at most; nil where one trains alone.
  var imagesOfProcess: Int? {
    ProcessGroup.current.map { group in
      (min(settings.budget.batchSize, task.trainingCount) + group.size - 1) / group.size
    }
  }

  /// Checks that the processes that train together can, and decides how their gradients travel.
  ///
  /// - Returns: what is to be told of that; nil where there is nothing.
  /// - Throws: `GroupError` where they cannot, or where one has something else than process 0.
  public func joinProcesses() throws -> String? {
    guard let group = ProcessGroup.current else { return nil }
    let batch = min(settings.budget.batchSize, task.trainingCount)
    guard batch >= group.size else { throw GroupError.fewImages(batch: batch, size: group.size) }
    try ProcessGroup.checkSame(agreement)
    let device = task.model.namedParameters.first?.1.value.device ?? .cpu
    let share = quantity(imagesOfProcess ?? batch, "image")
    return "processes: \(group.size), each with \(share) of a batch of \(batch)"
      + (try group.carryTensors(on: device).map { ", each on a card; gradients travel by \($0)" } ?? "")
  }

  /// The name of a new run's folder.
  public var folderName: String {
    (try? DataSource(named: settings.data.source).shortName) ?? "run"
  }
}
