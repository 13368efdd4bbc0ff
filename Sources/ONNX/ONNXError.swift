import Formatting

/// A network that cannot be written as ONNX.
public enum ONNXError: DescribedError, Equatable {
  /// An operation that Rondo cannot write as one of ONNX's.
  case lacks(operation: String)
  /// An operation that mixes the images of a batch, so that it is not the same for every number of images.
  case mixesImages(operation: String)

  /// One sentence: which operation, and what to do.
  public var description: String {
    switch self {
    case .lacks(let operation):
      "The network's operation '\(operation)' has no form in ONNX's operators (version \(ONNXGraph.opset)); "
        + "export safetensors instead (--to safetensors), and load them in Python (Guides/weights.md)."
    case .mixesImages(let operation):
      "The network's operation '\(operation)' joins the images of a batch, so that the model would only suit "
        + "one number of images; export safetensors instead (--to safetensors)."
    }
  }
}
