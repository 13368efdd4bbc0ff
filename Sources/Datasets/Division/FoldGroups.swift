import Formatting
import Foundation

/// Which images stay in one fold: those of one patient, video or series.
public enum FoldGroups: Sendable, Hashable {
  /// Images of one folder.
  case folder
  /// A CSV table with the columns `file` and `group`.
  case table(String)
  /// A regular expression, of which the first group in parentheses, or all that it matches, is the group.
  case pattern(String)

  /// Reads `folder`, the name of a `.csv` file, or a regular expression.
  public init(_ text: String) {
    self =
      text == "folder"
      ? .folder : text.lowercased().hasSuffix(".csv") ? .table(text) : .pattern(text)
  }

  /// The text from which it reads back.
  public var text: String {
    switch self {
    case .folder: "folder"
    case .table(let text), .pattern(let text): text
    }
  }

  /// Returns the group of each image.
  ///
  /// - Parameters:
  ///   - paths: the images' files; nil where they have none.
  ///   - folder: the data's folder, which the names are below.
  /// - Throws: `FoldError` for an image that has no group.
  func groups(of paths: [String?], below folder: String) throws -> [String] {
    let prefix = FolderPrefix(folder)
    let names = try paths.map { path in
      guard let path else { throw FoldError.noFileNames(data: folder) }
      return prefix.removed(from: path)
    }
    switch self {
    case .folder: return names.map(folderPart)
    case .table(let file):
      let table = try Self.read(file)
      return try Self.all(names) {
        table[$0] ?? table[($0 as NSString).lastPathComponent]
      } orThrow: {
        .notListed(table: file, image: $0, count: $1, of: names.count)
      }
    case .pattern(let text):
      let pattern: Regex<AnyRegexOutput>
      do { pattern = try Regex(text) } catch { throw FoldError.badPattern(text) }
      return try Self.all(names) { name in
        guard let found = try? pattern.firstMatch(in: name) else { return nil }
        let parts = found.output
        return (parts.count > 1 ? parts[1].substring : parts[0].substring).map(String.init)
      } orThrow: {
        .noMatch(pattern: text, image: $0, count: $1, of: names.count)
      }
    }
  }

  private static func all(
    _ names: [String], _ group: (String) -> String?, orThrow fault: (String, Int) -> FoldError
  ) throws -> [String] {
    let groups = names.map(group)
    if let first = groups.firstIndex(of: nil) {
      throw fault(names[first], groups.count { $0 == nil })
    }
    return groups.compactMap { $0 }
  }

  /// Reads a table: the group of each file.
  private static func read(_ file: String) throws -> [String: String] {
    let lines = try readLines(file)
    let head = cells(lines.first ?? "")
    guard let name = head.firstIndex(of: "file"), let group = head.firstIndex(of: "group") else {
      throw FoldError.badTable(
        file: file, line: 1, reason: "it names no columns 'file' and 'group'")
    }
    var table: [String: String] = [:]
    for (number, line) in lines.enumerated().dropFirst() where !line.allSatisfy(\.isWhitespace) {
      let own = cells(line)
      guard own.count > max(name, group), !own[group].isEmpty else {
        throw FoldError.badTable(file: file, line: number + 1, reason: "it has no group")
      }
      if let other = table.updateValue(own[group], forKey: own[name]), other != own[group] {
        throw FoldError.badTable(
          file: file, line: number + 1, reason: "\(own[name]) is in the group \(other) too")
      }
    }
    return table
  }

  /// The cells of a line, quoted ones without their quotes.
  private static func cells(_ line: Substring) -> [String] {
    var cells = [""]
    var isQuoted = false
    for character in line {
      switch character {
      case "\"":
        // Two quotes within quotes are one.
        if !isQuoted, cells[cells.count - 1].hasSuffix("\u{0}") {
          cells[cells.count - 1].removeLast()
          cells[cells.count - 1].append("\"")
        } else if isQuoted {
          cells[cells.count - 1].append("\u{0}")
        }
        isQuoted.toggle()
      case "," where !isQuoted: cells.append("")
      default: cells[cells.count - 1].append(character)
      }
    }
    return cells.map { $0.filter { $0 != "\u{0}" }.trimmingCharacters(in: .whitespaces) }
  }
}

/// Why images cannot be divided into folds.
public enum FoldError: Error, Equatable {
  /// Fewer images than folds.
  case fewerImages(data: String, images: Int, folds: Int)
  /// Fewer groups than folds.
  case fewerGroups(data: String, groups: Int, folds: Int)
  /// A class with fewer training images than folds.
  case fewOfClass(data: String, name: String, images: Int, folds: Int)
  /// A class of which all images are in one group.
  case classInOneGroup(data: String, name: String, group: String)
  /// Images without file names, which cannot be grouped.
  case noFileNames(data: String)
  /// Images that a table of groups does not list; the first of them.
  case notListed(table: String, image: String, count: Int, of: Int)
  /// Images whose names a regular expression does not match; the first of them.
  case noMatch(pattern: String, image: String, count: Int, of: Int)
  /// A table of groups that cannot be read.
  case badTable(file: String, line: Int, reason: String)
  /// A text that is no regular expression.
  case badPattern(String)
}

extension FoldError: DescribedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .fewerImages(let data, let images, let folds):
      "\(data) has \(images) training images, too few for \(folds) folds; use --folds \(max(2, images)) or "
        + "fewer, or add images."
    case .fewerGroups(let data, let groups, let folds):
      "the training images of \(data) are in \(quantity(groups, "group")), too few for \(folds) folds, since a group "
        + "stays in one; use fewer --folds, or other --fold-groups."
    case .fewOfClass(let data, let name, let images, let folds):
      "\(data): the class '\(name)' has \(images) training images, fewer than \(folds) folds, so a fold would "
        + "have none of it; use fewer --folds, add images, or leave the class out."
    case .classInOneGroup(let data, let name, let group):
      "\(data): all images of the class '\(name)' are in the group '\(group)', so the fold with it has none to "
        + "train on; use other --fold-groups, or leave the class out."
    case .noFileNames(let data):
      "\(data) has images without file names, which --fold-groups cannot tell apart; leave it out."
    case .notListed(let table, let image, let count, let all):
      "\(table) lists no group for \(image)\(Self.rest(count, all)); add it, by its path below the data's "
        + "folder or its file's name."
    case .noMatch(let pattern, let image, let count, let all):
      "--fold-groups '\(pattern)' does not match \(image)\(Self.rest(count, all)); write a regular expression "
        + "that matches each path below the data's folder, or a table 'file,group' (.csv)."
    case .badTable(let file, let line, let reason):
      "\(file), line \(line): \(reason); write 'file,group' into the first line, and an image a line below."
    case .badPattern(let text):
      "--fold-groups is '\(text)', which is neither 'folder', nor a .csv file, nor a regular expression."
    }
  }

  private static func rest(_ count: Int, _ all: Int) -> String {
    count == 1 ? "" : " and \(count - 1) more of \(all) images"
  }
}
