import Files
import Formatting
import Foundation
import Numbers
import Yams

/// Settings in YAML: a mapping whose keys are known.
public enum ConfigurationFile {
  /// What YAML 1.1 takes for an octal, hexadecimal, binary or sexagesimal number: `010` is 8, and `1:30` is 90.
  private static var otherBase: Regex<Substring> { /[-+]?(?:0[0-9_]+|0[xXbBoO][0-9a-fA-F_]+|[0-9]+(?::[0-9]+)+)/ }

  /// Returns the keys of a file's mapping.
  ///
  /// - Throws: `RunError` naming the file, if it is not there or no mapping.
  public static func keys(of path: String) throws -> [String] {
    try mapping(of: path).mapping.map { $0.key.string ?? "" }
  }

  /// Reads a file into a type whose keys are these.
  ///
  /// - Parameter older: keys of older files, which are read and not suggested.
  /// - Throws: `RunError` naming the file, the line, and the nearest known key.
  public static func read<Settings: Decodable>(
    _ path: String, as type: Settings.Type, keys: [String], older: [String] = []
  ) throws -> Settings {
    let (text, mapping) = try mapping(of: path)
    for (key, _) in mapping {
      let word = key.string ?? ""
      guard !keys.contains(word), !older.contains(word) else { continue }
      throw RunError.unknownKey(
        path: path, line: key.mark?.line, key: word, nearest: nearest(to: word, among: keys))
    }
    for (key, value) in mapping {
      guard let scalar = value.scalar, scalar.style == .plain || scalar.style == .any,
        scalar.string.wholeMatch(of: otherBase) != nil
      else { continue }
      throw RunError.badConfiguration(
        path: path, line: scalar.mark?.line,
        reason: "\(key.string ?? "") is \(scalar.string), which YAML reads as a number to another base than ten; "
          + "write it in tens, or in quotes if it is a name")
    }
    do { return try YAMLDecoder().decode(type, from: text) } catch let error as DecodingError {
      let key = context(of: error).context.codingPath.first?.stringValue
      let line = mapping.first { $0.key.string == key }?.key.mark?.line
      throw RunError.badConfiguration(path: path, line: line, reason: reason(for: error))
    }
  }

  private static func mapping(of path: String) throws -> (text: String, mapping: Node.Mapping) {
    let file: YAMLFile
    do throws(YAMLFile.Fault) { file = try YAMLFile(path) } catch {
      switch error {
      case .notText(let fault): throw RunError.cannotRead(path: path, reason: "\(fault)")
      case .notYAML(let line, let reason):
        throw RunError.badConfiguration(path: path, line: line, reason: reason)
      }
    }
    guard let mapping = file.node?.mapping else {
      throw RunError.badConfiguration(
        path: path, reason: "it is not a list of 'setting: value' lines")
    }
    return (file.text, mapping)
  }

  /// Writes settings.
  ///
  /// - Throws: `RunError.badConfiguration` for what is not a mapping; `FileError`.
  public static func write(_ settings: some Encodable, to file: URL) throws {
    // JSON is YAML, and its encoder writes numbers so that they read back equal: 0.0036, where the
    // YAML encoder has 3.6e-3 and keeps 15 digits.
    let json = try JSONText.line(settings)
    guard var node = try Yams.compose(yaml: json), var mapping = node.mapping else {
      throw RunError.badConfiguration(path: file.path, reason: "these settings are not a mapping")
    }
    mapping.style = .block
    for (key, value) in mapping {
      guard var name = key.scalar else { continue }
      name.style = .any
      mapping[key] = nil
      var plain = value
      plain.scalar?.style = .any
      mapping[.scalar(name)] = plain
    }
    node.mapping = mapping
    try AtomicFile.write(Data(try Yams.serialize(node: node, sortKeys: true).utf8), to: file)
  }

  /// What is wrong with which value; nil for what is none of the format at all.
  static func value(in error: DecodingError) -> String? {
    context(of: error).context.codingPath.isEmpty ? nil : reason(for: error)
  }

  private static func reason(for error: DecodingError) -> String {
    let (context, what) = context(of: error)
    // A type's own sentence about its value says which it is.
    if let own = context.underlyingError as? any DescribedError {
      let sentence = "\(own)"
      return sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    }
    let path = context.codingPath.reduce("") { path, key in
      if let index = key.intValue { return path + "[\(index)]" }
      return path.isEmpty ? key.stringValue : path + "." + key.stringValue
    }
    return path.isEmpty ? what : "'\(path)' \(what)"
  }

  private static func context(
    of error: DecodingError
  ) -> (context: DecodingError.Context, text: String) {
    switch error {
    case .typeMismatch(let type, let context): (context, "is not a \(name(of: type))")
    case .valueNotFound(_, let context): (context, "has no value")
    case .keyNotFound(let key, let context): (context, "has no '\(key.stringValue)'")
    case .dataCorrupted(let context): (context, "cannot be read: \(context.debugDescription)")
    @unknown default: (.init(codingPath: [], debugDescription: ""), "cannot be read")
    }
  }

  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is Int.Type: "whole number of at most 18 digits"
    case is UInt64.Type: "whole number from 0 to \(UInt64.max)"
    case is Double.Type: "number"
    case is Bool.Type: "true or false"
    case is String.Type: "word"
    case is [Any].Type: "list"
    case is [String: Any].Type: "mapping"
    default: "single value"
    }
  }
}
