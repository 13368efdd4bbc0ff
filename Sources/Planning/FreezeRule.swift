/// Which parameters are not learned, and until when.
///
/// As text: beginnings of parameters' names, as a `GroupRule` has them, or `backbone` for all but the
/// model's head.
public struct FreezeRule: Sendable, Hashable {
  /// The beginnings of the names.
  public let prefixes: [String]

  /// What names all parameters but the head's.
  public static let backbone = "backbone"

  /// Reads `conv1,layer1` or `backbone`.
  public init(_ text: String) {
    prefixes = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  /// Whether a parameter is frozen, in a model whose head's parameters begin with this name.
  public func claims(_ parameter: String, head: String?) -> Bool {
    func begins(_ prefix: String) -> Bool {
      parameter == prefix || parameter.hasPrefix(prefix + ".")
    }
    return prefixes.contains { prefix in
      prefix == Self.backbone ? !(head.map(begins) ?? false) : begins(prefix)
    }
  }
}

extension RunSettings {
  /// What is frozen, in words, for the plan.
  var freezingLine: String? {
    freeze.map { "frozen: \($0)" + (unfreezeAt.map { ", until update \($0)" } ?? "") }
  }
}
