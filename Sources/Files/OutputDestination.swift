import Foundation
import Numbers

/// Where the bytes of a path that a user named go.
///
/// Links are followed, also one whose target is not there yet; what is no regular file (a pipe, a device, an
/// open file of this process such as `/dev/stdout`) takes the bytes as they come, and stays what it is.
/// `-` is standard output.
enum OutputDestination: Equatable {
  /// A regular file, there or not, under its own name.
  case file(String)
  /// A pipe, a device, or another process's open file.
  case stream(String)
  /// An open file of this process, or standard output.
  case descriptor(Int32)

  private static let maximumLinks = 40

  /// Follows a path.
  ///
  /// - Throws: `FileError.notWritten` for a folder, and for links that lead around.
  init(_ path: String) throws(FileError) {
    self = .descriptor(STDOUT_FILENO)
    guard path != "-" else { return }
    var position = path
    for _ in 0..<Self.maximumLinks {
      if let open = Self.ownDescriptor(position) {
        self = .descriptor(open)
        return
      }
      guard let target = Self.link(at: position) else {
        self = try Self.kind(of: position, named: path)
        return
      }
      let parent = parentFolder(of: position)
      position = target.hasPrefix("/") || parent.isEmpty ? target : parent + "/" + target
    }
    throw .notWritten(path: path, code: ELOOP)
  }

  private static func kind(of position: String, named path: String) throws(FileError)
    -> OutputDestination
  {
    var status = stat()
    guard stat(position, &status) == 0 else {
      guard errno == ENOENT, !position.hasSuffix("/"), !position.isEmpty else {
        throw .notWritten(path: path, code: position.hasSuffix("/") ? EISDIR : errno)
      }
      return .file(position)
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw .notWritten(path: path, code: EISDIR)
    case S_IFREG: return .file(position)
    default: return .stream(position)
    }
  }

  /// What a link says, or nil for what is no link.
  private static func link(at path: String) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: path)
  }

  /// The number of an open file of this process that a path stands for: `/dev/fd/1`.
  private static func ownDescriptor(_ path: String) -> Int32? {
    let url = URL(fileURLWithPath: path)
    guard let number = Int32(url.lastPathComponent) else { return nil }
    let folder = realPath(parentFolder(of: path))
    let process = ProcessInfo.processInfo.processIdentifier
    let own = ["/dev/fd", "/proc/\(process)/fd", "/proc/\(process)/task/\(process)/fd"]
    return folder.map(own.contains) == true ? number : nil
  }

  static func realPath(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// Lets the body write there.
  ///
  /// - Throws: `FileError.notWritten`, or the body's error.
  func write<Result>(named path: String, _ body: (FileWriter) throws -> Result) throws -> Result {
    switch self {
    case .file(let position):
      return try AtomicFile.write(to: position, isMarked: true) { writer in
        try body(FileWriter(path: path, descriptor: writer.descriptor, isStream: false))
      }
    case .stream(let position):
      let descriptor = open(position, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0 else { throw FileError.notWritten(path: path, code: errno) }
      defer { close(descriptor) }
      return try body(FileWriter(path: path, descriptor: descriptor, isStream: true))
    case .descriptor(let number):
      return try body(
        number == STDOUT_FILENO
          ? .standardOutput : FileWriter(path: path, descriptor: number, isStream: true))
    }
  }
}
