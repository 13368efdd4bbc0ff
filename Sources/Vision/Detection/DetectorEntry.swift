import Words

/// A network that detects objects, under the name by which it can be asked for.
public struct DetectorEntry: CatalogEntry {
  /// The name, such as `fcos-resnet-50`.
  public let name: String
  /// Other systems' names.
  public let aliases: [String]
  /// Where it comes from and what it is for, in a few words.
  public let summary: String
  private let build: @Sendable (_ classes: Int) -> any Detector

  init(
    _ name: String, aliases: [String] = [], _ summary: String,
    build: @escaping @Sendable (_ classes: Int) -> any Detector
  ) {
    self.name = name
    self.aliases = aliases
    self.summary = summary
    self.build = build
  }

  /// Makes the detector; its parameters are not yet initialized.
  public func make(classes: Int) -> any Detector { build(classes) }
}
