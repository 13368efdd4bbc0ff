import Boxes
import Foundation
import Metrics
import Testing

/// A case that `Scripts/fixtures/detection_fixtures.py` wrote, with other systems' metrics.
struct FixtureCase: Decodable {
  let kind: String
  let images: [Int]
  let categories: [Int]
  private let truth: [[Double]]
  private let results: [[Double]]
  let metrics: [Double]
  let perClass: [[Double]]
  let voc2007, voc2010: [Double]

  static func all() throws -> [FixtureCase] {
    let file = try #require(
      Bundle.module.url(forResource: "detection", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode([FixtureCase].self, from: Data(contentsOf: file))
  }

  /// The images in the file's order; classes that are not among the categories have the label -1.
  var evaluated: [EvaluatedImage] {
    images.map { image in
      EvaluatedImage(
        image: image,
        truth: truth.filter { Int($0[0]) == image }.map { row in
          AnnotatedBox(
            box(row), label: label(row), area: row[6], isCrowd: row[7] == 1,
            isDifficult: row[8] == 1)
        },
        detections: results.filter { Int($0[0]) == image }.map { row in
          DetectedBox(box(row), label: label(row), score: row[6])
        })
    }
  }

  private func label(_ row: [Double]) -> Int { categories.firstIndex(of: Int(row[1])) ?? -1 }

  private func box(_ row: [Double]) -> Box {
    Box(x: row[2], y: row[3], width: row[4], height: row[5])
  }
}

/// Whether all numbers are equal but for rounding.
func agree(_ ours: [Double], _ theirs: [Double], to tolerance: Double = 1e-12) -> Bool {
  ours.count == theirs.count && zip(ours, theirs).allSatisfy { abs($0 - $1) <= tolerance }
}

extension COCOSummary.Row {
  /// The twelve metrics in pycocotools' order.
  var all: [Double] { COCOSummary.Name.allCases.map { self[$0] } }
}
