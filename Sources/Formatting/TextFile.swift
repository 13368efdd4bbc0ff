import Foundation

/// Text as people's programs write it: UTF-8, with a byte-order mark before it or not, or UTF-16 with one.
///
/// Every reader of text comes here, so that a mark at the beginning is part of no name, key or number.
public enum TextFile {
  /// Why a file cannot be read as text.
  public enum Fault: Error, Equatable {
    /// The file cannot be read, in the system's words.
    case unreadable(String)
    /// A line is not UTF-8, by its number from 1.
    case notUTF8(line: Int)
    /// The file holds zero bytes, as no text does.
    case binary
    /// The file has more bytes than a file of its kind has.
    case tooLong(most: Int)
    /// The file is a pipe, a device or something else that is not a regular file.
    case notRegular
  }

  /// The most bytes of a file: 512 MiB; tables of long runs and lists of millions of images have less.
  public static let maximumBytes = 1 << 29
  /// The most bytes of what a person writes, such as settings, or of a pipe: 64 MiB.
  public static let maximumBytesOfSettings = 1 << 26

  /// Reads a file.
  ///
  /// - Parameter most: the bytes that it may have; a pipe or device may have `maximumBytesOfSettings`.
  /// - Throws: `Fault`, whose description ends a sentence that begins with the file.
  public static func read(_ path: String, atMost most: Int = maximumBytes) throws(Fault) -> String {
    try text(of: bytes(of: path, atMost: most, isRegular: false))
  }

  /// Reads the bytes of a regular file; a pipe would be waited for, and a device may have no end.
  ///
  /// - Throws: `Fault`, whose description ends a sentence that begins with the file.
  public static func data(_ path: String, atMost most: Int = .max) throws(Fault) -> Data {
    try bytes(of: path, atMost: most, isRegular: true)
  }

  private static func bytes(
    of path: String, atMost most: Int, isRegular: Bool
  ) throws(Fault) -> Data {
    // A named pipe that nobody writes into is empty, rather than waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(reasonNotOpened(path)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(systemReason()) }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw .unreadable("it is a folder, and not a file") }
    guard kind == S_IFREG || !isRegular else { throw .notRegular }
    let most = kind == S_IFREG ? most : min(most, maximumBytesOfSettings)
    guard kind != S_IFREG || status.st_size <= most else { throw .tooLong(most: most) }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    return try bytes(of: descriptor, atMost: most, expecting: Int(clamping: status.st_size))
  }

  /// Reads to the end, of files as of pipes.
  private static func bytes(
    of descriptor: Int32, atMost most: Int, expecting count: Int
  ) throws(Fault) -> Data {
    var data = Data(capacity: max(0, min(count, most)))
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(systemReason()) }
      guard count > 0 else { return data }
      data.append(contentsOf: buffer[..<count])
      guard data.count <= most else { throw .tooLong(most: most) }
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
    case .tooLong(let most): "it is longer than \(most >> 20) MiB"
    case .notRegular: "it is not a regular file"
    }
  }
}
