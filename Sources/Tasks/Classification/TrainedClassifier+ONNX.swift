import ONNX

extension TrainedClassifier {
  /// Returns the network as an ONNX graph with outputs `logits` and `probabilities`, [batch, classes] both.
  ///
  /// Of an ensemble it is the newest checkpoint alone.
  func onnx(_ place: ONNXExport.Preprocessing) throws -> ONNXExport {
    let (graph, logits, _) = try run.recorded(
      network, size: (preprocessing.height, preprocessing.width, true),
      channels: preprocessing.channels, normalization, place
    ) {
      let logits = network.prediction(to: $0, flipping: run.settings.evaluation.testFlip)
      return (logits, logits.softmax(dimension: 1))
    }
    let lengths = [ONNXGraph.batch, .fixed(run.classNames.count)]
    graph.addOutput("logits", logits.0, lengths)
    graph.addOutput("probabilities", logits.1, lengths)
    return run.exported(graph, place)
  }
}
