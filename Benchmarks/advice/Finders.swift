// What other programs' finders advise in the long cases, and what it loses against the best of the grid.

import ArgumentParser
import Foundation
import Torch
import Tuning

/// The peaks that finders advised, in a file.
struct FinderPeaks {
  private let file: URL
  private(set) var rows: [(name: String, finder: Adviser, seed: UInt64, peak: Double?)] = []

  init(in results: URL) throws {
    file = results.appendingPathComponent("long/finders.csv")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    rows = text.split(separator: "\n").dropFirst().compactMap { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard cells.count == 4, let finder = Adviser(rawValue: cells[1]), let seed = UInt64(cells[2])
      else { return nil }
      return (cells[0], finder, seed, Double(cells[3]))
    }
  }

  mutating func add(_ choice: LongCase, _ finder: Adviser, seed: UInt64, _ peak: Double?) throws {
    rows.append((choice.name, finder, seed, peak))
    let lines = rows.map { row in
      "\(row.name),\(row.finder),\(row.seed)," + (row.peak.map { String(format: "%.4g", $0) } ?? "")
    }
    try Data((["case,finder,seed,peak"] + lines).joined(separator: "\n").appending("\n").utf8)
      .write(to: file, options: .atomic)
  }
}

struct Finders: ParsableCommand {
  @OptionGroup var options: Options

  func run() throws {
    let shelf = options.openShelf()
    var peaks = try FinderPeaks(in: options.folder)
    let cases = (LongCase.calibrating + LongCase.keptBack).filter {
      options.only.isEmpty || options.only.contains($0.name)
    }
    for choice in cases where shelf.has(choice.data) {
      for (seed, kind) in LongCase.adviceSeeds.flatMap({ seed in
        [SweepKind.fastai, .lightning].map { (seed, $0) }
      }) {
        let finders = Adviser.rivals.filter { finder in
          finder.sweep == kind
            && !peaks.rows.contains {
              $0.name == choice.name && $0.finder == finder && $0.seed == seed
            }
        }
        guard !finders.isEmpty else { continue }
        let data = try shelf.data(choice.data, images: choice.images, evaluated: 5000)
        let curve = try choice.curve(of: kind, seed: seed, on: data)
        for finder in finders {
          try peaks.add(choice, finder, seed: seed, finder.rivalsPeak(from: curve))
        }
      }
    }
    try show(peaks, cases)
  }

  /// Prints, for each case and finder, the peaks by seed, and the points that the middle one loses by the first seed's grid.
  ///
  /// Between the grid's peaks it is a straight line on the logarithm; below the lowest it is that one's loss.
  private func show(_ peaks: FinderPeaks, _ cases: [LongCase]) throws {
    say("| case | " + Adviser.rivals.map(\.rawValue).joined(separator: " | ") + " |")
    say("|" + String(repeating: "---|", count: Adviser.rivals.count + 1))
    for choice in cases {
      guard let store = try LongCaseStore(choice, in: options.folder) else { continue }
      let grid = store.rows.filter { $0.method == "grid" && $0.seed == LongCase.gridSeeds[0] }
        .compactMap { row in row.peak.map { (peak: $0, accuracy: row.accuracy ?? 0.1) } }
      guard let best = grid.map(\.accuracy).max() else { continue }
      let cells = Adviser.rivals.map { finder in
        let found = peaks.rows.filter { $0.name == choice.name && $0.finder == finder }
        let given = found.compactMap(\.peak).sorted()
        guard !given.isEmpty else { return "none" }
        let loss = 100 * (best - readOff(grid, at: given[given.count / 2]))
        return given.map { String(format: "%.2g", $0) }.joined(separator: ", ")
          + String(format: ": %.1f", loss)
      }
      say("| \(choice.name) | " + cells.joined(separator: " | ") + " |")
    }
  }
}
