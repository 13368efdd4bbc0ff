import Files
import Foundation
import Numbers
import Randomness

/// Writes the images of a folder as tar shards in WebDataset's format.
///
/// Each image is copied as it is, behind its class's number in a `.cls` file, its boxes in a `.json` file, or its mask.
/// The images of a split are shuffled once, so that programs which read shards from their beginning to their end see all
/// classes mixed. The same images give the same bytes.
public struct ShardWriter {
  /// What was written.
  public struct Account: Sendable, Hashable, Encodable {
    /// Images by split.
    public fileprivate(set) var images: [String: Int] = [:]
    /// Shards by split.
    public fileprivate(set) var shards: [String: Int] = [:]
    /// Classes.
    public fileprivate(set) var classes = 0
    /// Bytes of all shards.
    public fileprivate(set) var bytes = 0
  }

  /// Images that are written under one name, and what makes the samples of each when its turn comes.
  struct Part {
    let name: String
    let count: Int
    let sample: (Int) throws -> Sample
  }

  /// An image, and what is written before it.
  struct Sample {
    /// The image's file.
    let image: String
    /// Its name below the folder.
    let name: String
    /// What the label's name ends with.
    let ending: String
    let label: Label

    enum Label {
      case bytes(Data)
      case file(String)
    }
  }

  /// What else a reader should know, a sentence each: which boxes are left out, which splits.
  public let notes: [String]
  private let parts: [Part]
  /// The list of classes, and its name.
  private let list: (name: String, bytes: Data)
  private let classes: Int
  private let maximumBytes: Int

  /// Takes what is written; see `init(of:maximumBytes:allowsLinks:)`.
  private init(_ found: ShardSource, maximumBytes: Int) {
    (notes, parts, list) = (found.notes, found.parts, found.list)
    (classes, self.maximumBytes) = (found.classes, maximumBytes)
  }

  /// Lists the images of a folder, with what they are labeled with.
  ///
  /// - Parameter maximumBytes: the bytes from which on another shard is begun.
  /// - Throws: `DataError`, `LayoutError`, `ShardError`, `AnnotationError`, `MaskError`.
  public init(of folder: String, maximumBytes: Int, allowsLinks: Bool = false) throws {
    self.init(try ShardSource(folder, allowsLinks: allowsLinks), maximumBytes: maximumBytes)
  }

  /// Writes the shards into a new folder, and the list of the classes.
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
    account.classes = classes
    for (number, part) in parts.enumerated() where part.count > 0 {
      var order = Array(0..<part.count)
      var stream = RandomStream(seed: 1, for: .order, index: number)
      order.shuffle(using: &stream)
      try write(part, order[...], to: folder, &account, onShard)
    }
    if !list.bytes.isEmpty {
      try AtomicFile.write(list.bytes, to: URL(fileURLWithPath: folder + "/" + list.name))
    }
    return account
  }

  private func write(
    _ part: Part, _ order: ArraySlice<Int>, to folder: String, _ account: inout Account,
    _ onShard: (String) -> Void
  ) throws {
    var order = order
    var keys: Set<String> = []
    account.images[part.name] = order.count
    let buffer = ByteBuffer()
    func content(of file: String) throws -> Data {
      do throws(ImageFault) { return Data(try buffer.read(file).bytes) } catch {
        throw DataError.unreadable(file: file, reason: "\(error)")
      }
    }
    while !order.isEmpty {
      let number = account.shards[part.name, default: 0]
      let digits = String(number)
      let name =
        "\(part.name)-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".tar"
      var written = 0
      try AtomicFile.write(to: URL(fileURLWithPath: folder + "/" + name)) { writer in
        func add(_ name: String, _ content: Data) throws {
          let header = TarHeader.bytes(name: name, size: content.count)
          let padding = Data(count: (512 - content.count % 512) % 512)
          for piece in [header, content, padding] { try writer.write(piece) }
          written += header.count + content.count + padding.count
        }
        while let next = order.first, written < maximumBytes {
          order.removeFirst()
          let sample = try part.sample(next)
          let image = try content(of: sample.image)
          let (key, ending) = Self.key(of: sample.name, among: &keys)
          switch sample.label {
          case .bytes(let bytes): try add("\(key).\(sample.ending)", bytes)
          case .file(let file): try add("\(key).\(sample.ending)", content(of: file))
          }
          try add("\(key).\(ending)", image)
        }
        try writer.write(Data(count: 1024))
      }
      account.shards[part.name] = number + 1
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
