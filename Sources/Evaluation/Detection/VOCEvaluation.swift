import Boxes
import Datasets
import Formatting
import Foundation
import Metrics
import Numbers

/// A results file compared with an annotation file by PASCAL VOC's rules.
///
/// Edges are taken as numbers of pixels, both ends included, as VOC's development kits take them;
/// `ignore` in the annotation file is VOC's `difficult`.
public struct VOCEvaluation: ResultsEvaluation {
  /// The classes' names, in the order of their numbers.
  public let classNames: [String]
  /// The number of images evaluated.
  public let images: Int
  /// The number of boxes and of detections evaluated.
  public let boxes: Int, detections: Int
  /// Boxes and detections of categories that the annotation file does not list; they are left out.
  public let unknownBoxes: Int, unknownDetections: Int
  /// The metrics.
  public let summary: VOCMetric.Summary

  /// Reads both files and evaluates.
  ///
  /// - Throws: `DataError`, `AnnotationError`: one sentence with file and field.
  public init(predictions: String, groundTruth: String, rule: VOCMetric.Rule) throws {
    let truth = try COCOAnnotations(file: groundTruth)
    let results = try COCOResults(file: predictions)
    try results.checkUnits(by: truth)
    let evaluated = try EvaluatedImages(predictions: results, groundTruth: truth)
    var metric = VOCMetric(classes: truth.categories.count)
    for image in evaluated.images { metric.add(image) }
    summary = metric.summary(rule)
    classNames = truth.categories.map(\.name)
    images = evaluated.images.count
    unknownBoxes = evaluated.unknownBoxes
    unknownDetections = evaluated.unknownDetections
    boxes = truth.annotations.count - unknownBoxes
    detections = results.detections.count - unknownDetections
  }

  /// The average precision at an overlap of 0.5: the mean, and with `perClass` each class's.
  public func table(perClass: Bool) -> String {
    func cell(_ value: Double) -> String { formatted(value < 0 ? nil : value, digits: 3) }
    let classes = perClass ? zip(classNames, summary.perClass).map { [$0, cell($1)] } : []
    return alignedColumns([["", "AP"], ["mean", cell(summary.mean)]] + classes)
      .joined(separator: "\n")
  }

  /// Returns the metrics by name, to be encoded as JSON; `null` where there is nothing to detect.
  public func json(perClass: Bool) -> any Encodable {
    func known(_ value: Double) -> Double { value < 0 ? .nan : value }
    let classes = Dictionary(
      zip(classNames, summary.perClass.map(known)), uniquingKeysWith: { first, _ in first })
    return Summary(
      mean: known(summary.mean), perClass: perClass ? NaNsAsNull(wrappedValue: classes) : nil)
  }

  private struct Summary: Encodable {
    @NaNAsNull var mean: Double
    let perClass: NaNsAsNull?

    enum CodingKeys: String, CodingKey {
      case mean = "AP"
      case perClass = "per_class"
    }
  }
}
