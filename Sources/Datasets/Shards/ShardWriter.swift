import Files
import Foundation
import Numbers
import Randomness

/// Writes the images of a folder as tar shards in WebDataset's form.
///
/// Each image is copied as it is, behind its class's number in a `.cls` file. The images of a part are shuffled once, so
/// that programs which read shards from their beginning to their end see all classes mixed. The same images give the
/// same bytes.
public struct ShardWriter {
  /// What was written.
  public struct Account: Sendable, Hashable, Encodable {
    /// Images by part.
    public fileprivate(set) var images: [String: Int] = [:]
    /// Shards by part.
    public fileprivate(set) var shards: [String: Int] = [:]
    /// Classes.
    public fileprivate(set) var classes = 0
    /// Bytes of all shards.
    public fileprivate(set) var bytes = 0
  }

  private let found: ImageFolder
  private let root: String
  private let mostBytes: Int

  /// Lists the images of a folder.
  ///
  /// - Parameter mostBytes: the bytes from which on another shard is begun.
  /// - Throws: `DataError`, `LayoutError`, `ShardError`.
  public init(of folder: String, mostBytes: Int, allowsLinks: Bool = false) throws {
    guard case .folder(let path) = try DataSource(named: folder) else {
      throw DataError.unreadable(file: folder, reason: "it is no folder of images")
    }
    let layout = try DataSource.layout(of: path)
    switch layout {
    case .idx, .cifar10, .cifar100:
      throw DataError.unreadable(
        file: folder, reason: "it has no image files, and is read faster than shards would be")
    case .shards:
      throw DataError.unreadable(
        file: folder, reason: "it has shards already, and no class folders")
    case .splitFolders, .oneFolder: break
    }
    found = try ImageFolder(path, layout, splitSeed: 1, allowsLinks: allowsLinks)
    self.isDivided = if case .oneFolder = layout { false } else { true }
    root = path
    self.mostBytes = mostBytes
  }

  private let isDivided: Bool

  /// Writes the shards into a new folder, and `classes.txt` with the names of the classes.
  ///
  /// The folder is whole or not there: of a part of the shards a run would be trained without a word.
  ///
  /// - Parameter onShard: is called with each shard that has been written.
  /// - Throws: `FileError`, `DataError`; nothing is left behind.
  public func write(to folder: String, onShard: (String) -> Void = { _ in }) throws -> Account {
    let place = URL(fileURLWithPath: folder).standardizedFileURL
    try makeFolder(place.deletingLastPathComponent().path)
    return try AtomicFolder.write(to: place) { aside in
      try fill(aside.path) { onShard(folder + "/" + $0) }
    }
  }

  private func fill(_ folder: String, _ onShard: (String) -> Void) throws -> Account {
    var account = Account()
    account.classes = found.classNames.count
    // Without parts of its own a folder stays whole.
    let parts: [(String, [ImageFolder.File])] =
      isDivided
      ? [("train", found.train), ("val", found.validation ?? []), ("test", found.test)]
      : [("shard", (found.train + found.test).sorted { ($0.label, $0.path) < ($1.label, $1.path) })]
    for (number, part) in parts.enumerated() where !part.1.isEmpty {
      var files = part.1
      var stream = RandomStream(seed: 1, for: .order, index: number)
      files.shuffle(using: &stream)
      try write(files[...], part.0, to: folder, &account, onShard)
    }
    try AtomicFile.write(
      Data(found.classNames.map { $0 + "\n" }.joined().utf8),
      to: URL(fileURLWithPath: folder + "/" + ImageFolder.classList))
    return account
  }

  private func write(
    _ files: ArraySlice<ImageFolder.File>, _ part: String, to folder: String,
    _ account: inout Account, _ onShard: (String) -> Void
  ) throws {
    var files = files
    var keys: Set<String> = []
    account.images[part] = files.count
    let prefix = FolderPrefix(root)
    let buffer = ByteBuffer()
    while !files.isEmpty {
      let number = account.shards[part, default: 0]
      let digits = String(number)
      let name =
        "\(part)-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".tar"
      var written = 0
      try AtomicFile.write(to: URL(fileURLWithPath: folder + "/" + name)) { writer in
        func add(_ name: String, _ content: UnsafeBufferPointer<UInt8>) throws {
          let header = TarHeader.bytes(name: name, size: content.count)
          let padding = Data(count: (512 - content.count % 512) % 512)
          for piece in [header, Data(content), padding] { try writer.write(piece) }
          written += header.count + content.count + padding.count
        }
        while let file = files.first, written < mostBytes {
          files.removeFirst()
          let bytes: UnsafeBufferPointer<UInt8>
          do throws(ImageFault) { bytes = try buffer.read(file.path).bytes } catch {
            throw DataError.unreadable(file: file.path, reason: "\(error)")
          }
          let (key, ending) = Self.key(of: prefix.removed(from: file.path), among: &keys)
          try Array("\(file.label)".utf8).withUnsafeBufferPointer { try add(key + ".cls", $0) }
          try add("\(key).\(ending)", bytes)
        }
        try writer.write(Data(count: 1024))
      }
      account.shards[part] = number + 1
      account.bytes += written + 1024
      onShard(name)
    }
  }

  /// The key of an image and its ending: a dot in its name would begin the ending, and two images have not one key.
  private static func key(
    of name: String, among keys: inout Set<String>
  ) -> (key: String, ending: String) {
    let ending = (name as NSString).pathExtension.lowercased()
    let folder = folderPart(name)
    let stem = (lastPart(name) as NSString).deletingPathExtension.replacing(".", with: "_")
    let plain = joined(folder, stem)
    var (key, number) = (plain, 1)
    while !keys.insert(key).inserted {
      number += 1
      key = "\(plain)_\(number)"
    }
    return (key, ending)
  }
}

/// The header of a file in a tar archive.
private enum TarHeader {
  /// The header, behind one with the name where that is too long for it.
  static func bytes(name: String, size: Int) -> Data {
    let bytes = Array(name.utf8)
    guard bytes.count > 100 else { return block(bytes, size: size, kind: UInt8(ascii: "0")) }
    // A record counts its own length, digits included.
    let rest = " path=\(name)\n".utf8.count
    var length = rest + 1
    while String(length).utf8.count + rest != length { length = String(length).utf8.count + rest }
    let record = Array("\(length) path=\(name)\n".utf8)
    return block(Array("PaxHeader".utf8), size: record.count, kind: UInt8(ascii: "x"))
      + Data(record) + Data(count: (512 - record.count % 512) % 512)
      + block(Array(bytes.prefix(100)), size: size, kind: UInt8(ascii: "0"))
  }

  private static func block(_ name: [UInt8], size: Int, kind: UInt8) -> Data {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ bytes: some Sequence<UInt8>, at start: Int) {
      for (offset, byte) in bytes.enumerated() { header[start + offset] = byte }
    }
    func octal(_ number: Int, _ digits: Int) -> [UInt8] {
      let text = String(number, radix: 8)
      return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
    }
    put(name, at: 0)
    put(octal(0o644, 7), at: 100)
    put(octal(0, 7), at: 108)
    put(octal(0, 7), at: 116)
    put(octal(size, 11), at: 124)
    put(octal(0, 11), at: 136)
    header[156] = kind
    put("ustar\u{0}00".utf8, at: 257)
    put(octal(TarIndex.sum(header), 6) + [0, UInt8(ascii: " ")], at: 148)
    return Data(header)
  }
}
