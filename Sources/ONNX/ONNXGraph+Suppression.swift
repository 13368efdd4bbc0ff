import Torch

extension ONNXGraph {
  /// What is kept of a detector's boxes.
  public struct Suppression {
    /// Where each level's boxes begin, and where the last ends.
    let starts: [Int]
    let classes: Int
    /// The score that a detection has to be above.
    let score: Double
    /// The overlap above which the surer of two detections of a class suppresses the other.
    let overlap: Double
    /// Detections of a level that take part, at most.
    let candidates: Int
    /// Detections of an image, at most.
    let most: Int

    /// Creates rules.
    public init(
      starts: [Int], classes: Int, score: Double, overlap: Double, candidates: Int, most: Int
    ) {
      (self.starts, self.classes, self.score) = (starts, classes, score)
      (self.overlap, self.candidates, self.most) = (overlap, candidates, most)
    }
  }

  /// Adds outputs `boxes` [batch, M, 4] (x1 y1 x2 y2), `scores` [batch, M] and `labels` [batch, M], the surest first; where
  /// there are less than M, boxes and scores are 0 and labels -1.
  ///
  /// - Parameters:
  ///   - scores: how sure the network is of each class at each anchor, [N, A, C].
  ///   - boxes: each anchor's box, [N, A, 4].
  ///   - sizes: the input [batch, 2] that has the width and the height to which each image's boxes are cut.
  public func addDetections(
    scores: Tensor, boxes: Tensor, sizes: String, _ rules: Suppression, batch: String
  ) {
    let (scores, boxes, classes) = (value(scores), value(boxes), constant([rules.classes]))
    var best: [(scores: String, anchors: String, labels: String)] = []
    var count = 0
    for (start, end) in zip(rules.starts, rules.starts.dropFirst()) where end > start {
      // A level's surest pairs of anchor and class.
      let flat = node("Reshape", [slice(scores, 1, from: start, to: end), constant([0, -1])])
      let some = min(rules.candidates, (end - start) * rules.classes)
      let (values, places) = pair("TopK", [flat, constant([some])], [("axis", .int(1))])
      let anchors = node("Add", [node("Div", [places, classes]), constant([start])])
      best.append((values, anchors, node("Mod", [places, classes])))
      count += some
    }
    func joined(_ parts: [String]) -> String { node("Concat", parts, [("axis", .int(1))]) }
    let (values, labels) = (joined(best.map(\.scores)), joined(best.map(\.labels)))
    func rows(_ table: String, _ indices: String) -> String {
      node(
        "GatherND", [table, node("Unsqueeze", [indices, constant([2])])],
        [("batch_dims", .int(1))])
    }
    let corner = node("Unsqueeze", [joined([sizes, sizes]), constant([1])])
    let candidates = node(
      "Min",
      [node("Max", [rows(boxes, joined(best.map(\.anchors))), constant(0.0)]), corner])

    // Each candidate has a score for its own class, so that those of others do not suppress it.
    let isClass = node(
      "Equal",
      [
        node("Unsqueeze", [labels, constant([1])]),
        constant(Tensor.arange(rules.classes).reshaped([1, rules.classes, 1])),
      ])
    let byClass = node(
      "Where", [isClass, node("Unsqueeze", [values, constant([1])]), constant(-1.0)])
    let selected = node(
      "NonMaxSuppression",
      [
        candidates, byClass, constant([count]),
        constant(Tensor([Float(rules.overlap)], shape: [1])),
        constant(Tensor([Float(rules.score)], shape: [1])),
      ])
    // What was selected is [image, class, candidate].
    let places = node("Gather", [selected, constant([0, 2])], [("axis", .int(1))])
    let none = node("Mul", [values, constant(0.0)])
    let left = node("ScatterND", [none, places, node("GatherND", [values, places])])
    let most = min(rules.most, count)
    let (surest, indices) = pair("TopK", [left, constant([most])], [("axis", .int(1))])
    let known = node("GatherElements", [labels, indices], [("axis", .int(1))])
    let isThere = node("Greater", [surest, constant(0.0)])
    let lengths: [Length] = [.named(batch), .fixed(most)]
    let kept = node(
      "Where",
      [node("Unsqueeze", [isThere, constant([2])]), rows(candidates, indices), constant(0.0)])
    addOutput("boxes", kept, .float32, lengths + [.fixed(4)])
    addOutput("scores", surest, .float32, lengths)
    addOutput("labels", node("Where", [isThere, known, constant([-1])]), .int64, lengths)
  }
}
