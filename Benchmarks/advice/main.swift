// How much accuracy is lost by following each adviser's learning rate, instead of the best of a grid.
//
//     AdviceBenchmark sweep    makes the sweeps that are missing
//     AdviceBenchmark suggestions  prints what each adviser says of the sweeps, seed by seed
//     AdviceBenchmark train    makes the trainings that are missing, the advised ones among them
//     AdviceBenchmark table    prints what has been measured
//     AdviceBenchmark horizons trains complete cycles of several lengths on several numbers of images
//     AdviceBenchmark long     trains the cases of the second edition: a grid of peaks, or as advised (--method)
//     AdviceBenchmark finders  what other finders advise in those cases, and what it loses
//
// Each can be interrupted at any moment and started again, and several can run side by side.

import ArgumentParser
import Foundation
import Torch
import Tuning

struct AdviceBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(subcommands: [
    Sweep.self, Suggestions.self, Train.self, Show.self, Horizons.self, Long.self, Finders.self,
  ])
}

struct Options: ParsableArguments {
  @Option(help: "Where the results are.") var results = "Benchmarks/advice/results"
  @Option(help: "CIFAR-10 as an image folder or as binaries; without it its cases are left out.")
  var cifar10: String?
  @Option(help: "Only cases whose name contains this.") var only = ""

  @Flag(help: "The cases that were kept back.") var heldOut = false

  var cases: [Case] {
    (heldOut ? Case.heldOut : Case.all).filter { only.isEmpty || $0.name.contains(only) }
  }

  var folder: URL { URL(fileURLWithPath: results) }

  /// Starts LibTorch on one thread, since several processes share the cores, and opens the data.
  func openShelf() -> DataShelf {
    Library.start()
    try? Library.setThreads(1)
    return DataShelf(cifar10: cifar10)
  }

  /// Works on each case that no other process holds; says which data is missing.
  func forEachCase(_ shelf: DataShelf, _ body: (Case, CaseStore) throws -> Void) throws {
    for choice in cases {
      guard shelf.has(choice.data) else {
        say("\(choice.name): left out, its data is not here")
        continue
      }
      guard let store = try CaseStore(choice, in: folder, locking: true) else { continue }
      try body(choice, store)
    }
  }
}

/// Prints a line at once, also into a file.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// The seeds of trainings, and of the sweeps that advise them.
let trainingSeeds: [UInt64] = [1, 2, 3]
/// The seeds of the sweeps by which the steadiness of Rondo's answer is evaluated.
let steadinessSeeds: [UInt64] = Array(1...10)

struct Sweep: ParsableCommand {
  @OptionGroup var options: Options

  func run() throws {
    let shelf = options.openShelf()
    try options.forEachCase(shelf) { choice, store in
      for kind in SweepKind.allCases {
        for seed in kind == .rondo ? steadinessSeeds : trainingSeeds {
          let key = SweepKey(kind: kind, seed: seed)
          guard store.sweeps[key] == nil else { continue }
          let curve = try Trial(choice, seed: seed, shelf: shelf).curve(of: kind)
          try store.add(curve, key)
          say("\(choice.name): \(kind) sweep by seed \(seed), \(curve.points.count) points")
        }
      }
    }
  }
}

struct Train: ParsableCommand {
  @OptionGroup var options: Options

  /// The grid first, seed by seed, then what is advised: so the early results say most.
  func run() throws {
    let shelf = options.openShelf()
    for advisers in [[], [.rondo], Adviser.allCases] {
      for seed in trainingSeeds {
        try options.forEachCase(shelf) { choice, store in
          let peaks =
            advisers.isEmpty
            ? grid(of: choice, seed: seed, in: store)
            : advised(advisers, of: choice, seed: seed, in: store)
          for peak in Set(peaks.map(onLattice)).sorted(by: >)
          where store.accuracy(seed: seed, peak: peak) == nil {
            try train(choice, seed: seed, peak: peak, shelf: shelf, store: store)
          }
        }
      }
    }
  }

  private func train(
    _ choice: Case, seed: UInt64, peak: Double, shelf: DataShelf, store: CaseStore
  ) throws {
    let begun = ContinuousClock.now
    let accuracy = try Trial(choice, seed: seed, shelf: shelf).accuracy(peak: peak)
    let seconds = Double((ContinuousClock.now - begun) / .milliseconds(1)) / 1000
    try store.add(TrainingResult(seed: seed, peak: peak, accuracy: accuracy), seconds: seconds)
    say(
      "\(choice.name): seed \(seed), peak \(peak): " + (accuracy.map { "\($0)" } ?? "diverged")
        + String(format: ", %.1f s", seconds))
  }

  /// The whole grid for the first seed; for the others the first one's best and two to each side.
  private func grid(of choice: Case, seed: UInt64, in store: CaseStore) -> [Double] {
    guard seed != trainingSeeds[0] else { return choice.grid }
    let first = choice.grid.map { peak in
      store.accuracy(seed: trainingSeeds[0], peak: onLattice(peak))?.accuracy ?? 0
    }
    guard let best = first.indices.max(by: { first[$0] < first[$1] }) else { return choice.grid }
    return Array(choice.grid[max(0, best - 2)...min(first.count - 1, best + 2)])
  }

  /// What advisers say on the sweep by the same seed.
  private func advised(
    _ advisers: [Adviser], of choice: Case, seed: UInt64, in store: CaseStore
  ) -> [Double] {
    advisers.compactMap { adviser in
      store.sweeps[SweepKey(kind: adviser.sweep, seed: seed)].flatMap {
        adviser.peak(from: $0, of: choice)
      }
    }
  }
}

struct Suggestions: ParsableCommand {
  @OptionGroup var options: Options

  func run() throws {
    for choice in options.cases {
      guard let store = try CaseStore(choice, in: options.folder, locking: false) else { continue }
      for adviser in Adviser.allCases {
        let seeds = adviser == .rondo ? steadinessSeeds : trainingSeeds
        let suggestions = seeds.compactMap { seed in
          store.sweeps[SweepKey(kind: adviser.sweep, seed: seed)].map { curve in
            adviser.peak(from: curve, of: choice).map { String(format: "%.2g", $0) } ?? "none"
          }
        }
        say("\(choice.name) \(adviser.rawValue): " + suggestions.joined(separator: " "))
      }
    }
  }
}

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "table")
  @OptionGroup var options: Options

  func run() throws {
    let outcomes = try options.cases.compactMap { choice in
      try CaseStore(choice, in: options.folder, locking: false).flatMap { Outcome(choice, $0) }
    }
    say(Table(outcomes).markdown)
  }
}

AdviceBenchmark.main()
