import Datasets
import Formatting
import Foundation
import Masks
import Metrics
import Numbers

/// A folder of predicted masks compared with a folder of true ones.
public struct MaskEvaluation: Sendable {
  /// What the classes are called, by number.
  public let classNames: [String]
  /// What the masks are called.
  public let names: [String]
  /// Whether the masks are maps of instances.
  public let isInstance: Bool
  /// The metrics of each mask.
  public let cases: [CaseMetrics]
  /// The metrics over all masks.
  public let summary: SegmentationSummary

  /// Reads both folders and evaluates, on all cores.
  ///
  /// Of instances, foreground and background are evaluated as classes, and the instances are matched.
  ///
  /// - Throws: `MaskError`, `DataError`: one sentence with the file.
  public init(predictions: String, groundTruth: String) throws {
    let masks = try PredictedMasks(predictions: predictions, groundTruth: groundTruth)
    let (classes, isInstance) = (masks.classNames.count, masks.isInstance)
    let evaluated = try masks.map { index, truth, prediction in
      isInstance
        ? CaseMetrics(
          index: index, classes: classes, truth: truth.foreground,
          prediction: prediction.foreground,
          instances: (truth, prediction))
        : CaseMetrics(index: index, classes: classes, truth: truth, prediction: prediction)
    }
    var metric = SegmentationMetric(classes: classes)
    for metrics in evaluated { metric.add(metrics) }
    cases = metric.cases
    summary = metric.summary
    classNames = masks.classNames
    names = masks.names
    self.isInstance = isInstance
  }

  // MARK: For people

  /// The metrics as a table; a line for each class and for each mask follows if wanted.
  public func table(perClass: Bool, perCase: Bool) -> String {
    let values = Dictionary(
      summary.values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    var lines = alignedColumns(
      [["", "value", "key"]]
        + SegmentationSummary.metrics.map(\.description).compactMap { metric in
          values[metric.name].map { [metric.displayName, Self.cell($0), metric.name] }
        })
    if perClass {
      let head = [
        "class", "dice", "iou", "dice_pooled", "iou_pooled", "hd95", "boundary_iou", "boundary_f1",
      ]
      let rows = zip(classNames, summary.rows).map { name, row in
        [name]
          + [
            row.dice, row.iou, row.dicePooled, row.iouPooled, row.hd95, row.boundaryIoU,
            row.boundaryF1,
          ].map(Self.cell)
      }
      lines += [""] + alignedColumns([head] + rows)
    }
    if perCase {
      let head = ["mask", "dice", "iou", "hd95", "boundary_iou", "boundary_f1", "ap50"]
      let rows = zip(names, cases).map { name, own in
        [name]
          + [
            own.dice, own.iou, own.hd95, own.boundaryIoU, own.boundaryF1, own.instances?.ap50,
          ].map(Self.cell)
      }
      lines += [""] + alignedColumns([head] + rows)
    }
    return lines.joined(separator: "\n")
  }

  /// Four digits behind the point; a dash where nothing defines the metric.
  private static func cell(_ value: Double?) -> String {
    formatted(value)
  }
}

/// The metrics of masks as programs read them.
///
/// They stand by their names, those of classes and masks under `per_class` and `per_case` if wanted; a
/// metric that nothing defines is null.
public struct MaskMetricsJSON: Encodable {
  private let values: [String: Double]
  private let perClass: [String: SegmentationSummary.Row]?
  private let perCase: [String: [String: NilAsNull<Double>]]?
  private let hd95Missing: Int

  /// Takes what is to be written.
  public init(_ evaluation: MaskEvaluation, perClass: Bool, perCase: Bool) {
    values = Dictionary(
      evaluation.summary.values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    hd95Missing = evaluation.summary.hd95Missing
    self.perClass =
      perClass
      ? Dictionary(
        zip(evaluation.classNames, evaluation.summary.rows), uniquingKeysWith: { $1 }) : nil
    self.perCase =
      perCase
      ? Dictionary(
        zip(evaluation.names, evaluation.cases).map { ($0, Self.summary(of: $1)) },
        uniquingKeysWith: { $1 }) : nil
  }

  private static func summary(of own: CaseMetrics) -> [String: NilAsNull<Double>] {
    var all: [String: Double?] = [
      "dice": own.dice, "iou": own.iou, "hd95": own.hd95, "boundary_iou": own.boundaryIoU,
      "boundary_f1": own.boundaryF1,
    ]
    if let instances = own.instances { (all["ap50"], all["ap"]) = (instances.ap50, instances.ap) }
    return all.mapValues { NilAsNull(wrappedValue: $0) }
  }

  /// Writes them as one object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: TextKey.self)
    for (name, value) in values { try container.encode(NaNAsNull(wrappedValue: value), forKey: TextKey(name)) }
    try container.encode(hd95Missing, forKey: TextKey("hd95_missing"))
    try container.encodeIfPresent(perClass, forKey: TextKey("per_class"))
    try container.encodeIfPresent(perCase, forKey: TextKey("per_case"))
  }
}
