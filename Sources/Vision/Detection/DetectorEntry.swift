import Words

/// A network that detects objects, under the name by which it can be asked for.
public struct DetectorEntry: CatalogEntry {
  /// The name, such as `fcos-resnet-50`.
  public let name: String
  /// Names that other systems use.
  public let aliases: [String]
  /// Where it comes from and what it is for, in a few words.
  public let summary: String
  /// The kind of classifier on which it stands; nil for a network that stands on none.
  public let family: ClassifierEntry.Family?
  private let build: @Sendable (_ classes: Int) -> any Detector

  init(
    _ name: String, aliases: [String] = [], _ summary: String,
    on family: ClassifierEntry.Family? = nil,
    build: @escaping @Sendable (_ classes: Int) -> any Detector
  ) {
    self.name = name
    self.aliases = aliases
    self.summary = summary
    self.family = family
    self.build = build
  }

  /// Makes the detector; its parameters are not yet initialized.
  public func make(classes: Int) -> any Detector { build(classes) }
}

extension DetectorEntry {
  /// Describes the detector that a folded name says, a head's and an encoder's: `fcosresnet18`.
  ///
  /// Nil where it says none.
  init?(
    _ head: String, spelled folded: String, _ summary: String,
    _ make: @escaping @Sendable (any Backbone, _ classes: Int) -> any Detector
  ) {
    guard let classifier = Models.encoder(of: folded, after: head), let encoder = classifier.encoder
    else { return nil }
    // torchvision's names end so.
    self.init(
      "\(head)-\(classifier.name)", aliases: ["\(head)-\(classifier.name)-fpn"], summary,
      on: classifier.family
    ) { make(encoder(3), $0) }
  }

  /// Returns a head's detectors on a ResNet-18 and a ResNet-50: torchvision's, and a smaller one.
  static func onResNets(
    _ head: String, _ summary: String,
    _ make: @escaping @Sendable (any Backbone, _ classes: Int) -> any Detector
  ) -> [DetectorEntry] {
    ["resnet18", "resnet50"].compactMap { Self(head, spelled: head + $0, summary, make) }
  }
}
