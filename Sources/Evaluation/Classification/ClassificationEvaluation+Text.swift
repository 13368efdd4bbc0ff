import Formatting
import Foundation
import Numbers

extension ClassificationEvaluation {
  /// The most classes whose confusion matrix is printed whole.
  private static let maximumInMatrix = 20

  /// The metrics, the classes and the confusion matrix as text; of many classes the twenty most
  /// frequent confusions instead.
  public var text: String {
    let metrics = values.sorted { $0.key < $1.key }
      .map { "\($0.key) \(formatted($0.value, digits: 6))" }
    let table =
      [["class", "images", "precision", "recall", "F1"]]
      + classes.map {
        [
          $0.name, "\($0.count)", formatted($0.precision), formatted($0.recall),
          formatted($0.f1),
        ]
      }
    return (metrics + [""] + alignedColumns(table) + [""] + confusionLines).joined(separator: "\n")
  }

  private var confusionLines: [String] {
    guard classes.count > Self.maximumInMatrix else {
      // Columns are numbered: names side by side would not fit a line.
      let head = ["true class \\ prediction"] + classes.indices.map { "\($0)" }
      let rows = zip(classes, confusionMatrix).enumerated().map { number, row in
        ["\(number) \(row.0.name)"] + row.1.map { "\($0)" }
      }
      return alignedColumns([head] + rows)
    }
    let rows = confusions.prefix(20).map {
      [classes[$0.truth].name, classes[$0.prediction].name, "\($0.count)"]
    }
    return alignedColumns([["true class", "prediction", "images"]] + rows, left: 2)
  }
}
