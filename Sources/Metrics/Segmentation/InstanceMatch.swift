import Masks
import Numbers

/// How the instances of a prediction match those of the truth, in one image.
///
/// A true instance is found by a predicted one if their intersection over union is *above* a threshold;
/// from 0.5 on no instance can be found by two. At each of ten thresholds what is found counts TP, what
/// is predicted beside it FP, and what is not found FN.
///
/// - Source: Kaggle, *Data Science Bowl 2018*, evaluation. It has no confidences and no curve of
///   precision, so it is not COCO's AP.
public struct InstanceMatch: Sendable, Hashable, Codable {
  /// The thresholds, from 0.5 to 0.95 in steps of 0.05.
  public static let thresholds = (0..<10).map { (50 + 5 * Double($0)) / 100 }

  /// Instances in the truth.
  public var truth: Int
  /// Instances in the prediction.
  public var predicted: Int
  /// Instances found at each threshold.
  public var found: [Int]

  /// Matches two maps of instances; what the truth ignores is left out of both.
  ///
  /// - Precondition: both are of one size.
  public init(truth: LabelMap, prediction: LabelMap) {
    precondition(
      (truth.width, truth.height) == (prediction.width, prediction.height),
      "Truth and prediction must have the same size.")
    var trueAreas = [Int](repeating: 0, count: Int(truth.highest) + 1)
    var predictedAreas = [Int](repeating: 0, count: Int(prediction.highest) + 1)
    var shared: [UInt32: Int] = [:]
    // Neighbors mostly lie in the same two instances, so the dictionary is asked once a run.
    var (pair, run) = (UInt32(0), 0)
    func close() {
      guard run > 0 else { return }
      let (own, other) = (Int(pair >> 16), Int(pair & 0xFFFF))
      trueAreas[own] += run
      predictedAreas[other] += run
      if own != 0, other != 0 { shared[pair, default: 0] += run }
    }
    truth.labels.withUnsafeBufferPointer { truth in
      prediction.labels.withUnsafeBufferPointer { prediction in
        for position in truth.indices {
          guard truth[position] != LabelMap.ignored else { continue }
          let other = prediction[position] == LabelMap.ignored ? 0 : prediction[position]
          let next = UInt32(truth[position]) << 16 | UInt32(other)
          if next == pair {
            run += 1
          } else {
            close()
            (pair, run) = (next, 1)
          }
        }
        close()
      }
    }
    self.truth = trueAreas.dropFirst().count { $0 > 0 }
    predicted = predictedAreas.dropFirst().count { $0 > 0 }
    found = [Int](repeating: 0, count: Self.thresholds.count)
    for (pair, area) in shared {
      let union = trueAreas[Int(pair >> 16)] + predictedAreas[Int(pair & 0xFFFF)] - area
      let overlap = Double(area) / Double(union)
      for (position, threshold) in Self.thresholds.enumerated() where overlap > threshold {
        found[position] += 1
      }
    }
  }

  /// TP / (TP + FP + FN) at each threshold; nil where there is no instance in either.
  public var precisions: [Double?] {
    found.map { share($0, of: truth + predicted - $0) }
  }

  /// TP / (TP + FP + FN) at a threshold of 0.5.
  public var ap50: Double? { precisions[0] }
  /// The mean of `precisions`, over ten thresholds.
  public var ap: Double? { mean(precisions) }
}
