import Files
import Foundation
import Numbers
import Planning
import Runs
import Settings

/// The report of a comparison: one HTML page that needs nothing beside it.
public enum ComparisonReport {
  /// Writes `report.html` into a comparison's folder, and `comparison.csv` with a row a run.
  ///
  /// - Throws: `RunError` if one cannot be written.
  public static func write(
    _ results: ComparisonResults, of comparison: Comparison, to folder: URL
  ) throws {
    let page = html(results, of: comparison, title: folder.lastPathComponent)
    try AtomicFile.write(Data(page.utf8), to: folder.appendingPathComponent("report.html"))
    try AtomicFile.write(
      Data(csv(results).utf8), to: folder.appendingPathComponent("comparison.csv"))
  }

  /// Returns a row a run: `schedule,seed,FIGURE,updates,seconds`, and `evaluated_FIGURE` for each metric
  /// of the evaluations, empty where one is not known.
  static func csv(_ results: ComparisonResults) -> String {
    let head =
      ["schedule", "seed", results.metric, "updates", "seconds"]
      + results.evaluated.map { "evaluated_\($0.metric)" }
    let rows = results.rows.enumerated().flatMap { position, row in
      row.runs.map { run in
        let evaluated = results.evaluated.map { other in
          csvCell(other.rows[position].runs.first { $0.seed == run.seed }?.value)
        }
        return [
          row.schedule, "\(run.seed)", csvCell(run.value), "\(run.updates)",
          csvCell(run.seconds),
        ] + evaluated
      }
    }
    return ([head] + rows).map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
  }

  /// Returns the page.
  public static func html(
    _ results: ComparisonResults, of comparison: Comparison, title: String
  ) -> String {
    let settings = comparison.settings
    let what = [settings.text("model"), settings.text("data")].compactMap { $0 }.joined(
      separator: " on ")
    let seeds = comparison.seeds.count == 1 ? "one seed" : "\(comparison.seeds.count) seeds"
    let body = """
      <h1>\(escaped(headline(results)))</h1>
      <p class="lead">\(escaped("\(what) · \(seeds)"))</p>
      \(table(results))
      <p>The intervals are those of the mean, 95 % by Student's t. Against \
      \(escaped(results.rows.first?.schedule ?? "")), the first, runs are compared seed by seed. The last
      column has the updates after which a run reached the first schedule's mean final metric.</p>
      \(HTML.card(chart(results)))
      \(evaluated(results))
      \(failures(results))
      """
    return HTML.page(
      title: title, body: body,
      footer:
        "Written by Rondo from the runs in this folder, each of which has a report of its own.")
  }

  /// Which schedule is best, where the seeds tell it from the second; else what can be said.
  static func headline(_ results: ComparisonResults) -> String {
    let ranked = results.rows.filter { $0.spread != nil }
      .sorted { ($0.spread?.mean ?? 0) > ($1.spread?.mean ?? 0) }
    guard let best = ranked.first, let spread = best.spread else {
      return results.rows.contains { !$0.runs.isEmpty }
        ? "\(results.metric) is undefined in every run" : "No run has ended yet"
    }
    let value = "\(results.metric) " + formatted(spread.mean)
    guard let second = ranked.dropFirst().first else { return "\(best.schedule): \(value)" }
    let differences = MeanWithInterval(
      best.runs.compactMap { run in
        second.runs.first { $0.seed == run.seed }.map { run.value - $0.value }
      }
      .filter(\.isFinite))
    guard let differences, let half = differences.halfWidth else {
      return "\(results.rows.count) schedules, one seed each: too few to say which is better"
    }
    return differences.mean > half
      ? "\(best.schedule) comes first: \(value)"
      : "\(best.schedule) and \(second.schedule) do not differ measurably with \(differences.count) seeds"
  }

  private static func table(_ results: ComparisonResults) -> String {
    HTML.table(
      ComparisonResults.head(results.metric), results.rows.map { $0.cells.map { escaped($0) } })
  }

  private static func evaluated(_ results: ComparisonResults) -> String {
    guard !results.evaluated.isEmpty else { return "" }
    return "<h2>The runs at their ends, on the test images</h2>\n"
      + results.evaluated.map(table).joined(separator: "\n")
  }

  /// The mean metric of each schedule by the updates, with a dot for each run's end.
  private static func chart(_ results: ComparisonResults) -> Chart {
    let series = results.rows.enumerated().flatMap { index, row -> [Chart.Series] in
      var sums: [Int: [Double]] = [:]
      let runs = row.runs.filter { !$0.course.isEmpty }
      for point in runs.flatMap(\.course) {
        sums[point.update, default: []].append(point.value)
      }
      let whole = sums.filter { $0.value.count == runs.count }.sorted { $0.key < $1.key }
      return [
        Chart.Series(
          name: row.schedule, x: whole.map { Double($0.key) },
          y: whole.map { $0.value.reduce(0, +) / Double($0.value.count) }, color: index),
        Chart.Series(
          name: "", x: row.runs.map { Double($0.updates) }, y: row.runs.map(\.value),
          color: index,
          style: .dots),
      ]
    }
    return Chart(title: results.metric, xLabel: "update", series: series)
  }

  private static func failures(_ results: ComparisonResults) -> String {
    let lines = results.rows.flatMap { row in
      row.failures.sorted { $0.key < $1.key }.map {
        "<li>\(escaped("\(row.schedule), seed \($0.key): \($0.value)"))</li>"
      }
    }
    return lines.isEmpty ? "" : "<h2>Runs that failed</h2><ul>\(lines.joined())</ul>"
  }
}
