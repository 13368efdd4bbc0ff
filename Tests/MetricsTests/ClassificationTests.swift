import Foundation
import Metrics
import Testing

/// A case that `Scripts/fixtures/classification_fixtures.py` wrote, with scikit-learn's metrics.
private struct ClassificationCase: Decodable {
  let kind: String
  let classes: Int
  let logits: [Float]
  let labels: [Int]
  let accuracy, balancedAccuracy, loss: Double
  let top5: Double?
  let calibrationError: Double
  let confusion: [Int]
  let precision, recall, f1: [Double?]
  let count: [Int]

  enum CodingKeys: String, CodingKey {
    case kind, classes, logits, labels, accuracy, loss, top5, confusion, precision, recall, f1,
      count
    case balancedAccuracy = "balanced_accuracy"
    case calibrationError = "calibration_error"
  }

  static func all() throws -> [ClassificationCase] {
    let file = try #require(
      Bundle.module.url(
        forResource: "classification", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode([ClassificationCase].self, from: Data(contentsOf: file))
  }

  /// The metric of a part of the images.
  func metric(_ part: Range<Int>? = nil) -> ClassificationMetric {
    var metric = ClassificationMetric(classes: classes)
    for index in part ?? labels.indices {
      let prediction = ClassPrediction(logits: logits[(index * classes)..<((index + 1) * classes)])
      metric.add(prediction, truth: labels[index])
    }
    return metric
  }
}

private func agree(_ ours: Double?, _ theirs: Double?) -> Bool {
  guard let ours, let theirs else { return ours == nil && theirs == nil }
  return abs(ours - theirs) <= 1e-12
}

@Suite struct `The metrics of a classifier` {
  @Test func `are scikit-learn's`() throws {
    for known in try ClassificationCase.all() {
      let metric = known.metric()
      #expect(agree(metric.accuracy, known.accuracy), "\(known.kind)")
      let balanced = metric.confusion.classCounts.balancedAccuracy
      #expect(agree(balanced, known.balancedAccuracy), "\(known.kind)")
      #expect(agree(metric.topFiveAccuracy, known.top5), "\(known.kind)")
      #expect(abs((metric.loss ?? .nan) / known.loss - 1) < 1e-9, "\(known.kind)")
      #expect(agree(metric.calibration.error, known.calibrationError), "\(known.kind)")
      #expect(metric.confusion.rows.flatMap { $0 } == known.confusion, "\(known.kind)")
      for label in 0..<known.classes {
        let metrics = metric.confusion.metrics(of: label)
        #expect(agree(metrics.precision, known.precision[label]), "\(known.kind), class \(label)")
        #expect(agree(metrics.recall, known.recall[label]), "\(known.kind), class \(label)")
        #expect(agree(metrics.f1, known.f1[label]), "\(known.kind), class \(label)")
        #expect(metrics.count == known.count[label])
      }
    }
  }

  @Test func `merged of parts are those of the whole`() throws {
    for known in try ClassificationCase.all() {
      var merged = known.metric(0..<7)
      merged.merge(known.metric(7..<known.labels.count))
      let whole = known.metric()
      #expect(merged.confusion == whole.confusion && merged.count == whole.count)
      #expect(agree(merged.accuracy, whole.accuracy))
      #expect(agree(merged.topFiveAccuracy, whole.topFiveAccuracy))
      #expect(abs((merged.loss ?? .nan) - (whole.loss ?? .nan)) < 1e-9)
      #expect(agree(merged.calibration.error, whole.calibration.error))
    }
  }

  @Test func `of nothing are none`() {
    let metric = ClassificationMetric(classes: 7)
    #expect(metric.accuracy == nil && metric.loss == nil && metric.topFiveAccuracy == nil)
    #expect(metric.calibration.error == nil)
    let metrics = metric.confusion.metrics(of: 3)
    #expect(metrics.precision == nil && metrics.recall == nil && metrics.f1 == nil)
  }
}

@Suite struct `A prediction` {
  @Test func `is a softmax`() {
    let prediction = ClassPrediction(logits: [0, Float(log(3.0))])
    #expect(
      abs(prediction.probabilities[0] - 0.25) < 1e-7
        && abs(prediction.probabilities[1] - 0.75) < 1e-7)
    #expect(abs(prediction.loss(of: 1) - log(4.0 / 3)) < 1e-7)
  }

  @Test func `puts the likeliest first, and of equals the lower number`() {
    let prediction = ClassPrediction(logits: [1, 3, 2, 3, 0])
    #expect(prediction.best == 1)
    #expect(prediction.top(3) == [1, 3, 2])
    #expect(prediction.top(9) == [1, 3, 2, 0, 4])
    #expect((0..<5).map(prediction.rank(of:)) == [3, 0, 2, 1, 4])
  }

  @Test func `bears logits of any size, and says where they are NaN`() {
    let huge = ClassPrediction(logits: [-3e38, 3e38, 3e38])
    #expect(huge.probabilities == [0, 0.5, 0.5] && huge.isFinite)
    #expect(!ClassPrediction(logits: [1, .nan]).isFinite)
    #expect(!ClassPrediction(logits: [1, .infinity]).isFinite)
  }
}

@Suite struct `The calibration of a classifier` {
  @Test func `is the distance between claim and truth, weighted by the predictions`() throws {
    var calibration = Calibration()
    // Three of four right at 0.9: 0.15 off. One of one at 0.4: 0.6 off.
    for isCorrect in [true, true, true, false] {
      calibration.add(confidence: 0.9, isCorrect: isCorrect)
    }
    calibration.add(confidence: 0.4, isCorrect: true)
    let error = try #require(calibration.error)
    #expect(abs(error - 0.24) < 1e-12, "(4 * 0.15 + 0.6) / 5")
  }

  @Test func `puts an edge into the bin below it, and every number somewhere`() {
    var calibration = Calibration(bins: 4)
    for confidence in [0, 0.25, 0.25001, 0.5, 1] {
      calibration.add(confidence: confidence, isCorrect: true)
    }
    #expect(calibration.bins.map(\.count) == [2, 2, 0, 1])
    for odd in [Double.nan, -1, 2, .infinity] { calibration.add(confidence: odd, isCorrect: false) }
    #expect(calibration.bins.reduce(0) { $0 + $1.count } == 9)
  }
}
