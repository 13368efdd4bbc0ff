import Formatting
import Foundation
import Metrics
import Numbers

extension COCOEvaluation {
  /// The metrics as a table; with `perClass` a line for each class follows.
  public func table(perClass: Bool) -> String {
    let rows = COCOSummary.Name.allCases.map { name in
      [name.rawValue, Self.cell(summary.mean[name])] + name.conditions
    }
    var lines = alignedColumns([["", "value", "overlap", "area", "detections"]] + rows)
    if perClass {
      let names = COCOSummary.Name.allCases
      let classes = zip(classNames, summary.perClass).map { name, row in
        [name] + names.map { Self.cell(row[$0]) }
      }
      lines += [""] + alignedColumns([["class"] + names.map(\.rawValue)] + classes)
    }
    return lines.joined(separator: "\n")
  }

  /// Returns the metrics in the form in which they are encoded as JSON.
  public func json(perClass: Bool) -> any Encodable {
    DetectionMetricsJSON(self, perClass: perClass)
  }

  /// Three digits behind the point; a dash where nothing had to be found.
  private static func cell(_ value: Double) -> String {
    formatted(value < 0 ? nil : value, digits: 3)
  }
}

extension COCOSummary.Name {
  /// At which overlaps, in which areas and with how many detections of a class on an image.
  fileprivate var conditions: [String] {
    switch self {
    case .ap: ["0.50:0.95", "all", "100"]
    case .ap50: ["0.50", "all", "100"]
    case .ap75: ["0.75", "all", "100"]
    case .apSmall, .arSmall: ["0.50:0.95", "small", "100"]
    case .apMedium, .arMedium: ["0.50:0.95", "medium", "100"]
    case .apLarge, .arLarge: ["0.50:0.95", "large", "100"]
    case .ar1: ["0.50:0.95", "all", "1"]
    case .ar10: ["0.50:0.95", "all", "10"]
    case .ar100: ["0.50:0.95", "all", "100"]
    }
  }
}
