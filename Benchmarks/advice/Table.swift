// What the measurements say: regret by case and adviser, and the steadiness of Rondo's answer.

import Foundation
import Tuning

/// The nearest of ten rates a decade; suggestions are trained at it, so that equal ones are trained once.
func onLattice(_ rate: Double) -> Double {
  let rounded = pow(10, (10 * log10(rate)).rounded() / 10)
  return Double(String(format: "%.4g", rounded)) ?? rounded
}

/// A straight line between two neighbors of the peaks, on the logarithm; the last one's beyond them.
func readOff(_ grid: [(peak: Double, accuracy: Double)], at rate: Double) -> Double {
  let grid = grid.sorted { $0.peak < $1.peak }
  guard let above = grid.firstIndex(where: { $0.peak >= rate }) else {
    return grid.last?.accuracy ?? 0
  }
  guard above > 0 else { return grid[0].accuracy }
  let (left, right) = (grid[above - 1], grid[above])
  let part = log(rate / left.peak) / log(right.peak / left.peak)
  return left.accuracy + part * (right.accuracy - left.accuracy)
}

/// One case's metrics.
struct Outcome {
  let choice: Case
  let bestPeak: Double
  let best: Double
  /// The accuracy of the best peak when it is chosen by two seeds and evaluated by the third, in turn.
  let bestByOtherSeeds: Double
  let advised: [Adviser: (median: Double?, accuracy: Double?)]
  /// The share of repeats within a factor of 1.5 of their median.
  let steady: Double
  /// Rondo's upper bound for cycles, and what one cycle up to it loses against the grid's best, both of
  /// the first seed, whose grid is whole; read off between its peaks.
  let upperBound: (rate: Double, regret: Double)?

  init?(_ choice: Case, _ store: CaseStore) {
    self.choice = choice
    let grid = choice.grid.map(onLattice)
    // A training that diverged is worth a guess.
    let chance = choice.data == .shapes ? 1.0 / 6 : 0.1
    func accuracy(_ peak: Double, _ seed: UInt64) -> Double? {
      store.accuracy(seed: seed, peak: peak).map { $0.accuracy ?? chance }
    }
    func mean(_ peak: Double, _ seeds: [UInt64]) -> Double? {
      let found = seeds.compactMap { accuracy(peak, $0) }
      return found.count == seeds.count ? found.reduce(0, +) / Double(seeds.count) : nil
    }
    func bestOfGrid(by seeds: [UInt64]) -> (peak: Double, accuracy: Double)? {
      grid.compactMap { peak in mean(peak, seeds).map { (peak, $0) } }.max { $0.1 < $1.1 }
    }
    guard let best = bestOfGrid(by: trainingSeeds) else { return nil }
    (bestPeak, self.best) = (best.peak, best.accuracy)
    let crossed = trainingSeeds.compactMap { seed in
      bestOfGrid(by: trainingSeeds.filter { $0 != seed }).flatMap { accuracy($0.peak, seed) }
    }
    bestByOtherSeeds = crossed.reduce(0, +) / Double(max(1, crossed.count))

    advised = Dictionary(
      uniqueKeysWithValues: Adviser.allCases.map { adviser in
        let suggestions = trainingSeeds.map { seed in
          store.sweeps[SweepKey(kind: adviser.sweep, seed: seed)].flatMap {
            adviser.peak(from: $0, of: choice)
          }
        }
        let given = suggestions.compactMap { $0 }.sorted()
        let reached = zip(trainingSeeds, suggestions).map { seed, suggestion in
          suggestion.flatMap { accuracy(onLattice($0), seed) }
        }
        let known = reached.compactMap { $0 }
        return (
          adviser,
          (
            given.isEmpty ? nil : given[given.count / 2],
            known.count == trainingSeeds.count
              ? known.reduce(0, +) / Double(known.count) : nil
          )
        )
      })

    let suggestions = steadinessSeeds.compactMap { seed in
      store.sweeps[SweepKey(kind: .rondo, seed: seed)].flatMap {
        Adviser.rondo.peak(from: $0, of: choice)
      }
    }.sorted()
    if suggestions.isEmpty {
      steady = 0
    } else {
      let middle = suggestions[suggestions.count / 2]
      let near = suggestions.filter { $0 <= 1.5 * middle && $0 >= middle / 1.5 }
      steady = Double(near.count) / Double(steadinessSeeds.count)
    }

    let seed = trainingSeeds[0]
    let measured = grid.compactMap { peak in accuracy(peak, seed).map { (peak, $0) } }
    upperBound = store.sweeps[SweepKey(kind: .rondo, seed: seed)]?.range(for: choice).map { range in
      let best = measured.map(\.1).max() ?? 0
      return (range.max, 100 * (best - readOff(measured, at: range.max)))
    }
  }

  /// Points of accuracy lost against the best of the grid.
  func regret(_ adviser: Adviser) -> Double? {
    advised[adviser]?.accuracy.map { 100 * (best - $0) }
  }
}

/// All cases, in words.
struct Table {
  let outcomes: [Outcome]

  init(_ outcomes: [Outcome]) { self.outcomes = outcomes }

  var markdown: String {
    let names = Adviser.allCases.map(\.rawValue)
    var lines = [
      "| case | best peak | accuracy there | "
        + names.map { "\($0) peak | regret" }.joined(separator: " | ")
        + " | steady | max_lr | regret |",
      "|" + String(repeating: "---|", count: 6 + 2 * names.count),
    ]
    for outcome in outcomes {
      let cells = Adviser.allCases.map { adviser in
        let peak = outcome.advised[adviser]?.median.map { String(format: "%.2g", $0) } ?? "none"
        let regret = outcome.regret(adviser).map { String(format: "%.2f", $0) } ?? ""
        return "\(peak) | \(regret)"
      }
      lines.append(
        "| \(outcome.choice.name) | " + String(format: "%.2g", outcome.bestPeak) + " | "
          + String(format: "%.2f", 100 * outcome.best) + " ("
          + String(format: "%.2f", 100 * outcome.bestByOtherSeeds) + ") | "
          + cells.joined(separator: " | ") + " | "
          + String(format: "%.0f %% | ", 100 * outcome.steady)
          + (outcome.upperBound.map { String(format: "%.2g | %.2f", $0.rate, $0.regret) } ?? " | ")
          + " |")
    }
    func summary(_ name: String, _ value: ([Double]) -> Double) -> String {
      func cell(_ regrets: [Double]) -> String {
        regrets.isEmpty ? " | " : "| " + String(format: "%.2f", value(regrets.sorted()))
      }
      let cells = Adviser.allCases.map { adviser in
        cell(outcomes.compactMap { $0.regret(adviser) })
      }
      return "| **\(name)** | | | " + cells.joined(separator: " | ") + " | | "
        + cell(outcomes.compactMap(\.upperBound?.regret)) + " |"
    }
    lines.append(
      summary("median regret") { regrets in
        (regrets[(regrets.count - 1) / 2] + regrets[regrets.count / 2]) / 2
      })
    lines.append(summary("worst regret") { $0.last ?? 0 })
    return lines.joined(separator: "\n")
  }
}
