import Foundation

/// Where a command may write what its user named: the one rule of all commands.
///
/// Nothing is written over what the command reads, whatever its name is there (links, `..`, hard links,
/// letters of another case), nor over a file that is not known to be Rondo's, unless `--overwrite` was
/// typed; and no two outputs are one file. All outputs are claimed before the first of them is written.
///
///     let rule = OutputRule(overwrite: false)
///     rule.protect("photo.png", as: "an image")
///     try rule.claim("masks/photo.png", of: "photo.png")
///     try rule.write(to: "masks/photo.png") { try $0.write(data) }
public final class OutputRule {
  /// A file, whatever it is called.
  private struct Identity: Hashable {
    let device: UInt64
    let number: UInt64

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      device = UInt64(truncatingIfNeeded: status.st_dev)
      number = UInt64(truncatingIfNeeded: status.st_ino)
    }
  }

  private let overwrite: Bool
  private var inputs: [Identity: String] = [:]
  private var claimed: Set<String> = []
  private var swept: Set<String> = []

  /// Creates a rule, by which nothing is read yet.
  public init(overwrite: Bool) { self.overwrite = overwrite }

  /// Protects a file that the command reads.
  ///
  /// - Parameter what: what it is, for a message: `an image`.
  public func protect(_ path: String, as what: String) {
    if let identity = Identity(path) { inputs[identity] = what }
  }

  /// Protects the files of a folder and of those below it.
  ///
  /// - Parameter own: whether files that Rondo wrote are protected too.
  public func protect(folder: String, as what: String, own: Bool = true) {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    for path in names.map({ folder + "/" + $0 }) where own || !OwnershipMark.isThere(path) {
      protect(path, as: what)
    }
  }

  /// Claims a path for an output.
  ///
  /// - Parameter input: the one input that has been read when the output is written, and which
  ///   `--overwrite` thus allows to be replaced.
  /// - Throws: `FileError`.
  public func claim(_ path: String, of input: String? = nil) throws {
    try check(path, of: input)
    guard case .file(let position) = try OutputDestination(path) else { return }
    let parent = parentFolder(of: position)
    let folder = OutputDestination.realPath(parent.isEmpty ? "." : parent) ?? parent
    if swept.insert(folder).inserted { TemporaryFile.sweep(folder) }
    // In a folder that is not there yet, the system could not say so.
    guard (position as NSString).lastPathComponent.utf8.count <= 255 else {
      throw FileError.notWritten(path: path, code: ENAMETOOLONG)
    }
    let file = URL(fileURLWithPath: folder)
      .appendingPathComponent((position as NSString).lastPathComponent).standardized.path
    guard claimed.insert(foldedFileName(file)).inserted else {
      throw FileError.writtenTwice(path: path)
    }
  }

  /// Checks a path without claiming it: for inputs that became known later.
  ///
  /// - Throws: `FileError`.
  public func check(_ path: String, of input: String? = nil) throws {
    let position: String
    switch try OutputDestination(path) {
    case .file(let file): position = file
    case .stream(let device) where Self.isDisk(device): position = device
    case .stream, .descriptor: return
    }
    guard let identity = Identity(position) else { return }
    if let what = inputs[identity], !(overwrite && input.flatMap(Identity.init) == identity) {
      throw FileError.isInput(path: path, input: what)
    }
    guard overwrite || Self.isEmptyFile(position) || OwnershipMark.isThere(position) else {
      throw FileError.isThere(path: path)
    }
  }

  /// Lets the body write an output, checked before and after; a file is replaced when the body is done.
  ///
  /// - Throws: `FileError`, or the body's error.
  public func write<Result>(
    to path: String, of input: String? = nil, _ body: (FileWriter) throws -> Result
  ) throws -> Result {
    try check(path, of: input)
    return try OutputDestination(path).write(named: path) { writer in
      let result = try body(writer)
      // Inputs may have become known meanwhile, and another program may have written there.
      try check(path, of: input)
      return result
    }
  }

  private static func isDisk(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFBLK
  }

  /// An empty file, as `mktemp` makes it, holds nothing that could be lost.
  private static func isEmptyFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size == 0
  }
}

/// Returns a file name as the least particular file system sees it: letters of one case, in one Unicode form.
///
/// Two names that fold to the same one may be one file, as on macOS and on Windows' disks.
func foldedFileName(_ name: String) -> String {
  name.decomposedStringWithCanonicalMapping.uppercased().lowercased()
    .decomposedStringWithCanonicalMapping
}
