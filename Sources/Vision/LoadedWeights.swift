import Foundation
import Torch

/// Weights that a model has taken over from a file.
///
/// The file is safetensors, with torchvision's names. These also are timm's for its ResNets, Wide-ResNets
/// and DenseNets, and a checkpoint's of Rondo's own after `model.`; what such a file has beside the
/// model (the optimizer's state, `num_batches_tracked`, GoogLeNet's auxiliary classifiers) is passed
/// over. Everything must fit, but for heads of another number of classes: these stay as they began. A
/// network that stands on a residual network takes a file of that one alone, too; the rest stays as it began.
public struct LoadedWeights: Sendable, Hashable {
  /// The file.
  public let file: String
  /// The number of tensors that were taken over.
  public let count: Int
  /// The heads that were not, since the file's are of another size.
  public let replacedHeads: [ReplacedHead]
  /// The classes that the file's heads are for, where they are others than the model's, so that the heads
  /// were not taken over.
  public let otherClasses: [String]?
  /// Whether the file was of the residual network alone that the model stands on.
  public let isBackbone: Bool

  /// A head of another size than the model's.
  public struct ReplacedHead: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// The outputs of the file's head: a class each, or a class and anchor.
    public let before: Int
    /// The outputs of the model's.
    public let now: Int
  }

  /// Reads a file and overwrites the model's parameters and buffers.
  ///
  /// - Parameter classNames: what the model is to tell apart; a file that names other classes keeps its
  ///   heads to itself. Nil where heads are not for classes by name.
  /// - Throws: `SafetensorsError` for a file that cannot be used; `WeightsError` with every tensor that
  ///   is missing, extra or of another shape, before anything is changed.
  public init(_ path: String, into model: any Module, classNames: [String]? = nil) throws {
    let (read, metadata) = try Safetensors.read(URL(fileURLWithPath: path))
    var tensors = Self.modelTensors(of: read)
    let known = metadata["classes"].map {
      $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
    otherClasses = classNames == nil || known == classNames ? nil : known
    let hasOtherClasses = otherClasses != nil
    if let backbone = (model as? any BackboneNetwork)?.residualNetwork,
      tensors["conv1.weight"] != nil
    {
      tensors["fc.weight"] = nil
      tensors["fc.bias"] = nil
      try Self.copy(tensors, from: path, into: backbone)
      (file, count, replacedHeads, isBackbone) = (path, tensors.count, [], true)
      return
    }
    let own = Dictionary(model.namedTensors, uniquingKeysWith: { first, _ in first })
    replacedHeads = model.heads.compactMap { head in
      let weight = head + ".weight"
      guard let found = tensors[weight]?.shape, let now = own[weight]?.shape,
        found != now || hasOtherClasses, found.dropFirst() == now.dropFirst()
      else { return nil }
      return ReplacedHead(name: head, before: found[0], now: now[0])
    }
    let kept = replacedHeads.flatMap { head in own.filter { $0.key.hasPrefix(head.name + ".") } }
    try Self.copy(
      tensors.merging(kept, uniquingKeysWith: { $1 }), from: path, into: model)
    file = path
    isBackbone = false
    count = tensors.count - kept.count
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
    let heads = replacedHeads.map {
      "; the head \($0.name) of \($0.before) outputs is replaced by one of \($0.now)"
    }
    let classes =
      otherClasses.map { names in
        ", as the file's is for the classes " + names.prefix(5).joined(separator: ", ")
          + (names.count > 5 ? " and \(names.count - 5) more" : "")
      } ?? ""
    return "\(count) tensors from \(file)" + (isBackbone ? ", for the backbone alone" : "")
      + heads.joined() + (heads.isEmpty ? "" : classes)
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
