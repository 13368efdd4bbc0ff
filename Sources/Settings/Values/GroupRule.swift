import Formatting

/// Parameters with a learning rate of their own, named by how their names begin.
///
/// As text, on the command line and in files: a name, beginnings of parameters' names, and a factor.
///
///     GroupRule("head=fc:10")           // fc.weight and fc.bias, at ten times the rate
///     GroupRule("stem=conv1,bn1:0")     // frozen
///
/// A beginning is whole words between dots: `layer1` is not the beginning of `layer10.0.bn1.weight`.
public struct GroupRule: Sendable, Hashable {
  /// What the group is called.
  public let name: String
  /// The beginnings of its parameters' names, as torchvision names them.
  public let prefixes: [String]
  /// What the common rate is multiplied by; 0 freezes the parameters.
  public let factor: Double

  /// What the parameters are called that no rule claims.
  public static let rest = "rest"

  /// Whether a parameter belongs to the group.
  public func claims(_ parameter: String) -> Bool {
    prefixes.contains(where: parameter.isIn)
  }

  /// The group in words, for the plan.
  public var line: String {
    let what = factor == 0 ? "frozen" : "\(Self.text(factor)) times the rate"
    return "group \(name) (\(prefixes.joined(separator: ", "))): \(what)"
  }

  private static func text(_ factor: Double) -> String {
    Int(exactly: factor).map(String.init) ?? "\(factor)"
  }
}

extension GroupRule: LosslessStringConvertible {
  /// Reads `head=fc,layer4:10`; nil for anything else, and for a factor below 0.
  public init?(_ text: String) {
    guard let equals = text.firstIndex(of: "="), let colon = text.lastIndex(of: ":"),
      equals < colon, let factor = Double(text[text.index(after: colon)...]), factor >= 0,
      factor.isFinite
    else { return nil }
    name = String(text[..<equals])
    prefixes = text[text.index(after: equals)..<colon]
      .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    self.factor = factor
    guard !name.isEmpty, name != Self.rest, !prefixes.contains("") else { return nil }
  }

  /// The text from which it reads back.
  public var description: String {
    "\(name)=\(prefixes.joined(separator: ",")):\(Self.text(factor))"
  }
}

extension GroupRule: SettingText {
  /// What the text must look like.
  public static var expected: String { "NAME=PREFIX[,PREFIX...]:FACTOR, such as head=fc:10" }
}

extension ResolvedSettings {
  /// What the rate of each named group is multiplied by.
  public var groupFactors: [String: Double] {
    Dictionary(
      self.optimizer.groups.map { ($0.name, $0.factor) }, uniquingKeysWith: { first, _ in first })
  }
}
