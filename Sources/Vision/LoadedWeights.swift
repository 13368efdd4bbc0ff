import Foundation
import Torch
import Words

/// Weights that a model has taken over from a file.
///
/// The file is safetensors or of `torch.save`, with torchvision's names. These also are timm's for its ResNets, Wide-ResNets
/// and DenseNets. A wrapper's name before all of the model's (`model.` in a checkpoint of Rondo's own, `module.`,
/// `state_dict.`, `ema.`) is seen through; what lies beside it (the optimizer's state), `num_batches_tracked`, and
/// GoogLeNet's auxiliary classifiers are left out. Everything must fit, but for heads of another number of classes: these stay as they began. A
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
  /// What stands before the model's names in the file, and was seen through: `module.`.
  public let wrapper: String
  /// What stands before the same names once more in the file, whose tensors were not taken: `model.`.
  public let others: [String]
  /// What else is to be told of them, a line each: whose they are, and how images are prepared for them.
  public var notes: [String] = []

  /// All that is to be told of them.
  public var lines: [String] { ["weights: \(self)"] + notes }

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
  /// - Throws: `SafetensorsError`, `PyTorchFileError` for a file that cannot be used; `WeightsError` with every tensor that
  ///   is missing, extra, of another shape or not finite, before anything is changed.
  public init(_ path: String, into model: any Module, classNames: [String]? = nil) throws {
    let (read, metadata) = try TensorFile.read(URL(fileURLWithPath: path))
    let file = read.filter { !Self.isBeside($0.key) }
    let own = Dictionary(model.namedTensors, uniquingKeysWith: { first, _ in first })
    self.file = path
    let known = metadata["classes"].map {
      $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
    otherClasses = classNames == nil || known == classNames ? nil : known
    let hasOtherClasses = otherClasses != nil
    if let backbone = (model as? any BackboneNetwork)?.residualNetwork,
      !file.keys.contains(where: { own[$0] != nil }),
      let (wrapper, others) = Self.wrapper(of: file, around: Set(backbone.namedTensors.map(\.0))),
      file[wrapper + "conv1.weight"] != nil
    {
      var tensors = Self.unwrapped(file, wrapper)
      tensors["fc.weight"] = nil
      tensors["fc.bias"] = nil
      try Self.copy(tensors, from: path, into: backbone)
      (self.wrapper, self.others) = (wrapper, others)
      (count, replacedHeads, isBackbone) = (tensors.count, [], true)
      return
    }
    (wrapper, others) = Self.wrapper(of: file, around: Set(own.keys)) ?? ("", [])
    let tensors = Self.unwrapped(file, wrapper)
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
    isBackbone = false
    count = tensors.count - kept.count
  }

  private static func copy(
    _ tensors: [String: Tensor], from path: String, into model: any Module
  ) throws {
    let match = model.match(tensors)
    let notFinite = try checked {
      tensors.filter { $0.value.isFinite().sum().item() < Double($0.value.count) }.keys.sorted()
    }
    guard match.isWhole, notFinite.isEmpty else {
      throw WeightsError(file: path, match: match, notFinite: notFinite)
    }
    try model.copy(from: tensors)
  }

  /// What PyTorch and torchvision keep beside what a model is used with.
  private static func isBeside(_ name: String) -> Bool {
    name.hasSuffix("num_batches_tracked") || name.hasPrefix("aux1.") || name.hasPrefix("aux2.")
  }

  /// Where a file has the model's names more than once: averaged weights before the model's own, as timm takes them.
  private static let preferred = [
    "", "ema.", "model_ema.", "state_dict_ema.", "model.", "state_dict.", "model_state_dict.",
  ]

  /// Returns what stands before most of a model's names in a file, and what stands before as many of them; nil
  /// where the file has none of them, or where of several equally whole sets none is preferred.
  private static func wrapper(
    of file: [String: Tensor], around own: Set<String>
  ) -> (taken: String, others: [String])? {
    var counts: [String: Int] = [:]
    for name in file.keys {
      if own.contains(name) { counts["", default: 0] += 1 }
      for dot in name.indices where name[dot] == "." {
        let start = name.index(after: dot)
        if own.contains(String(name[start...])) { counts[String(name[..<start]), default: 0] += 1 }
      }
    }
    guard let most = counts.values.max() else { return nil }
    let best = counts.filter { $0.value == most }.keys.sorted()
    if best.count == 1 { return (best[0], []) }
    let known = preferred.map { name in
      best.filter { $0 == name || !name.isEmpty && $0.hasPrefix(name) }
    }.filter { !$0.isEmpty }
    guard let first = known.first, first.count == 1 else { return nil }
    return (first[0], known.dropFirst().flatMap { $0 })
  }

  private static func unwrapped(_ file: [String: Tensor], _ wrapper: String) -> [String: Tensor] {
    guard !wrapper.isEmpty else { return file }
    return file.reduce(into: [:]) { tensors, pair in
      guard pair.key.hasPrefix(wrapper) else { return }
      let name = String(pair.key.dropFirst(wrapper.count))
      if !isBeside(name) { tensors[name] = pair.value }
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
    return "\(count) tensors from \(file)" + (wrapper.isEmpty ? "" : ", there after '\(wrapper)'")
      + (others.isEmpty ? "" : ", not those after '\(others.joined(separator: "', '"))'")
      + (isBackbone ? ", for the backbone alone" : "")
      + heads.joined() + (heads.isEmpty ? "" : classes)
  }
}

/// Weights that a model cannot take over.
public struct WeightsError: DescribedError, Equatable {
  /// The file.
  public let file: String
  /// What does not fit.
  public let match: TensorMatch
  /// Tensors with numbers that are NaN or infinite.
  public let notFinite: [String]

  private static let mostNames = 8

  /// One sentence: the file, the tensors that do not fit, what to do.
  public var description: String {
    func list(_ opening: String, _ names: [String]) -> String {
      guard !names.isEmpty else { return "" }
      let more = names.count - Self.mostNames
      return opening + names.prefix(Self.mostNames).joined(separator: ", ")
        + (more > 0 ? " and \(more) more" : "")
    }
    guard !match.isWhole else {
      return "\(file) has NaN or infinite values" + list(" in ", notFinite)
        + ": the training that wrote it had diverged. Use other --weights."
    }
    return "\(file) has the weights of another model" + list("; it lacks ", match.missing)
      + list("; it has the additional ", match.extra)
      + list("; these have other shapes: ", match.misshapen)
      + ". Use the --model that they belong to, or other --weights."
  }
}
