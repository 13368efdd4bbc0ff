import ONNX

extension TrainedSegmenter {
  /// Returns the network as an ONNX graph with the output `probabilities`, [batch, classes, height, width], of images
  /// whose sides its stride divides.
  ///
  /// Tiles, and the separation of instances, are not in it.
  func onnx(_ place: ONNXExport.Preprocessing) throws -> ONNXExport {
    let side = max(64, 2 * segmenter.tiling.stride)
    let (graph, probabilities, sides) = try run.recorded(
      segmenter.network, size: (side, side, false), channels: 3, segmenter.normalization, place
    ) { segmenter.network.pixelProbabilities(of: $0, flipping: segmenter.flips) }
    graph.addOutput(
      "probabilities", probabilities, [ONNXGraph.batch, .fixed(segmenter.outputs)] + sides)
    var export = run.exported(graph, place)
    export.metadata["stride"] = "\(segmenter.tiling.stride)"
    return export
  }
}
