import Formatting
import Foundation

/// Why something could not be written.
public enum FileError: Error, Equatable {
  /// The system refused; the code is its own (`errno`). What was there before is untouched.
  case notWritten(path: String, code: Int32)
  /// What takes bytes as they come did not take them: its reader has gone, or its device is full. Standard
  /// output has no path.
  case outputNotWritten(path: String?, code: Int32)
  /// Something is there already under the name of a new folder.
  case folderIsThere(path: String)
  /// What would be written over is read by the same command.
  case isInput(path: String, input: String)
  /// What would be written over is not known to be Rondo's.
  case isThere(path: String)
  /// Where a file of Rondo's own is kept, something lies that would lead what is written elsewhere.
  case isLink(path: String)
  /// Two outputs of one command would be one file.
  case writtenTwice(path: String)
}

extension FileError: DescribedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .notWritten(let path, let code):
      (path.isEmpty ? "A file without a name" : path)
        + " could not be written: \(systemReason(code)). " + Self.remedy(for: code)
    case .outputNotWritten(let path, let code):
      "\(path ?? "standard output") cannot be written: \(systemReason(code))."
    case .folderIsThere(let path):
      "\(path) exists already; choose a folder that does not exist."
    case .isInput(let path, let input):
      "\(path) would be overwritten, and is \(input), which this command reads; choose another "
        + "place."
    case .isThere(let path):
      "\(path) exists already, and was not written by Rondo or was changed since; choose another "
        + "path, or replace it with --overwrite."
    case .isLink(let path):
      "\(path) is a link or no file, and Rondo keeps a file of its own there; remove it and try again."
    case .writtenTwice(let path):
      "\(path) would be written twice by this command; choose different paths."
    }
  }

  private static func remedy(for code: Int32) -> String {
    let untouched = "Nothing there was changed; "
    return switch code {
    case ENOSPC, EDQUOT, EFBIG: untouched + "free space there and try again."
    case EACCES, EPERM, EROFS: untouched + "choose another path, or get permission to write there."
    case ENOENT, ENOTDIR: "Choose a path in an existing folder."
    case EISDIR: "It is a folder; name a file."
    case ENAMETOOLONG: "Rename the file that it is named after, or choose a shorter place."
    default: untouched + "choose another path."
    }
  }
}
