// What cycles bring on the network on which they were first shown, beside baselines that are tuned as well.
//
//     make bench-papers ARGS="--cifar10 FOLDER"           trains what is missing, and prints the table
//     make bench-papers ARGS="--cifar10 FOLDER --only one-cycle"
//     make bench-papers ARGS="--cifar10 FOLDER --length 0.1"      a tenth of all lengths
//
// Smith, Cyclical Learning Rates (2017), table 1: Caffe's network for CIFAR-10, batches of 100, nothing augmented. Each
// run's row is kept as it ends; what was interrupted goes on from its newest checkpoint.
//
// As in Caffe, the network sees pixels from 0 to 255 less their mean, and its first layer begins with a deviation of
// 0.0001: with normalized images the paper's rates are thousands of times too small for that layer.

import ArgumentParser
import Datasets
import Foundation
import Metrics
import Runs
import Schedules
import Settings
import Tasks
import Torch
import Training
import Vision

/// One training: a schedule of rates at a momentum of 0.9 throughout, so that equal rates are equal steps.
struct Claim {
  let name: String
  let updates: Int
  let rate: AnySchedule

  /// The paper's claims, and then the same number of updates for each schedule, at peaks of a grid.
  ///
  /// - Parameter length: the share of the paper's numbers of updates.
  static func all(length: Double) -> [Claim] {
    func updates(_ paper: Int) -> Int { max(1, Int((length * Double(paper)).rounded())) }
    let (fixed, total) = (updates(70_000), updates(25_000))
    let paper = [
      Claim("fixed, 0.001, steps", fixed, steps(from: 0.001, over: fixed)),
      Claim(
        "triangular2, three stages", total,
        Triangular2(from: 0.001, to: 0.005, stepSize: updates(2000))
          .followed(
            by: Triangular2(from: 0.0001, to: 0.0005, stepSize: updates(1000)), after: updates(16_000)
          )
          .followed(
            by: Triangular2(from: 0.00001, to: 0.00005, stepSize: updates(500)), after: updates(22_000))),
      Claim(
        "decay, 0.007 to 0.001", total, LinearRamp(from: 0.007, to: 0.001, steps: updates(4000))),
    ]
    return paper
      + [0.001, 0.002, 0.004, 0.008, 0.016].flatMap { peak in
        [
          Claim("steps, \(peak)", total, steps(from: peak, over: total)),
          Claim("cosine, \(peak)", total, CosineDecay(from: peak, to: 0, steps: total)),
          Claim(
            "one-cycle, \(peak)", total,
            OneCycle(
              from: peak / 10, to: peak, ending: peak / 1000, stepsUp: updates(7500), totalSteps: total)),
          Claim(
            "triangular2, \(peak)", total,
            Triangular2(from: peak / 6, to: peak, stepSize: updates(2000))),
        ]
      }
  }

  init(_ name: String, _ updates: Int, _ rate: some Schedule) {
    (self.name, self.updates, self.rate) = (name, updates, AnySchedule(rate))
  }

  /// Caffe's own schedule: a tenth of the rate after 6/7 of the run, a hundredth after 13/14.
  static func steps(from rate: Double, over updates: Int) -> some Schedule {
    MultiStepDecay(
      initial: rate, factor: 0.1, milestones: [updates * 6 / 7, updates * 13 / 14])
  }

  /// Trains the claim in a folder, from its newest checkpoint if it has one; returns the metrics and the seconds of all
  /// sessions.
  func train(
    on data: ImageData, seed: UInt64, in precision: Precision, folder: RunFolder
  ) throws -> (metrics: [MetricValue], seconds: Double) {
    let network = CaffeFull(channels: data.train.channels, classes: data.classNames.count)
    network.initialize(seed: seed)
    try Self.scaleFirstLayer(of: network)
    let pixels = ChannelStatistics(
      mean: data.train.mean, deviation: data.train.mean.map { _ in 1 / 255 })
    let task = ClassificationTask(
      network: network, data: data, augmentation: .none, labelSmoothing: 0, statistics: pixels,
      device: .cpu)
    let budget = Budget(
      totalSteps: updates, stepsPerEpoch: data.train.count / 100, batchSize: 100)
    let optimizer = SGD(Self.groups(of: network))
    try FileManager.default.createDirectory(at: folder.checkpoints, withIntermediateDirectories: true)
    let progress =
      try folder.newestCheckpoint.map { try Checkpoint.resume(network, optimizer, from: $0) }
      ?? Checkpoint.Progress(step: 0, seconds: 0)
    let begun = ContinuousClock.now
    let metrics = try Trainer(
      task: task, optimizer: optimizer,
      plan: Plan(learningRate: rate, groups: ["biases": AnySchedule(Constant(2))]),
      budget: budget, in: folder,
      options: .init(
        seed: seed, checkpointEvery: 1000, evaluateEvery: 1_000_000,
        update: UpdateOptions(precision: precision)),
      after: progress
    ).train()
    return (metrics, progress.seconds + Double((ContinuousClock.now - begun) / .milliseconds(1)) / 1000)
  }

  /// Makes of the initial filters for normalized images those for pixels up to 255.
  private static func scaleFirstLayer(of network: CaffeFull) throws {
    guard let filters = network.namedParameters.first(where: { $0.0 == "conv1.weight" })?.1 else {
      preconditionFailure("The network begins with a convolution.")
    }
    try checked { withoutGradient { filters.value.copy(from: filters.value * (0.0001 / 0.0063)) } }
  }

  /// Caffe's factors: biases learn twice as fast, and the last layer's weights decay 250 times as fast.
  static func groups(of network: CaffeFull) -> [ParameterGroup] {
    let all = network.namedParameters
    func group(_ name: String, decay: Double, _ belongs: (String) -> Bool) -> ParameterGroup {
      ParameterGroup(
        name: name, parameters: all.filter { belongs($0.0) }, learningRate: 0, momentum: 0.9,
        weightDecay: decay)
    }
    return [
      group("convolutions", decay: 0.004) { $0.hasPrefix("conv") && $0.hasSuffix("weight") },
      group("ip1", decay: 1) { $0 == "ip1.weight" },
      group("biases", decay: 0) { $0.hasSuffix("bias") },
    ]
  }
}

/// The rows, in a file that several processes add to.
struct PapersTable {
  let file: URL

  let precision: Precision
  /// Where the runs are that have not ended.
  let unfinished: URL

  private static let header = "claim,updates,seed,accuracy,loss,seconds,precision"

  /// Takes a run for this process; nil if it is there or another process makes it.
  func claim(_ choice: Claim, seed: UInt64) throws -> (lock: FileHandle, folder: RunFolder)? {
    let isThere = rows().contains {
      $0.name == choice.name && $0.updates == choice.updates && $0.seed == seed
    }
    guard !isThere else { return nil }
    let words = choice.name.replacingOccurrences(of: " ", with: "-")
    let folder = unfinished.appendingPathComponent("\(words)-\(choice.updates)-\(seed)-\(precision.rawValue)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let lock = folder.appendingPathComponent("lock")
    guard FileManager.default.createFile(atPath: lock.path, contents: nil) else { return nil }
    let handle = try FileHandle(forUpdating: lock)
    return flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 ? (handle, RunFolder(folder)) : nil
  }

  /// The rows of this precision.
  func rows() -> [(name: String, updates: Int, seed: UInt64, accuracy: Double)] {
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").dropFirst().compactMap { line in
      // A claim's name is in quotes, since it has commas.
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      let cells = parts[2].split(separator: ",")
      guard cells.count == 6, let updates = Int(cells[0]), let seed = UInt64(cells[1]),
        cells[5] == precision.rawValue
      else { return nil }
      return (String(parts[1]), updates, seed, Double(cells[2]) ?? .nan)
    }
  }

  func add(_ choice: Claim, seed: UInt64, _ metrics: [MetricValue]?, seconds: Double) throws {
    if !FileManager.default.fileExists(atPath: file.path) {
      try Data((Self.header + "\n").utf8).write(to: file)
    }
    func cell(_ name: String) -> String {
      String(format: "%.4f", metrics?.first { $0.name == name }?.value ?? .nan)
    }
    let line =
      "\"\(choice.name)\",\(choice.updates),\(seed),\(cell("accuracy")),\(cell("loss")),"
      + String(format: "%.0f,", seconds) + precision.rawValue
    let handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data((line + "\n").utf8))
    say(line)
  }
}

/// Prints a line at once, also into a file.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

struct PapersBenchmark: ParsableCommand {
  @Option(help: "CIFAR-10 as an image folder or as binaries.") var cifar10: String
  @Option(help: "Where the results are.") var results = "Benchmarks/papers/results"
  @Option(help: "Only claims whose name contains this.") var only = ""
  @Option(help: "How many seeds.") var seeds: UInt64 = 3
  @Option(help: "The share of the paper's numbers of updates.") var length = 1.0
  @Option(help: "float32 or bfloat16.") var precision = Precision.float32.rawValue
  @Option(help: "Where runs are kept until they end.") var unfinished = ".build/papers"
  @Flag(help: "Prints what is there, and trains nothing.") var table = false

  func run() throws {
    let folder = URL(fileURLWithPath: results)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard let precision = Precision(rawValue: precision) else {
      throw ValidationError("--precision is float32 or bfloat16")
    }
    let kept = PapersTable(
      file: folder.appendingPathComponent("runs.csv"), precision: precision,
      unfinished: URL(fileURLWithPath: unfinished))
    if !table { try train(into: kept) }
    say("| schedule | updates | accuracy by seed |\n|---|---|---|")
    for choice in Claim.all(length: length) {
      let rows = kept.rows().filter { $0.name == choice.name && $0.updates == choice.updates }.sorted {
        $0.seed < $1.seed
      }
      guard !rows.isEmpty else { continue }
      let accuracies = rows.map { String(format: "%.2f", 100 * $0.accuracy) }
      say("| \(choice.name) | \(choice.updates) | \(accuracies.joined(separator: ", ")) |")
    }
  }

  private func train(into kept: PapersTable) throws {
    Library.start()
    try Library.setThreads(1)
    let data = try DataSource(named: cifar10).load()
    for seed in 1...max(1, seeds) {
      for choice in Claim.all(length: length) where only.isEmpty || choice.name.contains(only) {
        guard let (lock, folder) = try kept.claim(choice, seed: seed) else { continue }
        defer { try? lock.close() }
        do {
          let (metrics, seconds) = try choice.train(
            on: data, seed: seed, in: kept.precision, folder: folder)
          try kept.add(choice, seed: seed, metrics, seconds: seconds)
        } catch is TrainingError {
          try kept.add(choice, seed: seed, nil, seconds: .nan)
        }
        try FileManager.default.removeItem(at: folder.url)
      }
    }
  }
}

PapersBenchmark.main()
