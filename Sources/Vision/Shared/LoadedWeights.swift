import Foundation
import Torch

/// Weights that a model has taken over from a file.
///
/// The file is safetensors or of `torch.save`, with the model's own names (torchvision's or timm's) or those of another
/// system that its backbone knows (`ParameterNaming`). A wrapper's name before all of the model's (`model.` in a checkpoint of
/// Rondo's own, `module.`, `state_dict.`, `ema.`) is seen through; what lies beside it (the optimizer's state),
/// `num_batches_tracked`, DINOv2's `mask_token` and GoogLeNet's auxiliary classifiers are left out. Everything must fit, but
/// for heads of another number of classes and those that the file has not: these stay as they began. A network that stands
/// on a classifier's backbone takes a file of that classifier, too; the rest keeps its initialization. Filters of color images are
/// summed over their channels where the model's images are gray, and filters of gray images are divided among the channels
/// where the model's images are in color.
public struct LoadedWeights: Sendable, Hashable {
  /// The path of the file.
  public let file: String
  /// The number of tensors that were taken over.
  public let count: Int
  /// The heads that were not, since the file's are of another size.
  public let replacedHeads: [ReplacedHead]
  /// The heads that the file has not, which stay as they began.
  public let missingHeads: [String]
  /// Those of them that are of other layers in the file: `fc.1.weight` of a dropout and a linear layer.
  public let otherHeads: [String]
  /// The classes that the file's heads are for, where they are others than the model's, so that the heads
  /// were not taken over.
  public let otherClasses: [String]?
  /// Whether the file was of the backbone alone that the model stands on.
  public let isBackbone: Bool
  /// The other system whose names the file has, if it is not the model's own.
  public let layout: ParameterNaming?
  /// The first layer's filters, where they are for images of another number of channels than the model's.
  public let fittedFilters: FittedFilters?
  /// What stands before the model's names in the file, and was seen through: `module.`.
  public let wrapper: String
  /// What stands before the same names once more in the file, whose tensors were not taken: `model.`.
  public let others: [String]
  /// Further notes for display, a line each: the source of the weights, and how images are preprocessed.
  public var notes: [String] = []

  /// The heads that the model keeps as they began.
  public var newHeads: [String] { missingHeads + replacedHeads.map(\.name) }

  /// All notes for display, a line each.
  public var lines: [String] { ["weights: \(self)"] + notes }

  /// A head of another size than the model's.
  public struct ReplacedHead: Sendable, Hashable {
    /// The name of the head.
    public let name: String
    /// The outputs of the file's head: a class each, or a class and anchor.
    public let before: Int
    /// The outputs of the model's.
    public let now: Int
  }

  /// Filters of color images that were summed for gray ones, or of gray images that were divided among three channels.
  public struct FittedFilters: Sendable, Hashable {
    /// The name of the filters' tensor.
    public let name: String
    /// The channels of the file's.
    public let channels: Int
  }

  /// Reads a file and overwrites the model's parameters and buffers.
  ///
  /// - Parameter classNames: the names of the model's classes; the heads of a file that names other classes are
  ///   not taken over. Nil where heads are not for classes by name.
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
    let found = Self.named(file, as: model)
    (wrapper, others, layout) = (found.wrapper, found.others, found.layout)
    if !found.copies.isEmpty {
      throw WeightsError(
        file: path, match: model.match(file), fitCount: 0, notFinite: [], fitting: [], copies: found.copies)
    }
    isBackbone = found.backbone != nil
    if let backbone = found.backbone {
      let tensors = found.tensors.filter { name, _ in
        !backbone.headPrefixes.contains { name.hasPrefix($0) }
      }
      fittedFilters = try Self.copy(tensors, from: path, into: backbone, file: file)
      (count, replacedHeads, missingHeads, otherHeads) = (tensors.count, [], [], [])
      return
    }
    let otherHeads = model.heads.filter { head in
      let there = found.tensors.keys.filter { $0.hasPrefix(head + ".") }
      return !there.isEmpty && there.allSatisfy { own[$0] == nil }
    }
    self.otherHeads = otherHeads
    let tensors = found.tensors.filter { name, _ in !otherHeads.contains { name.hasPrefix($0 + ".") } }
    missingHeads = model.heads.filter { head in
      !tensors.keys.contains { $0.hasPrefix(head + ".") }
    }
    replacedHeads = model.heads.compactMap { head in
      let weight = head + ".weight"
      guard let found = tensors[weight]?.shape, let now = own[weight]?.shape,
        found != now || hasOtherClasses, found.dropFirst() == now.dropFirst()
      else { return nil }
      return ReplacedHead(name: head, before: found[0], now: now[0])
    }
    let newHeads = missingHeads + replacedHeads.map(\.name)
    let kept = own.filter { name, _ in newHeads.contains { name.hasPrefix($0 + ".") } }
    let all = tensors.merging(kept, uniquingKeysWith: { $1 })
    fittedFilters = try Self.copy(all, from: path, into: model, file: file, kept: kept.count)
    count = all.count - kept.count
  }

  /// Overwrites a model's tensors, of which some are not the file's but the model's own; returns the filters that
  /// were fitted where its images have other channels.
  private static func copy(
    _ tensors: [String: Tensor], from path: String, into model: any Module,
    file: [String: Tensor], kept: Int = 0
  ) throws -> FittedFilters? {
    var tensors = tensors
    let fitted = try fitChannels(of: &tensors, for: model)
    let match = model.match(tensors)
    let notFinite = try checked {
      tensors.filter { name, tensor in
        if tensor.isFinite().sum().item() < Double(tensor.count) { return true }
        return name.hasSuffix("running_var") && tensor.count > 0 && tensor.min().item() < 0
      }.keys.sorted()
    }
    guard match.isWhole, notFinite.isEmpty else {
      throw WeightsError(
        file: path, match: match, fitCount: match.matching - kept, notFinite: notFinite,
        fitting: match.isWhole ? [] : names(fitting: file), copies: [])
    }
    try model.copy(from: tensors)
    return fitted
  }

  /// Fits the first layer's filters to images of one channel or three: gray is the same in all colors, so that the sum of
  /// color filters makes of it what they made, and a third of a gray filter for each color makes of gray what it made.
  private static func fitChannels(
    of tensors: inout [String: Tensor], for model: any Module
  ) throws -> FittedFilters? {
    guard let first = model.namedParameters.first(where: { $0.1.value.rank == 4 }),
      let found = tensors[first.0], found.rank == 4, found.size(0) == first.1.value.size(0)
    else { return nil }
    let fitted: (Tensor) -> Tensor
    switch (found.size(1), first.1.value.size(1)) {
    case (3, 1): fitted = { $0.sum(over: [1], keeping: true) }
    case (1, 3): fitted = { Tensor.concatenated([$0, $0, $0], along: 1) * (1 / 3) }
    default: return nil
    }
    tensors[first.0] = try checked { withoutGradient { fitted(found.to(.float32)) } }
    return FittedFilters(name: first.0, channels: found.size(1))
  }

  /// Returns the registered models whose tensors a file has, but for heads of another size.
  private static func names(fitting file: [String: Tensor]) -> [String] {
    let models: [(String, () -> any Module)] =
      Models.classifiers.entries.map { entry in
        (entry.name, { entry.make(channels: 3, classes: 2) })
      }
      + Models.segmenters.entries.map { entry in (entry.name, { entry.make(classes: 2) }) }
      + Models.detectors.entries.map { entry in (entry.name, { entry.make(classes: 2) }) }
    return models.compactMap { name, make in
      let model = Tensor.withoutStorage(make)
      let found = named(file, as: model)
      guard found.backbone == nil, found.layout?.note == nil else { return nil }
      let heads = model.heads.map { $0 + "." }
      let shapes = Dictionary(
        model.namedTensors.map { ($0.0, $0.1.shape) }, uniquingKeysWith: { first, _ in first })
      /// Whether a tensor is the model's; of a head, with any number of outputs.
      func fits(_ name: String, _ shape: [Int]) -> Bool {
        guard let own = found.tensors[name]?.shape else { return false }
        let isHead = heads.contains { name.hasPrefix($0) }
        return isHead ? own.dropFirst() == shape.dropFirst() : own == shape
      }
      /// Whether the tensors of a head have one number of outputs.
      func isWhole(_ head: String) -> Bool {
        Set(shapes.keys.filter { $0.hasPrefix(head) }.map { found.tensors[$0]?.shape.first }).count <= 1
      }
      let isThis =
        found.tensors.keys.allSatisfy { shapes[$0] != nil } && shapes.allSatisfy { fits($0.key, $0.value) }
        && heads.allSatisfy(isWhole)
      return isThis ? name : nil
    }
  }

  /// What PyTorch and torchvision keep beside what a model is used with.
  private static func isBeside(_ name: String) -> Bool {
    name.hasSuffix("num_batches_tracked") || name.hasSuffix("mask_token") || name.hasPrefix("aux1.")
      || name.hasPrefix("aux2.")
  }

  /// How soon a set of the model's tensors is taken where a file has several, by the words that stand before its names:
  /// one without any, then an average of the weights, as timm takes it, then the model's own.
  ///
  /// The teacher of a self-supervised training (mean teacher, DINO) is the average of its student. Of two averages, and of
  /// two sets of the model's own, the first by name is taken.
  private static func rank(_ wrapper: String) -> Int {
    if wrapper.isEmpty { return 0 }
    let words = Set(wrapper.lowercased().split { $0 == "." || $0 == "_" })
    if !words.isDisjoint(with: ["ema", "swa", "teacher", "averaged", "average", "avg"]) { return 1 }
    return words.isSubset(of: ["model", "module", "net", "network", "state", "dict", "weights"]) ? 2 : unknownRank
  }

  /// The rank of sets that nothing tells apart.
  private static let unknownRank = 3

  /// A file's tensors by a model's own names.
  private struct Named {
    var tensors: [String: Tensor]
    var wrapper = ""
    var others: [String] = []
    /// What stands before each of several sets of tensors, where none is to be taken before another.
    var copies: [String] = []
    var layout: ParameterNaming?
    /// What they are for, where it is not the whole model.
    var backbone: (any Backbone)?
  }

  /// Returns a file's tensors by the names of the model or of the backbone under it, whichever more of them have, and
  /// of whatever system they are.
  private static func named(_ file: [String: Tensor], as model: any Module) -> Named {
    let encoder = (model as? any BackboneNetwork)?.encoder
    let classifier = (model as? BackboneClassifier)?.backbone
    var best = Named(tensors: file)
    var most = 0
    func consider(_ layout: ParameterNaming?, _ module: any Module, _ backbone: (any Backbone)?) {
      let own = Set(module.namedTensors.map(\.0))
      guard
        let (count, wrapper, others, copies) = Self.wrapper(
          of: file,
          around: { (layout.map { $0.ownName(of:) } ?? String.init)($0).map(own.contains) ?? false }
        ),
        count > most, copies.isEmpty || 2 * count > own.count
      else { return }
      most = count
      var tensors = Self.unwrapped(file, wrapper)
      if wrapper.isEmpty {
        tensors = tensors.filter { name, _ in !others.contains { name.hasPrefix($0) } }
      }
      if let layout {
        tensors = Dictionary(
          tensors.map { (layout.ownName(of: Substring($0.key)) ?? $0.key, $0.value) },
          uniquingKeysWith: { first, _ in first })
      }
      best = Named(
        tensors: tensors, wrapper: wrapper, others: others, copies: copies, layout: layout, backbone: backbone)
    }
    for layout in [nil] + (classifier?.layouts ?? []).map(Optional.some) {
      consider(layout, model, nil)
    }
    if let encoder {
      for layout in [nil] + encoder.layouts.map(Optional.some) {
        consider(layout, encoder, encoder)
      }
    }
    return best
  }

  /// Returns what stands before most of a model's names in a file, how many these are, what stands before as many of
  /// them, and all of these where none is to be taken before another; nil where the file has none of the names.
  private static func wrapper(
    of file: [String: Tensor], around isOwn: (Substring) -> Bool
  ) -> (count: Int, taken: String, others: [String], copies: [String])? {
    var counts: [String: Int] = [:]
    for name in file.keys {
      if isOwn(name[...]) { counts["", default: 0] += 1 }
      for dot in name.indices where name[dot] == "." {
        let start = name.index(after: dot)
        if isOwn(name[start...]) { counts[String(name[..<start]), default: 0] += 1 }
      }
    }
    guard let most = counts.values.max() else { return nil }
    let best = counts.filter { $0.value == most }.keys.sorted { (rank($0), $0) < (rank($1), $1) }
    let isClear = best.count == 1 || rank(best[0]) < unknownRank
    return (most, best[0], Array(best.dropFirst()), isClear ? [] : best)
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
      + (layout.map { ", with \($0.system)'s names" } ?? "")
      + (isBackbone ? ", for the backbone alone" : "")
      + (fittedFilters.map {
        $0.channels == 1
          ? ", \($0.name), which is for gray images, divided among three channels"
          : ", \($0.name) summed over its \($0.channels) channels"
      } ?? "")
      + (layout?.note.map { " (\($0))" } ?? "")
      + missingHeads.map { head in
        let why = otherHeads.contains(head) ? "is of other layers in the file" : "the file lacks"
        return "; the head \(head), which \(why), is new"
      }.joined()
      + heads.joined() + (heads.isEmpty ? "" : classes)
  }
}
