import Boxes
import Numbers
import Torch

/// The thresholds by which a detector's outputs become detections.
public struct DetectionRules: Sendable, Hashable {
  /// The score that a detection has to be above.
  public var score: Float
  /// The IoU above which, of two detections of a class, the one with the lower score is suppressed.
  public var overlap: Double
  /// The most detections of a level that take part in the suppression.
  public var candidates: Int
  /// The most detections of an image.
  public var most: Int

  /// Creates rules.
  public init(score: Float, overlap: Double, candidates: Int = 1000, most: Int) {
    self.score = score
    self.overlap = overlap
    self.candidates = candidates
    self.most = most
  }
}

extension Detector {
  /// Returns the detections on each of N images, the highest score first, in the batch's pixels.
  ///
  /// - Parameters:
  ///   - sizes: width and height of each image's part of the batch, to which boxes are cut.
  ///   - rules: what is kept; by default the network's own.
  /// - Returns: as many lists as sizes; a box that is not finite is no detection.
  /// - Throws: `TorchError` where an operation failed before, or the output is that of other images.
  public func detections(
    _ output: DetectorOutput, on anchors: AnchorGrid, sizes: [(width: Float, height: Float)],
    rules: DetectionRules? = nil
  ) throws -> [[DetectedBox]] {
    let rules = rules ?? self.rules
    let scores = try scores(output).readFloats()
    let boxes = try decoded(output.boxes.to(.float32), from: anchors.tensor.to(output.boxes.device))
      .readFloats()
    guard scores.count == sizes.count * anchors.count * classes,
      boxes.count == sizes.count * anchors.count * 4
    else {
      throw TorchError(
        operation: "detections", shapes: [output.logits.shape, output.boxes.shape],
        reason: "\(sizes.count) images with \(anchors.count) anchors have other shapes")
    }
    return sizes.enumerated().map { image, size in
      let corner = SIMD4(size.width, size.height, size.width, size.height)
      let firstScore = image * anchors.count * classes
      var found = Candidates()
      for (start, end) in zip(anchors.starts, anchors.starts.dropFirst()) {
        let positions = (firstScore + start * classes)..<(firstScore + end * classes)
        for position in best(rules.candidates, of: positions, in: scores, above: rules.score) {
          let anchor = (position - firstScore) / classes
          let box = SIMD4(boxes, at: image * anchors.count + anchor)
          // A box that is infinite or NaN is nowhere.
          guard box.x.isFinite, box.y.isFinite, box.z.isFinite, box.w.isFinite else { continue }
          found.add(
            box.clamped(lowerBound: .zero, upperBound: corner), scores[position], position % classes
          )
        }
      }
      return found.maximumConfident(rules)
    }
  }

  /// The places of the highest scores above a bound; of equal ones the first, so that the result is the
  /// same everywhere.
  private func best(
    _ count: Int, of positions: Range<Int>, in scores: [Float], above bound: Float
  ) -> ArraySlice<Int> {
    positions.filter { scores[$0] > bound }
      .sorted { scores[$0] > scores[$1] || (scores[$0] == scores[$1] && $0 < $1) }
      .prefix(count)
  }
}

/// Detections of an image before suppression.
private struct Candidates {
  var boxes: [Float] = []
  var scores: [Float] = []
  var labels: [Int64] = []

  mutating func add(_ box: SIMD4<Float>, _ score: Float, _ label: Int) {
    boxes += [box[0], box[1], box[2], box[3]]
    scores.append(score)
    labels.append(Int64(label))
  }

  /// What is left of them, the highest score first.
  func maximumConfident(_ rules: DetectionRules) -> [DetectedBox] {
    Suppression.kept(boxes: boxes, scores: scores, labels: labels, overlap: rules.overlap)
      .prefix(rules.most).map { position in
        let position = Int(position)
        let box = SIMD4<Double>(SIMD4(boxes, at: position))
        return DetectedBox(
          Box(minX: box[0], minY: box[1], maxX: box[2], maxY: box[3]), label: Int(labels[position]),
          score: Double(scores[position]))
      }
  }
}

extension SIMD4<Float> {
  /// The four numbers of a row of [M, 4].
  fileprivate init(_ rows: [Float], at row: Int) {
    self.init(rows[4 * row], rows[4 * row + 1], rows[4 * row + 2], rows[4 * row + 3])
  }
}
