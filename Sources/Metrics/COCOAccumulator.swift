/// Precision and recall of one class over all images, by COCO's rules.
///
/// - Source: `accumulate` and `summarize` of pycocotools' cocoeval.py.
struct COCOAccumulator {
  private let matches: [COCOMatcher.Match]
  private let needed: SIMD4<Int32>

  /// Takes a class's detections in any order, and how many objects have to be found by area range.
  init(matches: [COCOMatcher.Match], needed: SIMD4<Int32>) {
    self.matches = matches.sorted { a, b in
      a.score != b.score ? a.score > b.score : (a.image, a.rank) < (b.image, b.rank)
    }
    self.needed = needed
  }

  func figures() -> COCOFigures.Row {
    let overlaps = COCORules.overlaps
    let precisions = COCORules.areas.indices.map { area in
      overlaps.indices.map { averagePrecision(area: area, overlap: $0) }
    }
    let half = overlaps.firstIndex(of: 0.5) ?? 0
    let threeQuarters = overlaps.firstIndex(of: 0.75) ?? 0
    let most = COCORules.mostDetections
    return COCOFigures.Row(values: [
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
    let count = Double(needed[area])
    guard count > 0 else { return -1 }
    let bit = COCORules.bit(area: area, overlap: overlap)
    // Only where an object is found does recall rise, so only there can a recall first be reached.
    var (recalls, precisions) = ([Double](), [Double]())
    var (right, wrong) = (0.0, 0.0)
    for match in matches where match.ignored & bit == 0 {
      guard match.found & bit != 0 else {
        wrong += 1
        continue
      }
      right += 1
      recalls.append(right / count)
      precisions.append(right / (wrong + right + Double.ulpOfOne))
    }
    // The precision at a recall is the best that is had from there on.
    for index in precisions.indices.dropLast().reversed() {
      precisions[index] = max(precisions[index], precisions[index + 1])
    }
    var (sum, place) = (0.0, 0)
    for recall in COCORules.recalls {
      while place < recalls.count, recalls[place] < recall { place += 1 }
      guard place < recalls.count else { break }
      sum += precisions[place]
    }
    return sum / Double(COCORules.recalls.count)
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
