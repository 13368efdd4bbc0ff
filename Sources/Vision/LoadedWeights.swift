import Foundation
import Torch

/// Weights that a model has taken over from a file.
///
/// The file is safetensors, with torchvision's names. These also are timm's for its ResNets, Wide-ResNets
/// and DenseNets, and a checkpoint's of Rondo's own after `model.`; what such a file has beside the
/// model (the optimizer's state, `num_batches_tracked`, GoogLeNet's auxiliary classifiers) is passed
/// over. Everything must fit, but for a head of another number of classes: that one stays as it began. A
/// network that stands on a residual network takes a file of that one alone, too; the rest stays as it began.
public struct LoadedWeights: Sendable, Hashable {
  /// The file.
  public let file: String
  /// The number of tensors that were taken over.
  public let count: Int
  /// The head that was not, if it is one of another size.
  public let replacedHead: ReplacedHead?
  /// Whether the file was of the residual network alone that the model stands on.
  public let isBackbone: Bool

  /// A head of another size than the model's.
  public struct ReplacedHead: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// The classes that the file's head tells apart.
    public let before: Int
    /// The classes that the model's does.
    public let now: Int
  }

  /// Reads a file and overwrites the model's parameters and buffers.
  ///
  /// - Throws: `SafetensorsError` for a file that cannot be used; `WeightsError` with every tensor that
  ///   is missing, extra or of another shape, before anything is changed.
  public init(_ path: String, into model: any Module) throws {
    var tensors = Self.modelTensors(of: try Safetensors.read(URL(fileURLWithPath: path)).tensors)
    if let backbone = (model as? any BackboneNetwork)?.backbone, tensors["conv1.weight"] != nil {
      tensors["fc.weight"] = nil
      tensors["fc.bias"] = nil
      try Self.copy(tensors, from: path, into: backbone)
      (file, count, replacedHead, isBackbone) = (path, tensors.count, nil, true)
      return
    }
    replacedHead = model.head.flatMap { head in
      guard let found = tensors[head.name + ".weight"]?.shape, found.count == 2,
        found[1] == head.layer.weight.value.shape[1],
        found[0] != head.layer.weight.value.shape[0]
      else { return nil }
      for (name, tensor) in model.namedTensors where name.hasPrefix(head.name + ".") {
        tensors[name] = tensor
      }
      return ReplacedHead(
        name: head.name, before: found[0], now: head.layer.weight.value.shape[0])
    }
    try Self.copy(tensors, from: path, into: model)
    file = path
    isBackbone = false
    count = tensors.count - (replacedHead == nil ? 0 : model.head?.layer.namedTensors.count ?? 0)
  }

  private static func copy(
    _ tensors: [String: Tensor], from path: String, into model: any Module
  ) throws {
    let match = model.match(tensors)
    guard match.isWhole else { throw WeightsError(file: path, match: match) }
    try model.copy(from: tensors)
  }

  private static func modelTensors(of tensors: [String: Tensor]) -> [String: Tensor] {
    let prefix = "model."
    let isCheckpoint = tensors.keys.contains { $0.hasPrefix(prefix) }
    return tensors.reduce(into: [:]) { kept, pair in
      let name = isCheckpoint ? pair.key.removing(prefix) : pair.key
      guard let name, !name.hasSuffix("num_batches_tracked"), !name.hasPrefix("aux1."),
        !name.hasPrefix("aux2.")
      else { return }
      kept[name] = pair.value
    }
  }
}

extension LoadedWeights: CustomStringConvertible {
  /// One line: the file, what was taken over, what was not.
  public var description: String {
    let head = replacedHead.map {
      "; the head \($0.name) of \($0.before) classes is replaced by one of \($0.now)"
    }
    return "\(count) tensors from \(file)" + (isBackbone ? ", for the backbone alone" : "")
      + (head ?? "")
  }
}

/// Weights that are another model's.
public struct WeightsError: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The file.
  public let file: String
  /// What does not fit.
  public let match: TensorMatch

  /// One sentence: the file, every tensor that does not fit, what to do.
  public var description: String {
    func list(_ opening: String, _ names: [String]) -> String {
      names.isEmpty ? "" : opening + names.joined(separator: ", ")
    }
    return "\(file) has the weights of another model" + list("; it lacks ", match.missing)
      + list("; it has besides ", match.extra) + list("; of another shape are ", match.misshapen)
      + ". Name the --model that they are of, or other --weights."
  }

  /// The same sentence.
  public var errorDescription: String? { description }
}

extension String {
  /// The rest after a prefix; nil without it.
  fileprivate func removing(_ prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
