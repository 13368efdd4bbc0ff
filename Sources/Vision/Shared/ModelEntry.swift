import Formatting
import Torch

/// A network that can be asked for by name, and that may stand on a classifier.
public protocol ModelEntry: CatalogEntry {
  /// The classifier on which it stands; nil for a network that stands on none.
  var base: ClassifierEntry? { get }
  /// Its name without that of its classifier, where it stands on any: `unet`.
  var head: String? { get }
}

extension ClassifierEntry: ModelEntry {
  /// A classifier stands on no other.
  public var base: ClassifierEntry? { nil }
  /// A classifier is no head.
  public var head: String? { nil }
}

extension Catalog where Entry: ModelEntry {
  /// The names of the models that stand on any encoder, in the order in which they are listed.
  public var heads: [String] {
    entries.compactMap(\.head).reduce(into: []) { heads, head in
      if !heads.contains(head) { heads.append(head) }
    }
  }
}

/// What the file of a network adds to a catalog.
struct ModelFamily<Entry: ModelEntry>: Sendable {
  /// The entries that are listed.
  let entries: [Entry]
  /// Makes the entry of a folded name that is not listed.
  let spelled: @Sendable (_ folded: String) -> Entry?

  /// Describes networks, and what names beyond those of the list mean.
  init(_ entries: [Entry], spelled: @escaping @Sendable (String) -> Entry? = { _ in nil }) {
    self.entries = entries
    self.spelled = spelled
  }

  /// Describes a network that stands on any encoder, whose name follows its own: `unet-resnet-18`.
  ///
  /// - Parameters:
  ///   - encoders: those with which it is listed.
  ///   - others: further networks that are listed, before these.
  ///   - make: describes it with a name on a classifier, which is made as an encoder for so many channels.
  init(
    head: String, on encoders: [String], besides others: [Entry] = [],
    make:
      @escaping @Sendable (
        _ name: String, ClassifierEntry, _ encoder: @escaping @Sendable (Int) -> any Backbone
      ) -> Entry
  ) {
    let entry: @Sendable (String) -> Entry? = { name in
      guard let base = Models.encoders[name], let encoder = base.encoder else { return nil }
      return make("\(head)-\(base.name)", base, encoder)
    }
    self.init(others + encoders.compactMap(entry)) { folded in
      folded.hasPrefix(head) ? entry(String(folded.dropFirst(head.count))) : nil
    }
  }
}
