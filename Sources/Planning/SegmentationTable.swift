import Foundation
import Words

extension SegmentationEvaluation {
  /// The figures, and the classes, as text.
  public var text: String {
    let figures = namedValues.map { "\($0.name) \(String(format: "%.6f", $0.value))" }
    let head = ["class", "Dice", "IoU", "HD95", "boundary IoU", "boundary F1"]
    let rows = classes.map { row in
      [row.name]
        + [
          row.figures.dice, row.figures.iou, row.figures.hd95, row.figures.boundaryIoU,
          row.figures.boundaryF1,
        ].map { $0.map { String(format: "%.4f", $0) } ?? "-" }
    }
    return (figures + [""] + alignedColumns([head] + rows)).joined(separator: "\n")
  }
}
