import Files
import Foundation
import Numbers
import Planning
import Runs
import Schedules
import Settings
import Tuning

/// The report of a run: one HTML page that needs nothing beside it.
public enum Report {
  /// Writes `report.html` into a run's folder, from the folder's files.
  ///
  /// - Throws: `RunError` for a file that is damaged, or if the page cannot be written.
  public static func write(for folder: RunFolder) throws {
    let page = html(try RunRecord.read(from: folder))
    try AtomicFile.write(Data(page.utf8), to: folder.report)
  }

  /// Returns the page.
  public static func html(_ record: RunRecord) -> String {
    let diagnosis = record.diagnosis
    let sections = [
      headline(record), metrics(record), CurveSection.html(record, diagnosis), rangeTest(record),
      TrainingCurvesSection.html(record, diagnosis), record.evaluation?.section ?? "",
      SampleSection.html(record), plan(record),
      configuration(record),
    ]
    return HTML.page(
      title: record.title, body: sections.filter { !$0.isEmpty }.joined(separator: "\n"),
      footer: "Written by Rondo from the files of this run folder.")
  }

  // MARK: The result

  private static func headline(_ record: RunRecord) -> String {
    let settings = record.plan?.settings
    let what = [settings?.open.text("model"), settings?.open.text("data")].compactMap(\.self)
      .joined(separator: " on ")
    let state: String
    if let summary = record.summary {
      state = length(of: summary, record.plan?.budget) + ", \(clock(summary.seconds)) of training"
    } else if let last = record.metrics?.rows.last, let plan = record.plan {
      let all = plan.isOpenEnded ? "" : " of \(plan.budget.totalSteps)"
      state = "not finished: \(last.update)\(all) updates so far"
    } else {
      state = "no update yet"
    }
    let metric = (settings?.data.task ?? .classify).primaryMetric
    let result = record.summary?.final[metric.name]
      .map { value in
        value.isFinite
          ? formatted(100 * value, digits: 2) + " % \(record.evaluationSplit) \(metric.shortName)"
          : "\(record.evaluationSplit) \(metric.shortName) is undefined"
      }
    return """
      <h1>\(escaped(result ?? record.title))</h1>
      <p class="lead">\(escaped([what, balanced(record), state].filter { !$0.isEmpty }.joined(separator: " · ")))</p>
      """
  }

  /// The balanced accuracy, where it is another than the accuracy: classes differ in size.
  private static func balanced(_ record: RunRecord) -> String {
    guard let accuracy = record.summary?.final["accuracy"],
      let balanced = record.summary?.final["balanced_accuracy"], abs(accuracy - balanced) >= 0.005
    else { return "" }
    return formatted(100 * balanced, digits: 2) + " % balanced accuracy"
  }

  private static func length(of summary: RunSummary, _ budget: Budget?) -> String {
    guard let budget else { return "\(summary.updates) updates" }
    guard summary.updates >= budget.totalSteps else {
      return "stopped early after \(summary.updates) of \(budget.totalSteps) updates: no cycle "
        + "improved the score"
    }
    return String(format: "%.3g epochs, ", budget.epochs) + "\(summary.updates) updates"
  }

  private static func metrics(_ record: RunRecord) -> String {
    guard let summary = record.summary else { return "" }
    var metrics = summary.final.sorted { $0.key < $1.key }
      .map { ("\(summary.evaluationSplit.rawValue) \($0.key)", formatted($0.value, dash: "–")) }
    metrics += (summary.validation ?? [:]).sorted { $0.key < $1.key }
      .map { ("validation \($0.key)", formatted($0.value, dash: "–")) }
    metrics.append(("images per second", formatted(summary.imagesPerSecond, digits: 0, dash: "–")))
    metrics.append(("training time", clock(summary.seconds)))
    metrics.append(("peak memory", formattedBytes(summary.peakMemoryBytes)))
    let boxes = metrics.map {
      "<div class=\"metric\"><b>\(escaped($0.1))</b><span>\(escaped($0.0))</span></div>"
    }
    return "<div class=\"metrics\">\(boxes.joined())</div>"
  }

  // MARK: The curves

  private static func rangeTest(_ record: RunRecord) -> String {
    if let advice = record.advice, advice.isJoined { return self.advice(advice, record.rangeTest) }
    guard let curve = record.rangeTest else { return "" }
    let chart = RangeTestPicture.chart([curve], range: record.plan?.range)
    var words =
      "The rate rises from update to update; each dot is the "
      + "\(curve.measure.name.replacing("_", with: " ")) after its update."
    if let range = record.plan?.range {
      words += " At the shaded rates the loss falls."
      if let step = range.step { words += " One-cycle peak: \(step)." }
    }
    return "<h2>Range test</h2><p>\(escaped(words))</p>" + HTML.card(chart)
  }

  /// The peak as a picture, and its account.
  private static func advice(_ advice: AdviceRecord, _ curve: RangeTestCurve?) -> String {
    var words = curve == nil ? "" : "Each dot is the loss after a rate of the range test. "
    if !advice.rehearsals.isEmpty {
      words += "The rehearsals are complete short cycles to these peaks. "
    }
    words += "The best peak lies in the shaded rates with a probability of 80 %."
    let account = advice.explanation.map { escaped($0) }.joined(separator: "\n")
    let isDrawn = curve != nil || !advice.rehearsals.isEmpty
    return "<h2>The peak</h2>"
      + (isDrawn
        ? "<p>\(escaped(words))</p>" + HTML.card(AdvicePicture.chart(advice, curve: curve)) : "")
      + "<pre>\(account)</pre>"
  }

  // MARK: The plan

  private static func plan(_ record: RunRecord) -> String {
    guard let plan = record.plan else { return "" }
    let lines = plan.lines.map { "<li>\(escaped($0))</li>" }.joined()
    let notes = plan.findings.map { "<p class=\"note\">\(escaped("\($0)"))</p>" }.joined()
    return
      "<h2>Plan</h2><ul>\(lines)</ul>\(notes)<p>\(plan.flagsTitle.capitalizedFirst):</p>"
      + "<pre>\(escaped(plan.flags))</pre>"
      + (record.repeating.map {
        "<p>\(plan.repeatingTitle.capitalizedFirst):</p><pre>\(escaped($0))</pre>"
      } ?? "")
  }

  private static func configuration(_ record: RunRecord) -> String {
    guard let text = record.configuration else { return "" }
    return "<h2>Settings</h2><pre>\(escaped(text))</pre>"
  }

  private static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "–" }
    let whole = Int(clamping: seconds.rounded())
    return "\(whole / 60) min \(whole % 60) s"
  }
}

extension String {
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
