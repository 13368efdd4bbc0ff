import Foundation
import ONNX
import Torch
import Training

/// A run's model as an ONNX graph, with what a program has to know to use it.
public struct ONNXExport {
  /// Where images are normalized.
  public enum Preprocessing: String, Sendable, CaseIterable {
    /// In the graph, whose input `images` has bytes, [batch, height, width, channels].
    case inside
    /// Before it: its input has normalized float32 images, [batch, channels, height, width].
    case outside
  }

  /// The version of ONNX's operators.
  public static let opset = ONNXGraph.opset

  /// The graph.
  public let graph: ONNXGraph
  /// The class names, the preprocessing, and what the run's checkpoint says of the model.
  public internal(set) var metadata: [String: String]
}

extension TrainedRun {
  /// Records what a network does with images, beginning with their normalization where that is inside.
  ///
  /// - Parameters:
  ///   - size: height and width of the images, and whether they are always those.
  ///   - channels: the channels of an image: 1 or 3.
  ///   - body: what is computed from normalized images.
  /// - Throws: `ONNXError` for an operation that ONNX does not have; `TorchError`.
  func recorded<Result>(
    _ network: any Module, size: (height: Int, width: Int, isFixed: Bool), channels: Int,
    _ normalization: Normalization, _ preprocessing: ONNXExport.Preprocessing,
    _ body: (Tensor) -> Result
  ) throws -> (graph: ONNXGraph, result: Result, sides: [ONNXGraph.Length]) {
    let (height, width) = (size.height, size.width)
    let isInside = preprocessing == .inside
    let example =
      isInside
      ? Tensor.zeros([2, height, width, channels], type: .uint8)
      : Tensor.zeros([2, channels, height, width])
    let (result, recording) = try checked {
      Recording.of(example) {
        body(isInside ? normalization(example.permuted([0, 3, 1, 2])) : example)
      }
    }
    let sides: [ONNXGraph.Length] =
      size.isFixed ? [.fixed(height), .fixed(width)] : [.named("height"), .named("width")]
    let graph = ONNXGraph(named: settings.model.name, weights: network.namedTensors)
    graph.addInput(
      "images", example,
      [ONNXGraph.batch] + (isInside ? sides + [.fixed(channels)] : [.fixed(channels)] + sides))
    try graph.add(recording)
    return (graph, result, sides)
  }

  func exported(_ graph: ONNXGraph, _ preprocessing: ONNXExport.Preprocessing) -> ONNXExport {
    var about = Checkpoint.modelMetadata(metadata)
    about["task"] = task.rawValue
    about["preprocessing"] = preprocessing.rawValue
    return ONNXExport(graph: graph, metadata: about)
  }

  /// Returns the model as an ONNX graph.
  ///
  /// - Throws: `ONNXError` for an operation that ONNX does not have; what the task's own export throws.
  public func onnx(_ preprocessing: ONNXExport.Preprocessing) throws -> ONNXExport {
    try VisionTask.named(task).export(self, preprocessing)
  }
}

extension ONNXGraph {
  /// The number of images.
  static let batch = Length.named("batch")
}
