import Formatting
import Numbers

extension DataReport {
  /// The most classes, and the most sizes, that the text lists.
  private static let maximumListed = 20

  /// The report in a few lines: what there is, and what each check found with its first example.
  public var text: String {
    ([head, "found: \(found)", "", classTable, "", sizeLine, channelLine].map { $0 } + [""]
      + notes.map { $0.hasPrefix("note: ") ? $0 : "note: \($0)" } + (notes.isEmpty ? [] : [""])
      + findingLines).joined(separator: "\n")
  }

  /// `photos: 400 training and 100 test images, 2 classes`.
  public var head: String {
    let counts = splits.map { "\($0.images) \($0.name)" }
    let all =
      counts.count > 1
      ? counts.dropLast().joined(separator: ", ") + " and " + (counts.last ?? "") : counts.joined()
    let images = splits.count == 1 && splits[0].images == 1 ? "image" : "images"
    return "\(data): \(all) \(images), "
      + quantity(splits.first?.classes.count ?? 0, "class", plural: "classes")
  }

  /// The head of the table of classes, and a row a class.
  public var classRows: [[String]] {
    let counts = splits.first?.classes ?? []
    let unit = counts.first?.boxes == nil ? "images" : "boxes"
    let classes = counts.map(\.name)
    let hasMasks = counts.first?.pixels != nil
    let shares = hasMasks ? splits.map { "\($0.name) pixels" } : []
    let head = ["class"] + splits.map { "\($0.name) \(unit)" } + shares
    let rows = classes.enumerated().map { label, name -> [String] in
      let counts = splits.map { "\($0.classes[label].boxes ?? $0.classes[label].images)" }
      let pixels = splits.map { split -> String in
        let all = split.classes.reduce(0) { $0 + ($1.pixels ?? 0) }
        let share = Double(split.classes[label].pixels ?? 0) / Double(max(1, all))
        return formatted(100 * share, digits: 2) + " %"
      }
      return [name] + counts + (hasMasks ? pixels : [])
    }
    return [head] + rows
  }

  private var classTable: String {
    let rows = classRows
    let rest = rows.count - 1 - Self.maximumListed
    return
      (alignedColumns(Array(rows.prefix(Self.maximumListed + 1)))
      + (rest > 0 ? ["and \(rest) more classes"] : [])).joined(separator: "\n")
  }

  /// `sizes: 640x480 (364 images)`.
  public var sizeLine: String {
    "sizes: "
      + listed(
        sizes.map { "\($0.width)x\($0.height) (\($0.images))" }, atMost: min(6, Self.maximumListed))
  }

  /// `channels: 3 (364 images)`.
  public var channelLine: String {
    "channels: "
      + channels.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }
      .joined(separator: ", ")
  }

  private var findingLines: [String] {
    let none = findings.filter { $0.count == 0 }
    return raised.flatMap { finding -> [String] in
      let first = finding.examples.first.map { "  first: \($0.description)" }
      return ["\(finding.title): \(finding.count)"] + (first.map { [$0] } ?? [])
        + ["  \(finding.advice)"]
    }
      + (none.isEmpty ? [] : ["none: " + none.map(\.title).joined(separator: "; ")])
  }
}

extension DataReport.Example: CustomStringConvertible {
  /// The images and what is to be said of them: `cat/1.jpg (training), dog/2.jpg (test)`.
  public var description: String {
    let names = images.filter { !$0.name.isEmpty }.map(\.description)
    return ([names.joined(separator: " = ")] + [text]).filter { !$0.isEmpty }
      .joined(separator: ": ")
  }
}

extension DataReport.Image: CustomStringConvertible {
  /// `cat/1.jpg (training, cat)`.
  public var description: String {
    let about = [split, label ?? ""].filter { !$0.isEmpty }.joined(separator: ", ")
    return about.isEmpty ? name : "\(name) (\(about))"
  }
}
