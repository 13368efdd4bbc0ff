import Foundation
import Numbers
import Words

/// A tar archive in WebDataset's form: images, each with its label beside it under the same name.
///
/// The key of a member is its name up to the first dot behind the last slash. `cat/1.jpg`, `cat/1.cls` and
/// `cat/1.json` are one sample. A label is the number or the name in `.cls`, else that under `label`, `cls` or `class`
/// in `.json`, else the name of the folder.
///
/// - Source: WebDataset's `base_plus_ext` and `group_by_keys`.
struct Shard: Sendable {
  /// What says an image's class.
  enum Label: Sendable, Hashable {
    case number(Int)
    case name(String)
  }

  /// An image.
  struct Sample: Sendable, Hashable {
    let image: TarIndex.Entry
    let label: Label
  }

  /// The archive's path.
  let path: String
  /// The images, in the order in which they lie there.
  private(set) var samples: [Sample] = []
  /// Members that are neither images nor labels: the first, and how many.
  private(set) var others: (first: String, count: Int)?

  private static let labelEndings: Set = ["cls", "class", "json"]
  /// No label is longer.
  private static let mostBytes = 1 << 20

  /// Takes what was found out before.
  init(path: String, samples: [Sample], others: (first: String, count: Int)?) {
    (self.path, self.samples, self.others) = (path, samples, others)
  }

  /// Reads an archive's index and its labels.
  ///
  /// - Throws: `ShardError`, `DataError`.
  init(_ path: String) throws {
    self.path = path
    var open = Group(key: "")
    var closed: Set<String> = []
    try TarIndex.read(path) { entry, content in
      let base = entry.name.split(separator: "/").last ?? ""
      guard let dot = base.firstIndex(of: "."), dot != base.startIndex else {
        note(entry.name)
        return
      }
      let key = String(entry.name.dropLast(base.distance(from: dot, to: base.endIndex)))
      let ending = base[base.index(after: dot)...].lowercased()
      let isLabel = Self.labelEndings.contains(ending)
      guard isLabel || FolderListing.isImage("." + ending) else {
        note(entry.name)
        return
      }
      if key != open.key {
        try close(open, &closed)
        open = Group(key: key)
      }
      if isLabel {
        guard entry.size <= Self.mostBytes else {
          throw ShardError.badLabel(file: path, name: entry.name, text: "\(entry.size) bytes")
        }
        let label = try Self.label(content(entry), ending, entry.name, path)
        guard ending == "json" else {
          if let other = open.label { throw twice(entry.name, other.name) }
          open.label = (entry.name, label)
          return
        }
        if let other = open.json { throw twice(entry.name, other.name) }
        open.json = (entry.name, label)
      } else {
        if let other = open.image { throw twice(entry.name, other.name) }
        open.image = entry
      }
    }
    try close(open, &closed)
  }

  /// The members of one key.
  private struct Group {
    let key: String
    var image: TarIndex.Entry?
    var label: (name: String, label: Label?)?
    var json: (name: String, label: Label?)?
  }

  private func twice(_ name: String, _ other: String) -> ShardError {
    .member(file: path, name: name, .twice(other))
  }

  private mutating func note(_ name: String) {
    others = (others?.first ?? name, (others?.count ?? 0) + 1)
  }

  private mutating func close(_ group: Group, _ closed: inout Set<String>) throws {
    guard let image = group.image else {
      for name in [group.label?.name, group.json?.name].compactMap(\.self) { note(name) }
      return
    }
    guard closed.insert(group.key).inserted else {
      throw ShardError.member(file: path, name: image.name, .twice(group.key))
    }
    let parts = image.name.split(separator: "/")
    let folder = parts.count > 1 ? Label.name(String(parts[parts.count - 2])) : nil
    guard let label = group.label?.label ?? group.json?.label ?? folder else {
      throw ShardError.member(file: path, name: image.name, .noLabel)
    }
    samples.append(Sample(image: image, label: label))
  }

  /// Reads a label; nil for JSON that has none.
  private static func label(
    _ content: Data, _ ending: String, _ name: String, _ path: String
  ) throws -> Label? {
    let text = String(decoding: content, as: UTF8.self).trimmingCharacters(
      in: .whitespacesAndNewlines)
    if ending == "json" {
      do { return try JSONText.read(LabelsInJSON.self, from: content).first } catch {
        throw ShardError.badLabel(file: path, name: name, text: "not readable as JSON")
      }
    }
    guard !text.isEmpty, text.utf8.count <= 1_000 else {
      throw ShardError.badLabel(file: path, name: name, text: String(text.prefix(40)))
    }
    return Int(text).map(Label.number) ?? .name(text)
  }
}

/// Where a sample's JSON may say its class.
private struct LabelsInJSON: Decodable {
  let first: Shard.Label?

  private enum Key: String, CodingKey, CaseIterable { case label, cls, `class` }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    first =
      Key.allCases.lazy.compactMap { key -> Shard.Label? in
        if let number = try? values.decode(Int.self, forKey: key) { return .number(number) }
        let text = try? values.decode(String.self, forKey: key)
        return text.flatMap { $0.isEmpty ? nil : .name($0) }
      }.first
  }
}
