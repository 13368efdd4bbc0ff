import Formatting
import Foundation

/// Takes bytes for an open file, pipe or device.
public struct FileWriter {
  /// What it is called in messages; nil for standard output.
  private let path: String?
  /// Whether it takes bytes as they come, so that what went before is gone.
  private let isStream: Bool
  let descriptor: Int32

  init(path: String?, descriptor: Int32, isStream: Bool) {
    self.path = path
    self.descriptor = descriptor
    self.isStream = isStream
  }

  /// Standard output.
  public static var standardOutput: FileWriter {
    FileWriter(path: nil, descriptor: STDOUT_FILENO, isStream: true)
  }

  /// Writes all of the bytes.
  ///
  /// - Throws: `FileError.notWritten`, or `FileError.outputNotWritten` of what is no file.
  public func write(_ bytes: Data) throws(FileError) {
    var code: Int32 = 0
    bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Foundation.write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count >= 0 {
          rest = rest.dropFirst(count)
        } else if errno != EINTR {
          code = errno
          return
        }
      }
    }
    guard code != 0 else { return }
    if let path, !isStream { throw .notWritten(path: path, code: code) }
    throw .outputNotWritten(path: path, code: code)
  }

  /// Writes text as UTF-8; a program that reads it gets every character, a terminal none that controls it, as from
  /// `ls`.
  ///
  /// - Throws: `FileError.notWritten`, or `FileError.outputNotWritten` of what is no file.
  public func write(_ text: String) throws(FileError) {
    let isShown = isStream && isatty(descriptor) == 1
    try write(Data((isShown ? text.printable(keepingLines: true) : text).utf8))
  }
}
