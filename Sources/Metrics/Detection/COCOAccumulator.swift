/// Precision and recall of one class over all images, by COCO's rules.
///
/// - Source: `accumulate` and `summarize` of pycocotools' cocoeval.py.
struct COCOAccumulator: Sendable {
  private let matches: [COCOMatcher.Match]
  private let needed: SIMD4<Int32>

  /// Takes a class's detections in any order, and how many objects have to be found by area range.
  init(matches: [COCOMatcher.Match], needed: SIMD4<Int32>) {
    self.matches = matches.sorted { a, b in
      a.score != b.score ? a.score > b.score : (a.image, a.rank) < (b.image, b.rank)
    }
    self.needed = needed
  }

  func summary() -> COCOSummary.Row {
    let overlaps = COCORules.overlaps
    let precisions = COCORules.areas.indices.map { area in
      overlaps.indices.map { averagePrecision(area: area, overlap: $0) }
    }
    let half = overlaps.firstIndex(of: 0.5) ?? 0
    let threeQuarters = overlaps.firstIndex(of: 0.75) ?? 0
    let most = COCORules.maximumDetections
    return COCOSummary.Row(values: [
      Self.mean(precisions[0]), precisions[0][half], precisions[0][threeQuarters],
      Self.mean(precisions[1]), Self.mean(precisions[2]), Self.mean(precisions[3]),
      recall(area: 0, most: most[0]), recall(area: 0, most: most[1]),
      recall(area: 0, most: most[2]), recall(area: 1, most: most[2]),
      recall(area: 2, most: most[2]), recall(area: 3, most: most[2]),
    ])
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// The mean precision over 101 recalls; -1 where nothing has to be found.
  private func averagePrecision(area: Int, overlap: Int) -> Double {
    guard needed[area] > 0 else { return -1 }
    let points = points(area: area, overlap: overlap)
    var (sum, position) = (0.0, 0)
    for recall in COCORules.recalls {
      while position < points.count, points[position].recall < recall { position += 1 }
      guard position < points.count else { break }
      sum += points[position].precision
    }
    return sum / Double(COCORules.recalls.count)
  }

  /// Precision against recall at an overlap of 0.5; nil where nothing has to be found.
  func curve() -> PrecisionRecallCurve? {
    guard needed[0] > 0 else { return nil }
    let points = points(area: 0, overlap: 0)
    let reached = COCORules.recalls.map { recall in points.first { $0.recall >= recall } }
    return PrecisionRecallCurve(
      precisions: reached.map { $0?.precision ?? 0 }, scores: reached.map { $0?.score })
  }

  /// Where an object is found: only there does recall rise, so only there can one first be reached.
  private struct Point {
    var recall: Double
    var precision: Double
    var score: Double
  }

  /// The points of the curve by rising recall; the precision at each is the best that is had from there
  /// on.
  private func points(area: Int, overlap: Int) -> [Point] {
    let count = Double(needed[area])
    let bit = COCORules.bit(area: area, overlap: overlap)
    var points: [Point] = []
    var (right, wrong) = (0.0, 0.0)
    for match in matches where match.ignored & bit == 0 {
      guard match.found & bit != 0 else {
        wrong += 1
        continue
      }
      right += 1
      points.append(
        Point(
          recall: right / count, precision: right / (wrong + right + Double.ulpOfOne),
          score: match.score))
    }
    for index in points.indices.dropLast().reversed() {
      points[index].precision = max(points[index].precision, points[index + 1].precision)
    }
    return points
  }

  /// The mean recall over the overlaps; -1 where nothing has to be found.
  private func recall(area: Int, most: Int) -> Double {
    let count = Double(needed[area])
    guard count > 0 else { return -1 }
    var found = 0
    let bits =
      (COCORules.bit(area: area, overlap: COCORules.overlaps.count) - 1)
      & ~(COCORules.bit(area: area, overlap: 0) - 1)
    for match in matches where match.rank < most {
      found += (match.found & ~match.ignored & bits).nonzeroBitCount
    }
    return Double(found) / count / Double(COCORules.overlaps.count)
  }
}
