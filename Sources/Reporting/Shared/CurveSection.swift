import Foundation
import Numbers
import Planning
import Runs
import Tuning

/// The part of a report that says what the loss curve says.
enum CurveSection {
  /// Returns the findings in words, and the table of troughs if there is more than one.
  static func html(_ record: RunRecord, _ diagnosis: Diagnosis?) -> String {
    guard let diagnosis, let table = record.metrics, !table.rows.isEmpty else { return "" }
    let rollbacks = record.plan?.plan.changes.filter {
      if case .rolledBack = $0.kind { true } else { false }
    }
    let sentences = (rollbacks ?? []).map { "\($0)." } + diagnosis.findings.map { "\($0)" }
    let findings = sentences.map { words in
      "<p class=\"note\">\(escaped(words.prefix(1).uppercased() + words.dropFirst()))</p>"
    }
    let words =
      findings.isEmpty
      ? "<p>No findings: no rule of the diagnosis found a divergence, unusual swings or spikes, a range that is too "
        + "low, or a run that is too long. A short run shows few of these signs.</p>"
      : findings.joined(separator: "\n")
    return "<h2>Diagnosis of the loss curve</h2>\n\(words)\n"
      + troughs(
        diagnosis.troughs, LossCurve.scoreName(among: table.columns), split: record.curveSplit)
  }

  /// Where the findings show, for the chart of the loss.
  static func labels(_ diagnosis: Diagnosis) -> [(Double, String)] {
    diagnosis.findings.compactMap { finding in
      let word: String? =
        switch finding.kind {
        case .diverged: "diverged"
        case .swingsTooWide: "swings wide"
        case .spikesNearPeak: "spikes"
        case .troughsStoppedImproving: "no improvement"
        case .validationRises, .overfits: "overfits"
        case .noRiseAtPeak, .learnedNothing: nil
        }
      return word.map { (Double(finding.update), $0) }
    }
  }

  /// The losses of the stretches from which the run was rolled back, cut off a little above those of the
  /// run itself: they may be of any height.
  static func diverged(_ record: RunRecord) -> [Chart.Series] {
    let losses = record.metrics?.rows.compactMap(\.loss).filter(\.isFinite) ?? []
    guard let low = losses.min(), let high = losses.max() else { return [] }
    let top = high + 0.25 * (high - low)
    return record.diverged.enumerated().map { number, table in
      let rows = table.rows.filter { $0.split == .train }
      return Chart.Series(
        name: number == 0 ? "diverged, and rolled back" : "", x: rows.map { Double($0.update) },
        y: rows.map { min($0.loss ?? .nan, top) }, color: 2)
    }
  }

  private static func troughs(
    _ troughs: [Trough], _ score: String?, split: String
  ) -> String {
    guard troughs.count > 1 else { return "" }
    let isRead = troughs.contains { $0.training != nil }
    let hasScore = troughs.contains { $0.score != nil }
    let names =
      ["cycle", "ends at update", "peak rate", "training loss", "\(split) loss"]
      + (hasScore ? ["\(split) \(score ?? "score")"] : [])
      + (isRead ? ["loss on training images"] : [])
      + (isRead && hasScore ? ["\(score ?? "score") on training images"] : [])
    let rows = troughs.map { trough in
      [
        "\(trough.cycle)", "\(trough.update)", String(format: "%.3g", trough.peakRate),
        cell(trough.trainingLoss), cell(trough.evaluationLoss),
      ] + (hasScore ? [cell(trough.score)] : [])
        + (isRead ? [cell(trough.training?.loss)] : [])
        + (isRead && hasScore ? [cell(trough.training?.score)] : [])
    }
    return "<p>The run from trough to trough:</p>\n" + HTML.table(names, rows)
  }

  private static func cell(_ value: Double?) -> String {
    formatted(value, dash: "–")
  }
}
