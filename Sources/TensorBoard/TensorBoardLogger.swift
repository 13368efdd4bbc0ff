import Formatting
import Foundation
import Metrics
import Numbers
import Planning
import Runs
import Tuning

/// Writes a run for TensorBoard: `events.out.tfevents.*` in its folder, to be looked at by
/// `tensorboard --logdir runs`.
///
/// Scalars have the values of `metrics.csv` in single precision, and the number of applied updates as their
/// step: `train/...` of updates, `val/...` or `test/...` of evaluations, `average/...` of the averaged weights,
/// `final/...` of the run's end. The configuration and the plan are texts; the range test's curve and the
/// first training images are images. Where a run continues after a checkpoint, a new file begins whose first
/// event says that what was logged of later steps does not count.
public final class TensorBoardLogger: TrainingObserver {
  private let folder: RunFolder
  private var file: EventFile?
  private var plan: RunPlan?

  /// Creates the logger of a run, whose first file begins when training does.
  public init(_ folder: RunFolder) { self.folder = folder }

  /// Remembers the plan.
  public func didReport(_ event: RunEvent) {
    switch event {
    case .planned(let plan), .revised(let plan), .rolledBack(let plan), .landing(let plan, _):
      self.plan = plan
    default: break
    }
  }

  /// Begins a file.
  public func willTrain(after update: Int) throws -> TrainingDecision {
    try file?.flush()
    let file = try EventFile(in: folder.url, from: update + 1)
    self.file = file
    var values: [Tensorboard_Summary.Value] = []
    if let settings = try? TextFile.read(folder.configuration.path) {
      values.append(.text("configuration", code: settings))
    }
    if let plan {
      let lines = plan.lines + ["\(plan.flagsTitle): \(plan.flags)"]
      values.append(.text("plan", code: lines.joined(separator: "\n")))
    }
    if update == 0 { values += try pictures() }
    try file.add(values, at: update)
    try file.flush()
    return .proceed
  }

  /// The range test's curve, and the first training images as the network sees them.
  private func pictures() throws -> [Tensorboard_Summary.Value] {
    var values: [Tensorboard_Summary.Value] = []
    if FileManager.default.fileExists(atPath: folder.rangeTest.path) {
      let curve = try RangeTestCurve.read(
        csv: folder.rangeTest.path, measure: plan?.settings.rangeTest.measure ?? .trainingLoss)
      if let picture = RangeTestImage(curve) {
        values.append(
          .image(
            "range_test", png: picture.png, width: RangeTestImage.width,
            height: RangeTestImage.height))
      }
    }
    if let samples = try SampleImages.read(from: folder) {
      values += samples.images.enumerated().map { index, image in
        .image(
          "samples/\(index + 1)", png: image.png, width: samples.size[0], height: samples.size[1],
          displayName: image.caption)
      }
    }
    return values
  }

  /// Adds the update's scalars.
  public func didUpdate(_ record: UpdateRecord) throws -> TrainingDecision {
    var values: [Tensorboard_Summary.Value] = [
      .scalar("train/loss", record.loss), .scalar("train/learning_rate", record.learningRate),
    ]
    if let momentum = record.momentum { values.append(.scalar("train/momentum", momentum)) }
    if let decay = record.weightDecay { values.append(.scalar("train/weight_decay", decay)) }
    if let speed = record.imagesPerSecond {
      values.append(.scalar("train/images_per_second", speed))
    }
    for value in record.terms + record.measures {
      values.append(.scalar("train/" + value.name, value.value))
    }
    try file?.add(values, at: record.update)
    return .proceed
  }

  /// Adds the evaluation's scalars.
  public func didEvaluate(_ record: EvaluationRecord) throws -> TrainingDecision {
    let part = record.split == .validation ? "val/" : "test/"
    // A metric that is undefined has no point; a loss that is not finite is shown.
    func scalars(_ part: String, _ metrics: EvaluationRecord.Metrics?) -> [Tensorboard_Summary.Value] {
      (metrics?.values ?? []).filter { $0.value.isFinite || $0.name == "loss" }
        .map { .scalar(part + $0.name, $0.value) }
    }
    try file?.add(scalars(part, record.model) + scalars("average/", record.average), at: record.update)
    try file?.flush()
    return .proceed
  }

  /// Hands what has gathered to the system.
  public func willCheckpoint(after update: Int) throws { try file?.flush() }
  /// Hands what has gathered to the system.
  public func willEnd() throws { try file?.flush() }

  /// Adds the final metrics, where they are of other images than those of the evaluations before.
  public func didFinish(_ summary: RunSummary) throws {
    try file?.add(
      summary.final.sorted { $0.key < $1.key }.map { .scalar("final/" + $0.key, $0.value) },
      at: summary.updates)
    try file?.flush()
  }
}

extension Tensorboard_Summary.Value {
  fileprivate static func scalar(_ tag: String, _ value: Double) -> Self {
    .with {
      $0.tag = tag
      $0.simpleValue = Float(value)
    }
  }

  /// A text that is shown letter by letter: TensorBoard reads Markdown, in which four spaces make code.
  fileprivate static func text(_ tag: String, code: String) -> Self {
    let lines = code.split(separator: "\n", omittingEmptySubsequences: false)
    return .with {
      $0.tag = tag + "/text_summary"
      $0.metadata.pluginData.pluginName = "text"
      $0.tensor.dtype = .dtString
      $0.tensor.tensorShape.dim = [.with { $0.size = 1 }]
      $0.tensor.stringVal = [Data(lines.map { "    " + $0 }.joined(separator: "\n").utf8)]
    }
  }

  fileprivate static func image(
    _ tag: String, png: Data, width: Int, height: Int, displayName: String = ""
  ) -> Self {
    .with {
      $0.tag = tag
      $0.metadata.displayName = displayName
      $0.image.width = Int32(clamping: width)
      $0.image.height = Int32(clamping: height)
      $0.image.colorspace = 3
      $0.image.encodedImageString = png
    }
  }
}
