/// A unit that a network repeats, such as a residual block or a block of a transformer.
///
/// Where learning rates depend on depth, it counts as one layer.
public protocol Block: Layer {}

/// A module whose children are not applied in their order.
public protocol ReorderedModule: Module {
  /// The children's names in the order in which an image passes them.
  var passed: [String] { get }
}

/// The part of a larger network whose parameters have a depth; what lies beside it counts as the head.
public protocol DepthScope: Module {}

extension Module {
  /// The depth of each parameter, by its full name: 0 in the stem, 1 more with each block, and greatest in the head.
  ///
  /// The head is what `heads` names, and whatever lies beside an encoder. Parameters between two blocks, and those
  /// behind the last, count to the block before them. In a network without blocks each layer is one.
  ///
  ///     EfficientNet-Lite0: conv_stem, bn1   0
  ///                         blocks.0.0       1
  ///                         ...
  ///                         blocks.6.0       16, as are conv_head and bn2
  ///                         classifier       17
  ///
  /// - Source: as timm's `param_groups_layer_decay` counts layers; compared for EfficientNet-Lite0, ResNet-18,
  ///   ResNet-50-D, ViT-Tiny and DenseNet-121.
  public var depths: [String: Int] {
    let modules = namedModules
    let names = inOrder(namedParameters.map(\.0), modules)
    let prefixes = inOrder(modules.filter { $0.1 is any Block }.map { $0.0 + "." }, modules)
    let blocks = prefixes.isEmpty ? Self.layers(of: names) : outermost(prefixes)
    let heads = heads.map { $0 + "." }
    let encoder = modules.first { !$0.0.isEmpty && $0.1 is any DepthScope }.map { $0.0 + "." } ?? ""
    func isHead(_ name: String) -> Bool {
      !name.hasPrefix(encoder) || heads.contains(where: name.hasPrefix)
    }
    var (depths, depth, block) = ([String: Int](), 0, "")
    for name in names where !isHead(name) {
      if block.isEmpty || !name.hasPrefix(block), let next = blocks.first(where: name.hasPrefix) {
        (block, depth) = (next, depth + 1)
      }
      depths[name] = depth
    }
    for name in names where isHead(name) { depths[name] = depth + 1 }
    return depths
  }

  /// The layers that have parameters, but for the first, which is the stem.
  private static func layers(of names: [String]) -> [String] {
    let layers = names.map { $0.split(separator: ".").dropLast().joined(separator: ".") + "." }
    let different = layers.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return Array(different.dropFirst())
  }

  private func outermost(_ prefixes: [String]) -> [String] {
    prefixes.filter { prefix in !prefixes.contains { $0 != prefix && prefix.hasPrefix($0) } }
  }

  /// Names in the order in which an image passes what they name.
  private func inOrder(_ names: [String], _ modules: [(String, any Module)]) -> [String] {
    modules.reduce(names) { names, module in
      guard let reordered = module.1 as? any ReorderedModule else { return names }
      let places = reordered.passed.map { (module.0.isEmpty ? "" : module.0 + ".") + $0 + "." }
      guard let first = names.firstIndex(where: { name in places.contains(where: name.hasPrefix) })
      else { return names }
      let others = names.filter { name in !places.contains(where: name.hasPrefix) }
      let sorted = places.flatMap { place in names.filter { $0.hasPrefix(place) } }
      return Array(others[..<first]) + sorted + Array(others[first...])
    }
  }
}
