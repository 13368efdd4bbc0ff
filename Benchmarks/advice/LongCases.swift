// The second edition: long runs over few images, and short ones over many, of networks as Rondo trains them. Each has
// a grid of peaks, and runs as Rondo advises them, at the same number of updates in all.

import ArgumentParser
import Datasets
import Foundation
import Planning
import Runs
import Schedules
import Settings
import Tasks
import Torch
import Training
import Tuning

/// One combination of data, network, optimizer and length.
struct LongCase {
  let name: String
  let data: Case.Data
  let images: Int
  let network: String
  let optimizer: String
  let batchSize: Int
  let steps: Int

  /// The cases that the rules may be chosen by.
  static let calibrating = [
    Self("C1", .cifar10, 10_000, "resnet-11", "sgd", 128, 2400),
    Self("C2", .cifar10, 4000, "residual", "sgd", 64, 2000),
    Self("C3", .cifar10, 4000, "residual", "adamw", 64, 2000),
    Self("C4", .fashion, 2000, "plain", "adamw", 32, 2500),
    Self("C5", .fashion, 60_000, "resnet-11", "sgd", 128, 3276),
  ]

  /// The cases that are run once, after the rules are fixed.
  static let keptBack = [
    Self("K1", .cifar10, 2000, "plain", "sgd", 32, 4000),
    Self("K2", .cifar10, 8000, "dense", "sgd", 128, 2000),
    Self("K3", .fashion, 4000, "residual", "sgd", 256, 1560),
    Self("K4", .cifar10, 4000, "unnormalized", "sgd", 64, 2000),
    Self("K5", .cifar10, 50_000, "residual", "adamw", 128, 1950),
  ]

  init(
    _ name: String, _ data: Case.Data, _ images: Int, _ network: String, _ optimizer: String,
    _ batchSize: Int, _ steps: Int
  ) {
    (self.name, self.data, self.images) = (name, data, images)
    (self.network, self.optimizer) = (network, optimizer)
    (self.batchSize, self.steps) = (batchSize, steps)
  }

  /// A peak of the grid, three a decade: the fixed default, 0.1 or 0.001, is number 0.
  func peak(_ number: Int) -> Double {
    rounded((optimizer == "sgd" ? 0.1 : 0.001) * pow(10, Double(number) / 3))
  }

  func rounded(_ peak: Double) -> Double { Double(String(format: "%.3g", peak)) ?? peak }

  static let gridSeeds: [UInt64] = [1, 2, 3]
  /// The advised runs' seeds, of which the grid has none.
  static let adviceSeeds: [UInt64] = [11, 12, 13]
}

/// How a run gets its peak.
enum PeakChoice: Hashable {
  /// One cycle to this peak.
  case at(Double)
  /// Another schedule, at the step of one cycle to this peak; one that begins at its peak may have a warm-up before it.
  case scheduled(ScheduleEntry, Double, warmup: Bool)
  /// One cycle to what is advised.
  case advised(AdviceMode)

  var method: String {
    switch self {
    case .at: "grid"
    case .scheduled(let entry, _, let warmup): entry.name + (warmup ? " after a warm-up" : "")
    case .advised(let mode): mode.rawValue
    }
  }

  var peak: Double? {
    switch self {
    case .at(let peak), .scheduled(_, let peak, _): peak
    case .advised: nil
    }
  }
}

/// A case's runs, in a file that one process at a time adds to.
final class LongCaseStore {
  private let file: URL
  private let handle: FileHandle
  private(set) var rows: [(method: String, peak: Double?, seed: UInt64, accuracy: Double?)] = []

  /// Opens a case's file, alone; nil where another process has it.
  init?(_ choice: LongCase, in results: URL) throws {
    let folder = results.appendingPathComponent("long")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    file = folder.appendingPathComponent(choice.name + ".csv")
    if !FileManager.default.fileExists(atPath: file.path) {
      try Data("method,peak,seed,accuracy,loss,seconds\n".utf8).write(to: file)
    }
    handle = try FileHandle(forUpdating: file)
    guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard cells.count == 6, let seed = UInt64(cells[2]) else { continue }
      rows.append((cells[0], Double(cells[1]), seed, Double(cells[3])))
    }
  }

  /// Whether a run has been made.
  func has(_ choice: PeakChoice, seed: UInt64) -> Bool {
    rows.contains { row in
      row.method == choice.method && row.seed == seed
        && (choice.peak == nil || row.peak == choice.peak)
    }
  }

  /// The accuracy at a peak of the grid by the first seed; 0 where it diverged.
  func first(at peak: Double) -> Double {
    rows.first { $0.method == "grid" && $0.peak == peak && $0.seed == LongCase.gridSeeds[0] }?
      .accuracy ?? 0
  }

  func add(_ choice: PeakChoice, seed: UInt64, _ result: LongResult, seconds: Double) throws {
    func cell(_ value: Double?, _ format: String) -> String {
      value.map { String(format: format, $0) } ?? ""
    }
    let peak = choice.peak.map { "\($0)" } ?? cell(result.peak, "%.4g")
    let line =
      "\(choice.method),\(peak),\(seed),\(cell(result.accuracy, "%.4f")),\(cell(result.loss, "%.4f")),"
      + String(format: "%.1f\n", seconds)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(line.utf8))
    rows.append((choice.method, result.peak, seed, result.accuracy))
    say(file.lastPathComponent + ": " + line.trimmingCharacters(in: .newlines))
  }
}

/// What a run came to; without accuracy where it diverged.
struct LongResult {
  var peak: Double?
  var accuracy: Double?
  var loss: Double?
}

extension LongCase {
  /// The settings of a run, without its peak.
  private func settings(seed: UInt64, on data: ImageData) -> RunSettings {
    var settings = RunSettings()
    settings.optimizer.name = OptimizerName(rawValue: optimizer)
    settings.budget.batchSize = .images(batchSize)
    settings.budget.steps = steps
    settings.machine.seed = seed
    settings.augmentation.flip = data.name.contains("ashion") ? false : true
    settings.machine.checkpointEvery = steps
    settings.evaluation.evaluateEvery = 1_000_000
    settings.evaluation.watch = .off
    settings.schedule.kind = ScheduleEntry.catalog["one-cycle"]
    return settings
  }

  /// Makes the network as a seed begins it, and the task of training it.
  private func makeTask(_ resolved: ResolvedSettings, on data: ImageData) throws -> ClassificationTask {
    let network = try HorizonRun.makeNetwork(
      network, channels: data.train.channels, classes: data.classNames.count)
    network.initialize(seed: resolved.machine.seed)
    network.useChannelsLast()
    return ClassificationTask(
      network: network, data: data,
      augmentation: Augmentation(flips: resolved.augmentation.flip),
      labelSmoothing: resolved.optimizer.labelSmoothing, device: .cpu)
  }

  /// Makes the sweep of other finders.
  func curve(of kind: SweepKind, seed: UInt64, on data: ImageData) throws -> RangeTestCurve {
    let resolved = settings(seed: seed, on: data).filled(from: TaskDescription.classify.recipe).resolved
    let task = try makeTask(resolved, on: data)
    let optimizer = try makeOptimizer(resolved, for: task.model)
    return try kind.sweep.rivalsCurve(of: task, optimizer, seed: seed, batchSize: batchSize)
  }

  /// Trains a whole run.
  func train(_ choice: PeakChoice, seed: UInt64, on data: ImageData) throws -> LongResult {
    var settings = settings(seed: seed, on: data)
    var result = LongResult()
    switch choice {
    case .at(let peak):
      settings.schedule.maxLR = peak
      settings.schedule.baseLR = peak / 10
      result.peak = peak
    case .scheduled(let entry, let peak, let warmup):
      settings.schedule.kind = entry
      if warmup { settings.schedule.warmup = Time("5%") }
      let step = optimizer == "sgd" ? Step(rate: peak, momentum: 0.85) : nil
      let rate = step?.rate(at: entry.rises ? 0.85 : 0.95) ?? peak
      settings.schedule.maxLR = rate
      settings.schedule.baseLR = entry.rises ? rate / 10 : nil
    case .advised(let mode): settings.rangeTest.advice = mode
    }
    let resolved = settings.filled(from: TaskDescription.classify.recipe).resolved
    let task = try makeTask(resolved, on: data)
    let folder = try RunFolder.create(
      under: FileManager.default.temporaryDirectory, name: "long-\(name)-\(getpid())")
    defer { try? FileManager.default.removeItem(at: folder.url) }
    do {
      let summary = try TrainingJob(task: task, settings: resolved, folder: folder).run()
      result.accuracy = summary.final["accuracy"]
      result.loss = summary.final["loss"]
    } catch TrainingError.nonFiniteLoss {} catch TrainingError.nonFiniteParameters {}
    if choice.peak == nil {
      result.peak = try RunPlan.read(from: folder)?.settings.schedule.maxLR
    }
    return result
  }

  /// The grid's runs that are wanted next: the fixed default and the two peaks above it by the first seed, further
  /// ones while the best is at an end, then the best three by the other seeds.
  func wanted(in store: LongCaseStore) -> [(Double, UInt64)] {
    let first = Self.gridSeeds[0]
    let (tried, best) = explored(in: store)
    guard let best else {
      return tried.filter { !store.has(.at(peak($0)), seed: first) }.map { (peak($0), first) }
    }
    return Self.gridSeeds.dropFirst().flatMap { seed in
      (best - 1...best + 1).filter { !store.has(.at(peak($0)), seed: seed) }.map {
        (peak($0), seed)
      }
    }
  }

  /// The peaks that the first seed tries, and the best of them once it has a lower one on either side.
  func explored(in store: LongCaseStore) -> (tried: ClosedRange<Int>, best: Int?) {
    let first = Self.gridSeeds[0]
    var tried = 0...2
    while tried.allSatisfy({ store.has(.at(peak($0)), seed: first) }) {
      let best = tried.max { store.first(at: peak($0)) < store.first(at: peak($1)) } ?? 0
      if best == tried.lowerBound, best > -6 {
        tried = best - 1...tried.upperBound
      } else if best == tried.upperBound, best < 9 {
        tried = tried.lowerBound...best + 1
      } else {
        return (tried, best)
      }
    }
    return (tried, nil)
  }
}

struct Long: ParsableCommand {
  @OptionGroup var options: Options

  @Option(help: "How the runs get their peaks: grid, or auto, prior, range-test, rehearse.")
  var method = "grid"

  @Option(help: "Another schedule, at the grid's best step and the two beside it.")
  var schedule: String?

  @Flag(help: "The other schedule after a rise over a twentieth of the run.")
  var warmup = false

  func run() throws {
    let shelf = options.openShelf()
    let cases = options.heldOut ? LongCase.keptBack : LongCase.calibrating
    for choice in cases where options.only.isEmpty || options.only.contains(choice.name) {
      guard shelf.has(choice.data) else {
        say("\(choice.name): left out, its data is not here")
        continue
      }
      guard let store = try LongCaseStore(choice, in: options.folder) else { continue }
      let data = try shelf.data(choice.data, images: choice.images, evaluated: 5000)
      if let schedule {
        try compare(schedule, choice, data, store)
        continue
      }
      if let mode = AdviceMode(rawValue: method) {
        for seed in LongCase.adviceSeeds where !store.has(.advised(mode), seed: seed) {
          try make(choice, .advised(mode), seed: seed, data, store)
        }
        continue
      }
      while let (peak, seed) = choice.wanted(in: store).first {
        try make(choice, .at(peak), seed: seed, data, store)
      }
    }
  }

  /// Trains by another schedule at the grid's best step, and by the first seed at the two beside it.
  private func compare(
    _ name: String, _ choice: LongCase, _ data: ImageData, _ store: LongCaseStore
  ) throws {
    guard let entry = ScheduleEntry.catalog[name] else {
      throw ValidationError("\(name) is no schedule.")
    }
    guard let best = choice.explored(in: store).best else {
      say("\(choice.name): left out, its grid is not made")
      return
    }
    for seed in LongCase.gridSeeds {
      for number in seed == LongCase.gridSeeds[0] ? [best, best - 1, best + 1] : [best] {
        let scheduled = PeakChoice.scheduled(entry, choice.peak(number), warmup: warmup)
        guard !store.has(scheduled, seed: seed) else { continue }
        try make(choice, scheduled, seed: seed, data, store)
      }
    }
  }

  private func make(
    _ choice: LongCase, _ peak: PeakChoice, seed: UInt64, _ data: ImageData, _ store: LongCaseStore
  ) throws {
    let begun = ContinuousClock.now
    let result = try choice.train(peak, seed: seed, on: data)
    let seconds = Double((ContinuousClock.now - begun) / .milliseconds(1)) / 1000
    try store.add(peak, seed: seed, result, seconds: seconds)
  }
}
