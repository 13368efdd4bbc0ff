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
    /// A pipe or device that gives more than any text has.
    case endless
  }

  /// Reads a file.
  ///
  /// - Throws: `Fault`, whose description ends a sentence that begins with the file.
  public static func read(_ path: String) throws(Fault) -> String {
    // A named pipe that nobody writes into is empty, rather than waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(systemReason()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(systemReason()) }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw .unreadable("it is a folder, and not a file") }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    return try text(of: bytes(of: descriptor, atMost: kind == S_IFREG ? .max : 1 << 26))
  }

  /// Reads to the end, of files as of pipes.
  private static func bytes(of descriptor: Int32, atMost most: Int) throws(Fault) -> Data {
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(systemReason()) }
      guard count > 0 else { return data }
      data.append(contentsOf: buffer[..<count])
      guard data.count <= most else { throw .endless }
    }
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
    case .endless: "it has no end within 64 MiB"
    }
  }
}
