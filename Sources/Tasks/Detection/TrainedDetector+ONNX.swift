import ONNX
import Torch

extension TrainedDetector {
  /// Returns the network as an ONNX graph with outputs `boxes`, `scores` and `labels`, after suppression.
  ///
  /// Boxes are in the frame's pixels. The input `sizes`, [batch, 2], has the width and the height of each image's part of
  /// the frame, to which they are cut.
  func onnx(_ place: ONNXExport.Preprocessing) throws -> ONNXExport {
    let (detector, anchors) = (frame.detector, frame.anchors)
    let (graph, found, _) = try run.recorded(
      detector, size: (frame.frame.height, frame.frame.width, true), channels: 3,
      frame.normalization, place
    ) { images in
      let output = detector(images)
      return (detector.scores(output), detector.decoded(output.boxes, from: anchors.tensor))
    }
    graph.addInput("sizes", .zeros([2, 2]), [ONNXGraph.batch, .fixed(2)])
    graph.addDetections(
      scores: found.0, boxes: found.1, sizes: "sizes",
      .init(
        starts: anchors.starts, classes: run.classNames.count, score: Double(frame.rules.score),
        overlap: frame.rules.overlap, candidates: frame.rules.candidates, most: frame.rules.most),
      batch: "batch")
    return run.exported(graph, place)
  }
}
