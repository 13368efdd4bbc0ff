import Foundation

/// Text as people's programs write it: UTF-8, with a byte-order mark before it or not, or UTF-16 with one.
///
/// Every reader of text comes here, so that a mark at the beginning is part of no name, key or number.
public enum TextFile {
  /// Why a file is no text.
  public enum Fault: Error, Equatable {
    /// It cannot be read, in the system's words.
    case unreadable(String)
    /// A line that is no UTF-8, from 1.
    case notUTF8(line: Int)
    /// It holds zero bytes, as no text does.
    case binary
  }

  /// Reads a file.
  ///
  /// - Throws: `Fault`, whose description ends a sentence that begins with the file.
  public static func read(_ path: String) throws(Fault) -> String {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw .unreadable("it is a folder, and not a file")
    }
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw .unreadable(systemReason(of: error))
    }
    return try text(of: data)
  }

  /// Returns the text of a file's bytes.
  public static func text(of data: Data) throws(Fault) -> String {
    if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]) {
      guard let text = String(data: data, encoding: .utf16), !text.contains("\0") else {
        throw .binary
      }
      return withoutMark(text)
    }
    guard !data.contains(0) else { throw .binary }
    guard let text = String(validating: data, as: UTF8.self) else {
      let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
      throw .notUTF8(line: bad + 1)
    }
    return withoutMark(text)
  }

  /// Returns a text, or its first line, without the byte-order mark before it.
  public static func withoutMark(_ text: String) -> String {
    text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
  }
}

extension TextFile.Fault: CustomStringConvertible {
  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .unreadable(let reason): reason
    case .notUTF8(let line): "line \(line) is not UTF-8 text; save it as UTF-8"
    case .binary: "it is not text, because it has zero bytes; save it as UTF-8"
    }
  }
}
