import Evaluation
import Fetching
import Formatting
import Foundation
import Numbers
import Planning
import Runs
import Settings

/// A model's README, as Hugging Face shows it: what it predicts, what it was trained on, how well it does, and what is not
/// known of it.
///
/// Only what the run's folder says is in it.
///
/// - Source: Mitchell et al., *Model Cards for Model Reporting* (2019); Hugging Face's metadata of model cards.
public struct ModelCard {
  private let record: RunRecord
  private let evaluated: EvaluationMetrics?
  private let settings: ResolvedSettings
  private let begun: PublishedWeights?
  private let classNames: [String]
  private let checkpoint: String
  private var files: [String]
  private let version: String

  /// Creates the card of a run's model.
  ///
  /// - Parameters:
  ///   - evaluated: the run's last evaluation, which counts where it is of the same checkpoint.
  ///   - begun: the weights that it was initialized with, where they have a name.
  ///   - checkpoint: the name of the checkpoint that was exported.
  ///   - files: the names of the files that were written.
  ///   - version: Rondo's version.
  public init(
    _ record: RunRecord, _ evaluated: EvaluationMetrics?, settings: ResolvedSettings,
    begun: PublishedWeights?, classNames: [String], checkpoint: String, files: [String],
    version: String
  ) {
    (self.record, self.evaluated) = (record, evaluated.flatMap { Self.name($0.checkpoint) == checkpoint ? $0 : nil })
    (self.settings, self.begun, self.classNames) = (settings, begun, classNames)
    (self.checkpoint, self.files, self.version) = (checkpoint, files, version)
  }

  private var task: TaskDescription { settings.data.task }
  private var data: String { URL(fileURLWithPath: settings.data.source).lastPathComponent }

  /// The file's text, Markdown with a head in YAML.
  public var text: String {
    let sections = [
      ("", [summary]), ("Files", files.map(Self.line)), ("Data", dataLines),
      ("Metrics", figureLines), ("Training", trainingLines), ("Not tested", limitLines),
      ("License", licenseLines),
    ]
    return head + "\n# \(record.title)\n\n"
      + sections.map { title, lines in
        (title.isEmpty ? "" : "## \(title)\n\n") + lines.joined(separator: "\n") + "\n"
      }.joined(separator: "\n")
  }

  /// Whether a text is the card of another model, which this card must not replace: it lists none of this card's files,
  /// nor one of the same run that differs in its ending alone.
  public func isOther(than text: String) -> Bool {
    let lines = Set(text.split(separator: "\n"))
    guard text.hasPrefix(Self.beginning) else { return false }
    if files.contains(where: { lines.contains(Substring(Self.line(of: $0))) }) { return false }
    let stems = files.map { "- `" + URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent + "." }
    return !lines.contains("# \(record.title)")
      || !lines.contains { line in stems.contains { line.hasPrefix($0) } }
  }

  /// The files that the card of an earlier export of the same checkpoint lists.
  public func files(in text: String) -> [String] {
    let lines = text.split(separator: "\n")
    guard lines.contains("# \(record.title)"), text.contains(weightsSentence) else { return [] }
    return lines.filter { $0.hasPrefix("- `") && $0.hasSuffix("`") }.map { String($0.dropFirst(3).dropLast()) }
  }

  /// Returns the card with other files of the same checkpoint.
  public func listing(_ others: [String]) -> ModelCard {
    var card = self
    card.files = others.filter { !files.contains($0) } + files
    return card
  }

  private var weightsSentence: String { "The weights are those of `\(checkpoint)`." }

  private static let beginning = "---\nlibrary_name: rondo\n"

  private static func line(of file: String) -> String { "- `\(file)`" }

  // MARK: Head

  private var head: String {
    // What JSON quotes, YAML reads.
    func quoted(_ text: String) -> String { (try? JSONText.line(text)) ?? "''" }
    var lines = [
      "---", "library_name: rondo", "pipeline_tag: \(task.pipelineTag)", "tags:", "- rondo",
    ]
    lines += Set(files.map { URL(fileURLWithPath: $0).pathExtension })
      .intersection(["onnx", "safetensors"]).sorted().map { "- \($0)" }
    if let begun { lines.append("base_model: \(quoted(begun.name))") }
    let figures = figures
    if let measured, !figures.isEmpty {
      lines += [
        "model-index:", "- name: \(quoted(record.title))", "  results:", "  - task:",
        "      type: \(task.pipelineTag)", "    dataset:", "      name: \(quoted(measured.data))",
        "      type: \(quoted(measured.data))", "      split: \(measured.split)", "    metrics:",
      ]
      lines += figures.flatMap { figure in
        ["    - type: \(figure.name)", "      value: \(formatted(figure.value, digits: 6))"]
      }
    }
    return (lines + ["---", ""]).joined(separator: "\n")
  }

  // MARK: Sections

  private var summary: String {
    "A model that \(task.purpose), trained by Rondo \(version): `\(settings.model.name)`, \(classNames.count) classes: "
      + classNames.prefix(20).joined(separator: ", ")
      + (classNames.count > 20 ? ", and \(classNames.count - 20) more" : "")
      + ". " + weightsSentence
  }

  private var dataLines: [String] {
    var lines = ["- Data: `\(data)`"]
    if let budget = record.plan?.budget {
      let last = budget.lastUpdateSize ?? budget.batchSize
      lines.append(
        record.plan?.trainingImages.map { "- Training images: \($0)" }
          ?? "- Training images an epoch, in whole batches: "
          + "\((budget.stepsPerEpoch - 1) * budget.batchSize + last)")
    }
    lines.append("- Held out for validation: \(heldOut)")
    return lines
  }

  /// The images on which a run chooses while it trains.
  private var heldOut: String {
    let own = settings.data
    if let folds = own.folds, let fold = own.fold { return "fold \(fold) of \(folds) (seed \(settings.machine.seed))" }
    if let share = own.validation?.share { return String(format: "%.3g %% of the training images", 100 * share) }
    let hasOwn = record.metrics?.rows.contains { $0.split == .validation } ?? false
    return hasOwn ? "the data's own validation images" : "none"
  }

  /// A metric with its interval, where there is one.
  private struct Figure {
    let name: String
    let value: Double
    var interval: ClosedRange<Double>?
  }

  /// Metrics of the exported weights.
  private struct Measured {
    let values: [String: Double]
    /// The data's name, and which part of them was evaluated.
    let (data, split): (String, String)
    /// How many images they are of, where that is known.
    var images: Int?
    /// When they were measured, on what.
    let source: String
  }

  private static func name(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }

  /// Those of the last evaluation, else of the run's end, else of the evaluation after the exported checkpoint's update.
  private var measured: Measured? {
    // A file has one model, and not the snapshots that were evaluated together.
    let isAlone = settings.evaluation.average != .snapshots
    if let evaluated, isAlone {
      let images = record.evaluation?.images
      let place = Self.name(evaluated.data)
      return Measured(
        values: evaluated.values, data: place, split: MetricsRow.Split.test.rawValue, images: images,
        source: "By `rondo evaluate`, \(images.map { "\($0) images of " } ?? "")`\(place)`, `\(checkpoint)`")
    }
    let update = RunFolder.update(ofCheckpoint: URL(fileURLWithPath: checkpoint))
    if let summary = record.summary, summary.updates == update, isAlone {
      let split = record.evaluationSplit
      return Measured(
        values: summary.final, data: data, split: split, source: "At the end of the run, on the \(split) images")
    }
    let rows = record.metrics?.rows.filter { $0.update == update } ?? []
    guard let metrics = record.metrics, let own = rows.last(where: \.split.isEvaluation) else { return nil }
    let row = isAlone ? rows.last { $0.split == .average } ?? own : own
    var values = ["loss": row.loss ?? .nan]
    for (name, value) in zip(metrics.columns, row.values) { values[name] = value }
    return Measured(
      values: values, data: data, split: own.split.rawValue,
      source: "After update \(row.update), on the \(own.split.rawValue) images")
  }

  private var figures: [Figure] {
    let values = measured?.values ?? [:]
    return values.filter { $0.value.isFinite }.sorted { $0.key < $1.key }.map { name, value in
      Figure(name: name, value: value, interval: interval(of: name, value))
    }
  }

  /// Of an accuracy of independent images.
  private func interval(of name: String, _ value: Double) -> ClosedRange<Double>? {
    guard name == "accuracy", let images = measured?.images, images > 0 else { return nil }
    return wilsonInterval(of: value, count: images)
  }

  private var figureLines: [String] {
    guard let measured, !figures.isEmpty else {
      return ["There are no metrics of these weights; `rondo evaluate` measures them."]
    }
    return [measured.source + ", one seed:", "", "| metric | value | 95 % interval |", "|---|---|---|"]
      + figures.map { figure in
        let interval = figure.interval.map {
          "\(formatted($0.lowerBound)) to \(formatted($0.upperBound))"
        }
        return "| \(figure.name) | \(formatted(figure.value)) | \(interval ?? "-") |"
      } + [
        "",
        figures.contains { $0.interval != nil }
          ? "The interval of the accuracy is Wilson's, for the variation between images alone. The intervals of other "
            + "metrics, and the variation between seeds, are not known."
          : "The intervals, and the variation between seeds, are not known.",
      ]
  }

  private var trainingLines: [String] {
    guard let plan = record.plan else { return ["The run has no plan."] }
    let known = RunFolder.update(ofCheckpoint: URL(fileURLWithPath: checkpoint))
    let made = known ?? (plan.plan.isOpenEnded ? 0 : plan.budget.totalSteps)
    let isWhole = made == plan.budget.totalSteps || plan.plan.isOpenEnded
    let changes = plan.plan.changes.filter { $0.step < made }
    // A plan that was changed may have had rates that were never applied.
    let highest =
      changes.isEmpty
      ? "highest learning rate \(formatted(plan.settings.schedule.maxLR ?? .nan)), \(origin(in: plan))"
      : "highest learning rate "
        + formatted((0..<max(1, made)).lazy.map { plan.plan.learningRate.value(at: $0) }.max())
        + ", by the changed plan"
    var lines = [
      "- Schedule: \(plan.settings.schedule.kind?.name ?? "none"), \(highest)",
      (made > 0 ? "- Length: \(made) updates of " : "- Updates of ") + "\(plan.budget.batchSize) images"
        + (isWhole ? "" : ", of \(plan.budget.totalSteps) that were planned"),
      "- Optimizer: \(plan.settings.optimizer.name.rawValue)", "- \(plan.flagsTitle.capitalizedFirst): `\(plan.flags)`",
    ]
    lines += changes.map { "- The plan: \($0)" }
    if let weights = settings.model.weights { lines.append("- Initial weights: `\(weights)`") }
    return lines
  }

  /// Where the highest rate comes from; runs of older versions have no record of it.
  private func origin(in plan: RunPlan) -> String {
    record.advice?.origin ?? (plan.range == nil ? "given" : "by the range test")
  }

  private var limitLines: [String] {
    [
      "- Images of other sources than `\(data)`: other cameras, places, people, times.",
      "- Damaged, dark, blurred or manipulated images, and images of none of its classes.",
      "- Fairness between groups of people, and any use on which safety or rights depend.",
    ]
      + (record.curveSplit == record.evaluationSplit
        ? [
          "- Whether the metrics hold for new images: the run was evaluated on the same images while it trained."
        ] : [])
  }

  private var licenseLines: [String] {
    var lines = [
      "The owner of the model chooses its license: add it as `license:` to this file's head."
    ]
    if let begun {
      lines.append(
        "It was initialized with `\(begun.name)` (\(begun.url)), offered under \(begun.license) and trained on \(begun.data.title), "
          + "whose terms remain.")
    } else if let weights = settings.model.weights {
      lines.append("It was initialized with `\(weights)`, whose license Rondo does not know.")
    } else {
      lines.append("It was initialized randomly. The terms of its data remain.")
    }
    return lines
  }
}

/// Returns Wilson's interval of 95 % for a share of independent cases.
///
/// - Source: Wilson, *Probable Inference* (1927).
func wilsonInterval(of share: Double, count: Int) -> ClosedRange<Double> {
  let (n, z) = (Double(count), 1.959_963_984_540_054)
  let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
  let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
  return max(0, middle - half)...min(1, middle + half)
}
