import Formatting
import Foundation

/// What differs between a data set when a run began and now.
public struct DataChange: Sendable, Hashable {
  /// An image with what it was and what it is.
  public struct Move: Sendable, Hashable {
    /// The name of the image.
    public var name: String
    /// The label or the part that it had.
    public var before: String
    /// The label or the part that it has now.
    public var now: String
  }

  /// Images that are there now and were not.
  public private(set) var added: [String] = []
  /// Images that were there.
  public private(set) var removed: [String] = []
  /// Images that have another name now, with both names.
  public private(set) var renamed: [Move] = []
  /// Images with other files, boxes or masks.
  public private(set) var changed: [String] = []
  /// Images that are in another part now.
  public private(set) var otherPart: [Move] = []
  /// Images of another class now; of boxes and masks, those of which only the classes are others.
  public private(set) var relabeled: [Move] = []
  /// Parts without names of images that are others now, a sentence's part each.
  public private(set) var otherParts: [String] = []

  /// Compares two records.
  public init(from before: DataRecord, to now: DataRecord) {
    let (old, new) = (Self.listed(before), Self.listed(now))
    for (name, image) in old {
      guard let found = new[name] else {
        removed.append(name)
        continue
      }
      if found.image.content != image.image.content || Self.differ(image.image.file, found.image.file) {
        changed.append(name)
      } else if found.image.label != image.image.label {
        relabeled.append(Move(name: name, before: image.image.label, now: found.image.label))
      } else if Self.differ(image.image.annotation, found.image.annotation) {
        changed.append(name)
      }
      if found.part != image.part {
        otherPart.append(Move(name: name, before: image.part, now: found.part))
      }
    }
    added = new.keys.filter { old[$0] == nil }
    findMoved(old, new)
    for part in before.parts {
      compareWhole(part, now.parts.first { $0.name == part.name })
    }
    added.sort()
    removed.sort()
    changed.sort()
    otherPart.sort { $0.name < $1.name }
    relabeled.sort { $0.name < $1.name }
    renamed.sort { $0.name < $1.name }
  }

  /// Whether two digests differ, where there are both.
  private static func differ(_ before: UInt64?, _ now: UInt64?) -> Bool {
    if let before, let now { before != now } else { false }
  }

  private typealias Listed = [String: (image: DataRecord.Image, part: String)]

  /// The images with names; one that is in several parts has all of them.
  private static func listed(_ record: DataRecord) -> Listed {
    var all: Listed = [:]
    for part in record.parts where part.name != DataRecord.earlierPart {
      guard case .listed(let images) = part.contents else { continue }
      for image in images {
        if let known = all[image.name] {
          if known.part != part.name { all[image.name] = (image, "\(known.part) and \(part.name)") }
        } else {
          all[image.name] = (image, part.name)
        }
      }
    }
    return all
  }

  /// Finds images that have another name now, or of which the class's folder is another: the same bytes elsewhere, and in
  /// older records the same name and content.
  private mutating func findMoved(_ old: Listed, _ new: Listed) {
    struct Key: Hashable {
      let name: Substring
      let content: UInt64
      let file: UInt64?
    }
    let byFiles = [old, new].allSatisfy { $0.values.contains { $0.image.file != nil } }
    func key(_ image: DataRecord.Image) -> Key {
      let file = byFiles ? image.file : nil
      return Key(
        name: file == nil ? image.name.split(separator: "/").last ?? "" : "", content: image.content, file: file)
    }
    // Of images that are alike, such as blank ones, nobody knows which was moved.
    func unique(_ names: [String], in listed: Listed) -> [Key: DataRecord.Image] {
      let images = names.compactMap { listed[$0]?.image }
      return Dictionary(grouping: images, by: key).compactMapValues { $0.count == 1 ? $0[0] : nil }
    }
    let candidates = unique(added + changed, in: new)
    let (isNew, isGone) = (Set(added), Set(removed))
    for (key, image) in unique(removed + changed, in: old) {
      guard let found = candidates[key] else { continue }
      if found.label != image.label {
        relabeled.append(Move(name: found.name, before: image.label, now: found.label))
      } else if image.file != nil, isNew.contains(found.name), isGone.contains(image.name) {
        renamed.append(Move(name: found.name, before: image.name, now: found.name))
        guard let part = old[image.name]?.part, let now = new[found.name]?.part, part != now else { continue }
        otherPart.append(Move(name: found.name, before: part, now: now))
      }
    }
    let moved = Set((relabeled + renamed).map(\.name))
    added.removeAll(where: moved.contains)
    let former = Set(renamed.map(\.before))
    removed.removeAll(where: former.contains)
  }

  private mutating func compareWhole(_ before: DataRecord.Part, _ now: DataRecord.Part?) {
    guard case .whole(let images, let labels, let pixels) = before.contents else { return }
    guard case .whole(let nowImages, let nowLabels, let nowPixels)? = now?.contents else {
      otherParts.append("the \(before.name) images have another format")
      return
    }
    if images != nowImages {
      otherParts.append("\(nowImages) \(before.name) images, before \(images)")
    } else if pixels != nowPixels {
      otherParts.append("other pixels in the \(before.name) images")
    } else if labels != nowLabels {
      relabeled.append(Move(name: "the \(before.name) images", before: "#", now: "#"))
    }
  }

  /// What has changed but for labels, for display; nil where nothing has.
  public var summary: String? {
    func first(_ names: [String]) -> String { names.first.map { " (the first is \($0))" } ?? "" }
    func images(_ names: [String], _ what: String) -> String? {
      names.isEmpty ? nil : "\(names.count) \(what)\(first(names))"
    }
    let moved = otherPart.first.map { move in
      "\(otherPart.count) in another split (the first, \(move.name), was in \(move.before) and is in "
        + "\(move.now))"
    }
    let named = renamed.first.map { "\(renamed.count) renamed (the first, \($0.now), was \($0.before))" }
    let all = [
      images(added, "added"), images(removed, "removed"), images(changed, "changed"), named, moved,
    ]
    let counted = all.compactMap(\.self)
    let summary =
      (counted.isEmpty ? [] : ["images: " + counted.joined(separator: ", ")]) + otherParts
    return summary.isEmpty ? nil : summary.joined(separator: "; ")
  }
}

/// Why a run cannot continue with its data as it is now.
public enum DataChangeError: Error, Equatable {
  /// Other classes than the run's, or the same in another order.
  case classes(data: String, now: [String], before: [String])
  /// Images that were of another class; how many, and the first.
  case labels(data: String, count: Int, first: DataChange.Move)
  /// Other images than those of the runs before it in a series.
  case series(data: String, changes: String)
}

extension DataChangeError: DescribedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .classes(let data, let now, let before):
      "\(data) has other classes than at the start of the run: " + Self.difference(now, before)
        + ". "
        + Self.remedy
    case .series(let data, let changes):
      "\(data) has changed since the first of these runs: \(changes). Runs of different images cannot be compared: restore "
        + "the data, or begin anew."
    case .labels(let data, let count, let first):
      "\(data) has other labels than at the start of the run: "
        + (first.before.hasPrefix("#")
          ? "the classes of \(first.name)"
            + (count > 1 ? " and \(count - 1) more" : "") + " have changed"
          : "\(first.name)"
            + (count > 1 ? " and \(count - 1) more images" : "")
            + " \(count > 1 ? "have" : "has") another class now ('\(first.now)', before "
            + "'\(first.before)')") + ". " + Self.remedy
    }
  }

  private static let remedy =
    "Restore the data, or start a new run on it; --weights CHECKPOINT starts from this run's "
    + "weights."

  private static func difference(_ now: [String], _ before: [String]) -> String {
    func shown(_ names: [String]) -> String {
      names.prefix(5).joined(separator: ", ")
        + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }
    let (new, gone) = (
      now.filter { !before.contains($0) }, before.filter { !now.contains($0) }
    )
    guard new.isEmpty && gone.isEmpty else {
      let summary = [
        gone.isEmpty ? nil : "\(shown(gone)) \(gone.count == 1 ? "is" : "are") gone",
        new.isEmpty ? nil : "\(shown(new)) \(new.count == 1 ? "is" : "are") new",
      ]
      return summary.compactMap(\.self).joined(separator: ", ")
    }
    return "their order has changed (\(shown(now)), before \(shown(before)))"
  }
}
