/// The parameters that are not trained, and until when.
///
/// As text: beginnings of parameters' names, as a `GroupRule` has them, or `backbone` for all but the
/// model's head.
public struct FreezeRule: Sendable, Hashable {
  /// The beginnings of the names.
  public let prefixes: [String]

  /// What names a model's backbone, or where it has none, all parameters but those of its heads.
  public static let backbone = "backbone"

  /// Whether the rule is `backbone`.
  public var isBackbone: Bool { prefixes == [Self.backbone] }

  /// Reads `conv1,layer1` or `backbone`.
  public init(_ text: String) {
    prefixes = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  /// Whether a parameter is frozen.
  ///
  /// - Parameter heads: the names of the heads, in a model that has no part named `backbone`.
  public func claims(_ parameter: String, heads: [String]?) -> Bool {
    func begins(_ prefix: String) -> Bool {
      parameter == prefix || parameter.hasPrefix(prefix + ".")
    }
    return prefixes.contains { prefix in
      if prefix == Self.backbone, let heads { return !heads.contains(where: begins) }
      return begins(prefix)
    }
  }
}

extension FreezeRule: SettingText {
  /// The text from which it reads back.
  public var description: String { prefixes.joined(separator: ",") }
  /// What the text must look like.
  public static var expected: String { "PREFIX[,PREFIX...], or backbone" }
}
