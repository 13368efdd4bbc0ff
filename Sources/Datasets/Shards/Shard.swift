import Formatting
import Foundation
import Numbers

/// A tar archive in WebDataset's format: images, each with its label, boxes or mask beside it under the same name.
///
/// The key of a member is its name up to the first dot behind the last slash. `cat/1.jpg`, `cat/1.cls` and
/// `cat/1.json` are one sample. What it is labeled with is the mask beside it, else the number or the name in `.cls`,
/// else what is under `label`, `cls` or `class` in `.json`, else the boxes under `annotations` there, else the name of
/// the folder.
///
/// - Source: WebDataset's `base_plus_ext` and `group_by_keys`.
struct Shard: Sendable {
  /// What an image is labeled with.
  enum Label: Sendable, Hashable {
    /// A class, by its number.
    case number(Int)
    /// A class, by its name.
    case name(String)
    /// Boxes, in a JSON file.
    case boxes(TarIndex.Entry)
    /// A mask.
    case mask(TarIndex.Entry, isInstances: Bool)

    /// What images are labeled with that are labeled so.
    var content: ShardContent {
      switch self {
      case .number, .name: .classes
      case .boxes: .boxes
      case .mask: .masks
      }
    }
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
  /// What masks' names end with before the format: `1.mask.png`.
  private static let maskEndings: Set = ["mask", "masks", "seg", "segmentation"]
  private static let instanceEndings: Set = ["instances", "instance"]
  /// No class's label is longer, and no image's boxes.
  private static let maximumBytes = (label: 1 << 20, boxes: 1 << 24)

  /// Takes what was found out before.
  init(path: String, samples: [Sample], others: (first: String, count: Int)?) {
    (self.path, self.samples, self.others) = (path, samples, others)
  }

  /// Reads an archive's index and its labels, of so many images at most.
  ///
  /// - Throws: `ShardError`, `DataError`.
  init(_ path: String, atMost most: Int = .max) throws {
    self.path = path
    var open = Group(key: "")
    var closed: Set<String> = []
    try TarIndex.read(path) { entry, content in
      guard let (key, ending) = Self.parts(of: entry.name) else {
        note(entry.name)
        return true
      }
      if key != open.key {
        try close(open, &closed)
        open = Group(key: key)
        guard samples.count < most else { return false }
      }
      if Self.labelEndings.contains(ending) {
        let most = ending == "json" ? Self.maximumBytes.boxes : Self.maximumBytes.label
        guard entry.size <= most else {
          throw ShardError.badLabel(file: path, name: entry.name, text: "\(entry.size) bytes")
        }
        let label = try Self.label(content(entry), ending, entry, path)
        guard ending == "json" else {
          if let other = open.label { throw twice(entry.name, other.name) }
          open.label = (entry.name, label)
          return true
        }
        if let other = open.json { throw twice(entry.name, other.name) }
        open.json = (entry.name, label)
      } else if let isInstances = Self.isInstanceMask(ending) {
        if let other = open.mask { throw twice(entry.name, other.entry.name) }
        open.mask = (entry, isInstances)
      } else {
        open.images.append(entry)
      }
      return true
    }
    if samples.count < most { try close(open, &closed) }
  }

  /// The images of an archive, whatever they are labeled with, without masks.
  ///
  /// - Throws: `ShardError`, `DataError`.
  static func images(in path: String) throws -> [TarIndex.Entry] {
    var images: [TarIndex.Entry] = []
    var open = Group(key: "")
    try TarIndex.read(path) { entry, _ in
      guard let (key, ending) = parts(of: entry.name), !labelEndings.contains(ending),
        isInstanceMask(ending) == nil
      else { return true }
      if key != open.key {
        images += open.divided.images
        open = Group(key: key)
      }
      open.images.append(entry)
      return true
    }
    return images + open.divided.images
  }

  /// The key of a member's name and its ending, in small letters; nil of one that is neither an image nor a label.
  private static func parts(of name: String) -> (key: String, ending: String)? {
    let base = name.split(separator: "/").last ?? ""
    guard let dot = base.firstIndex(of: "."), dot != base.startIndex else { return nil }
    let ending = base[base.index(after: dot)...].lowercased()
    guard labelEndings.contains(ending) || FolderListing.isImage("." + ending) else { return nil }
    return (String(name.dropLast(base.distance(from: dot, to: base.endIndex))), ending)
  }

  /// Whether an image of an ending is a mask of instances; nil of an image that is no mask.
  private static func isInstanceMask(_ ending: String) -> Bool? {
    let words = ending.split(separator: ".")
    guard words.count > 1 else { return nil }
    let word = String(words[words.count - 2])
    return instanceEndings.contains(word) ? true : maskEndings.contains(word) ? false : nil
  }

  /// The members of one key.
  private struct Group {
    let key: String
    var images: [TarIndex.Entry] = []
    var mask: (entry: TarIndex.Entry, isInstances: Bool)?
    var label: (name: String, label: Label?)?
    var json: (name: String, label: Label?)?

    /// The images, and the mask where there is one: a PNG beside an image of another format is one, too.
    var divided: (images: [TarIndex.Entry], mask: Label?) {
      if let mask { return (images, .mask(mask.entry, isInstances: mask.isInstances)) }
      let drawn = images.filter { fileExtension($0.name) == "png" }
      guard images.count == 2, drawn.count == 1 else { return (images, nil) }
      return (images.filter { $0 != drawn[0] }, .mask(drawn[0], isInstances: false))
    }
  }

  private func twice(_ name: String, _ other: String) -> ShardError {
    .member(file: path, name: name, .twice(other))
  }

  private mutating func note(_ name: String) {
    others = (others?.first ?? name, (others?.count ?? 0) + 1)
  }

  private mutating func close(_ group: Group, _ closed: inout Set<String>) throws {
    let (images, mask) = group.divided
    guard let image = images.first else {
      for name in [group.mask?.entry.name, group.label?.name, group.json?.name].compactMap(\.self) {
        note(name)
      }
      return
    }
    if images.count > 1 { throw twice(images[1].name, image.name) }
    guard closed.insert(group.key).inserted else {
      throw ShardError.member(file: path, name: image.name, .twice(group.key))
    }
    let parts = image.name.split(separator: "/")
    let folder = parts.count > 1 ? Label.name(String(parts[parts.count - 2])) : nil
    guard let label = mask ?? group.label?.label ?? group.json?.label ?? folder else {
      throw ShardError.member(file: path, name: image.name, .noLabel)
    }
    samples.append(Sample(image: image, label: label))
  }

  /// Reads a label; nil for JSON that has none.
  private static func label(
    _ content: Data, _ ending: String, _ entry: TarIndex.Entry, _ path: String
  ) throws -> Label? {
    let text = String(decoding: content, as: UTF8.self).trimmingCharacters(
      in: .whitespacesAndNewlines)
    if ending == "json" {
      do {
        let labels = try JSONText.read(LabelsInJSON.self, from: content)
        return labels.first ?? (labels.hasBoxes ? .boxes(entry) : nil)
      } catch {
        throw ShardError.badLabel(file: path, name: entry.name, text: "not readable as JSON")
      }
    }
    guard !text.isEmpty, text.utf8.count <= 1_000 else {
      throw ShardError.badLabel(file: path, name: entry.name, text: String(text.prefix(40)))
    }
    return Int(text).map(Label.number) ?? .name(text)
  }
}

/// Where a sample's JSON may say its class, or its boxes.
private struct LabelsInJSON: Decodable {
  let first: Shard.Label?
  let hasBoxes: Bool

  private enum Key: String, CodingKey, CaseIterable { case label, cls, `class` }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    first =
      Key.allCases.lazy.compactMap { key -> Shard.Label? in
        if let number = try? values.decode(Int.self, forKey: key) { return .number(number) }
        let text = try? values.decode(String.self, forKey: key)
        return text.flatMap { $0.isEmpty ? nil : .name($0) }
      }.first
    let boxes = try decoder.container(keyedBy: ShardedImage.Key.self)
    hasBoxes = (try? boxes.nestedUnkeyedContainer(forKey: .annotations)) != nil
  }
}
