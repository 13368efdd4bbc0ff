import Foundation
import Numbers
import Words

extension SegmentationEvaluation {
  /// The metrics, and the classes, as text.
  public var text: String {
    let figures = namedValues.map { "\($0.metric.name) \(formatted($0.value, digits: 6))" }
    let head = ["class", "Dice", "IoU", "HD95", "boundary IoU", "boundary F1"]
    let rows = classes.map { row in
      [row.name]
        + [
          row.figures.dice, row.figures.iou, row.figures.hd95, row.figures.boundaryIoU,
          row.figures.boundaryF1,
        ].map { formatted($0) }
    }
    return (figures + [""] + alignedColumns([head] + rows)).joined(separator: "\n")
  }
}
