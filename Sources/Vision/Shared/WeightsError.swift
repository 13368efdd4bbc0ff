import Formatting
import Torch

/// Weights that a model cannot take over.
public struct WeightsError: DescribedError, Equatable {
  /// The path of the file.
  public let file: String
  /// How the file's tensors fit the model.
  public let match: TensorMatch
  /// The number of its tensors that do.
  public let fitCount: Int
  /// Tensors with numbers that are NaN or infinite, and variances below 0.
  public let notFinite: [String]
  /// The names of models whose weights the file has.
  public let fitting: [String]
  /// What stands before the model's names in the file, where it has them several times and nothing says which are meant.
  public let copies: [String]

  private static let maximumNames = 3

  /// One sentence: the file, the tensors that do not fit, what to do.
  public var description: String {
    func list(_ opening: String, _ names: [String]) -> String {
      guard !names.isEmpty else { return "" }
      let more = names.count - Self.maximumNames
      return opening + names.prefix(Self.maximumNames).joined(separator: ", ")
        + (more > 0 ? " and \(more) more" : "")
    }
    guard copies.isEmpty else {
      return
        "\(file) has the model's tensors \(copies.count) times, after '\(copies.joined(separator: "', '"))', and "
        + "nothing says which are meant: write those of one to a file of its own, and name that."
    }
    guard !match.isWhole else {
      return "\(file) has values that are NaN or infinite, or variances below 0," + list(" in ", notFinite)
        + ": the training that wrote it had diverged. Use other --weights."
    }
    return
      "\(file) has the weights of another model: of the model's \(match.count) tensors it has \(fitCount)"
      + list("; it lacks ", match.missing)
      + list("; it has the additional ", match.extra)
      + list("; these have other shapes: ", match.misshapen)
      + (fitting.isEmpty ? "" : "; it fits \(fitting.joined(separator: ", "))")
      + ". Use the --model or --encoder that they belong to, or other --weights."
  }
}
