import Formatting

/// A network that detects objects, under the name by which it can be asked for.
public struct DetectorEntry: ModelEntry {
  /// The name, such as `fcos-resnet-50`.
  public let name: String
  /// Names that other systems use.
  public let aliases: [String]
  /// The network's source and use, in a few words.
  public let summary: String
  /// The classifier on which it stands; nil for a network that stands on none.
  public let base: ClassifierEntry?
  /// Its name without that of its classifier, where it stands on any: `fcos`.
  public let head: String?
  private let build: @Sendable (_ classes: Int) -> any Detector

  init(
    _ name: String, aliases: [String] = [], _ summary: String,
    on base: ClassifierEntry? = nil, head: String? = nil,
    build: @escaping @Sendable (_ classes: Int) -> any Detector
  ) {
    self.name = name
    self.aliases = aliases
    self.summary = summary
    self.base = base
    self.head = head
    self.build = build
  }

  /// Makes the detector; its parameters are not yet initialized.
  public func make(classes: Int) -> any Detector { build(classes) }
}

extension ModelFamily<DetectorEntry> {
  /// Describes a head that stands on any encoder, of which those on a ResNet-18 and a ResNet-50 are listed: torchvision's,
  /// and a smaller one.
  init(
    head: String, _ summary: String, besides others: [DetectorEntry] = [],
    _ make: @escaping @Sendable (any Backbone, _ classes: Int) -> any Detector
  ) {
    self.init(head: head, on: ["resnet-18", "resnet-50"], besides: others) { name, base, encoder in
      // torchvision's names end so.
      DetectorEntry(name, aliases: ["\(name)-fpn"], summary, on: base, head: head) {
        make(encoder(3), $0)
      }
    }
  }
}
