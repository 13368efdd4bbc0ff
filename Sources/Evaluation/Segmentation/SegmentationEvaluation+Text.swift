import Formatting
import Foundation
import Numbers

extension SegmentationEvaluation {
  /// The metrics, and the classes, as text.
  public var text: String {
    let metrics = namedValues.map { "\($0.metric.name) \(formatted($0.value, digits: 6))" }
    let head = ["class", "Dice", "IoU", "HD95", "boundary IoU", "boundary F1"]
    let rows = classes.map { row in
      [row.name]
        + [
          row.metrics.dice, row.metrics.iou, row.metrics.hd95, row.metrics.boundaryIoU,
          row.metrics.boundaryF1,
        ].map { formatted($0) }
    }
    return (metrics + [""] + alignedColumns([head] + rows)).joined(separator: "\n")
  }
}
