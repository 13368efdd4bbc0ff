import Foundation
import Masks
import Metrics
import Testing

/// What `Scripts/fixtures/segmentation_fixtures.py` wrote, by SciPy, NumPy and MONAI.
private struct SegmentationFixture: Decodable {
  struct Row: Decodable {
    let truth, prediction, both: Int
    let dice, iou, hd95, boundaryIoU, boundaryF1: Double?
  }

  struct Case: Decodable {
    let name: String
    let classes, height, width: Int
    let truth, prediction, trueInstances, predictedInstances: [UInt16]
    let rows: [Row]
    let accuracy, ap50, ap: Double?

    func map(_ labels: [UInt16]) -> LabelMap {
      LabelMap(width: width, height: height, labels: labels)
    }

    /// What Rondo says of the case.
    func evaluated(_ index: Int) -> CaseMetrics {
      CaseMetrics(
        index: index, classes: classes, truth: map(truth), prediction: map(prediction),
        instances: (map(trueInstances), map(predictedInstances)))
    }
  }

  let cases: [Case]
  let together: [String: Double]

  static func read() throws -> SegmentationFixture {
    let file = try #require(
      Bundle.module.url(
        forResource: "segmentation", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(SegmentationFixture.self, from: Data(contentsOf: file))
  }
}

/// Whether two metrics are equal to rounding, both of them nothing, or both infinite.
private func agree(_ own: Double?, _ known: Double?) -> Bool {
  guard let own, let known else { return own == nil && known == nil }
  return known >= 1e9 ? own == .infinity : abs(own - known) < 1e-9
}

@Suite struct `The metrics of a segmentation` {
  @Test func `of one image are SciPy's, MONAI's and Kaggle's, in every awkward case`() throws {
    let cases = try SegmentationFixture.read().cases
    #expect(cases.count == 19)
    for (index, known) in cases.enumerated() {
      let evaluated = known.evaluated(index)
      #expect(agree(evaluated.pixelAccuracy, known.accuracy), "\(known.name)")
      #expect(agree(evaluated.instances?.ap50, known.ap50), "\(known.name)")
      #expect(agree(evaluated.instances?.ap, known.ap), "\(known.name)")
      for (label, row) in known.rows.enumerated() {
        let overlap = evaluated.overlaps[label]
        #expect(
          overlap == ClassOverlap(truth: row.truth, prediction: row.prediction, both: row.both),
          "\(known.name), class \(label)")
        #expect(agree(overlap.dice, row.dice) && agree(overlap.iou, row.iou), "\(known.name)")
        guard label > 0 else { continue }
        let boundary = evaluated.boundaries[label - 1]
        #expect(agree(boundary.hd95, row.hd95), "\(known.name): \(boundary)")
        #expect(agree(boundary.boundaryIoU, row.boundaryIoU), "\(known.name): \(boundary)")
        #expect(agree(boundary.boundaryF1, row.boundaryF1), "\(known.name): \(boundary)")
      }
    }
  }

  @Test func `of several images are nnU-Net's per case and torchvision's pooled`() throws {
    let fixture = try SegmentationFixture.read()
    var (metric, first, second) = (
      SegmentationMetric(classes: 2), SegmentationMetric(classes: 2),
      SegmentationMetric(classes: 2)
    )
    for (index, known) in fixture.cases.enumerated() where known.classes == 2 {
      let evaluated = known.evaluated(index)
      metric.add(evaluated)
      if index % 2 == 0 { first.add(evaluated) } else { second.add(evaluated) }
    }
    let values = Dictionary(uniqueKeysWithValues: metric.summary.values.map { ($0.name, $0.value) })
    for (name, value) in fixture.together { #expect(agree(values[name], value), "\(name)") }
    #expect(fixture.together.count == 11)
    // Two have the class on one side only.
    #expect(metric.summary.hd95Missing == 2)
    first.merge(second)
    first.merge(second)
    #expect(first == metric)
  }

  @Test func `count an image once, and are none without images`() {
    let map = LabelMap(width: 2, height: 1, labels: [0, 1])
    var metric = SegmentationMetric(classes: 2, boundaries: false)
    #expect(metric.summary.values.count { $0.value.isNaN } == metric.summary.values.count)
    #expect(metric.summary.values.map(\.name).contains("dice"), "undefined, and not left out")
    metric.add(7, truth: map, prediction: map)
    metric.add(7, truth: map, prediction: LabelMap(width: 2, height: 1))
    #expect(metric.cases.count == 1 && metric.summary.dice == 1)
    #expect(metric.summary.hd95 == nil && metric.summary.ap == nil)
  }

  @Test func `take a prediction beyond the classes, or none at all, for wrong`() {
    let truth = LabelMap(width: 4, height: 1, labels: [0, 1, 1, LabelMap.ignored])
    let prediction = LabelMap(width: 4, height: 1, labels: [9, LabelMap.ignored, 1, 1])
    let metrics = CaseMetrics(index: 0, classes: 2, truth: truth, prediction: prediction)
    #expect(
      metrics.pixels == 3 && metrics.overlaps[1] == ClassOverlap(truth: 2, prediction: 1, both: 1))
    #expect(metrics.overlaps[0] == ClassOverlap(truth: 1, prediction: 0, both: 0))
  }

  @Test func `find an instance only above a threshold, as Kaggle has it`() {
    // Three of four pixels: 0.75 is above 0.7 and not above 0.75.
    let match = InstanceMatch(
      truth: LabelMap(width: 5, height: 1, labels: [5, 5, 5, 5, 0]),
      prediction: LabelMap(width: 5, height: 1, labels: [0, 9, 9, 9, 0]))
    #expect(match.found == [1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    #expect(match.ap50 == 1 && match.ap == 0.5)
  }
}

@Suite struct `A mask of more than 46,340 pixels a side` {
  @Test func `has its distances, its boundary and its instances evaluated`() throws {
    let side = 60_001
    var (truth, prediction) = (LabelMap(width: side, height: 1), LabelMap(width: side, height: 1))
    truth.labels[0] = 1
    prediction.labels[side - 1] = 1
    let metrics = BoundaryMetrics(of: 1, truth: truth, prediction: prediction)
    #expect(metrics.hd95 == 60_000)
    #expect(metrics.boundaryF1 == 0)
    // 1 % of the pixels beside those that are right, within 2 % of the diagonal.
    for position in 1..<600 { truth.labels[position] = 1 }
    let own = CaseMetrics(
      index: 0, classes: 2, truth: truth, prediction: truth, instances: (truth, truth))
    #expect(own.dice == 1 && own.hd95 == 0 && own.instances?.ap50 == 1)
  }
}
