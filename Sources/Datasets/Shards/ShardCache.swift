import Files
import Formatting
import Foundation
import Numbers

/// What was found in shards, kept so that an archive is gone through once: a file for each in the folder for caches.
///
/// It is known by the archive's path, size and time of change. Small archives are gone through each time.
enum ShardCache {
  private static let head = "rondo shard 3"

  /// Returns a shard from the cache, or reads its archive and keeps what it found.
  ///
  /// - Throws: `ShardError`, `DataError`.
  static func shard(
    _ path: String, in folder: String = CacheFolder.path() + "/shards",
    fromBytes least: Int = 16 << 20
  ) throws -> Shard {
    let file = fileSize(path) < least ? nil : file(of: path).map { folder + "/" + $0 }
    // A cache that was changed is not used: labels that were exchanged in it would be trained.
    if let file, let bytes = try? TextFile.data(file), let content = unsealed(bytes),
      let shard = shard(path, from: content)
    {
      return shard
    }
    let shard = try Shard(path)
    // Without a cache the archive is gone through again the next time.
    if let file {
      try? makeFolder(folder)
      try? AtomicFile.write(sealed(bytes(of: shard)), to: URL(fileURLWithPath: file))
    }
    return shard
  }

  /// A digest of the content, and the content.
  private static func sealed(_ content: Data) -> Data { Data(digest(of: content).utf8) + content }

  /// The content behind its digest; nil where that is another's.
  private static func unsealed(_ bytes: Data) -> Data? {
    let content = bytes.dropFirst(16)
    return bytes.prefix(16).elementsEqual(digest(of: content).utf8) ? content : nil
  }

  private static func digest(of content: Data) -> String {
    var digest = ContentDigest()
    content.withUnsafeBytes { digest.add($0) }
    return digest.text
  }

  private static func file(of path: String) -> String? {
    var status = stat()
    guard let real = realPath(path), stat(real, &status) == 0 else { return nil }
    var digest = ContentDigest()
    digest.add(real)
    digest.add(Int(status.st_size))
    #if os(Linux)
      digest.add(status.st_mtim.tv_sec)
      digest.add(status.st_mtim.tv_nsec)
    #else
      digest.add(status.st_mtimespec.tv_sec)
      digest.add(status.st_mtimespec.tv_nsec)
    #endif
    return digest.text
  }

  /// Fields that are each closed by a zero, which no name has: those of the others, then four for each image.
  private static func bytes(of shard: Shard) -> Data {
    var data = Data()
    func add(_ field: String) {
      data += Data(field.utf8)
      data.append(0)
    }
    for field in [
      head, shard.others?.first ?? "", "\(shard.others?.count ?? 0)", "\(shard.samples.count)",
    ] {
      add(field)
    }
    for sample in shard.samples {
      add("\(sample.image.offset)")
      add("\(sample.image.size)")
      add(sample.image.name)
      switch sample.label {
      case .number(let number): add("#\(number)")
      case .name(let name): add("=" + name)
      case .boxes(let entry): add("b" + text(of: entry))
      case .mask(let entry, let isInstances): add((isInstances ? "i" : "m") + text(of: entry))
      }
    }
    return data
  }

  private static func text(of entry: TarIndex.Entry) -> String {
    "\(entry.offset) \(entry.size) \(entry.name)"
  }

  private static func entry(_ text: String) -> TarIndex.Entry? {
    let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let offset = Int(parts[0]), let size = Int(parts[1]) else { return nil }
    return TarIndex.Entry(name: String(parts[2]), offset: offset, size: size)
  }

  private static func label(_ field: String) -> Shard.Label? {
    let text = String(field.dropFirst())
    return switch field.first {
    case "#": Int(text).map(Shard.Label.number)
    case "=": .name(text)
    case "b": entry(text).map(Shard.Label.boxes)
    case "m", "i": entry(text).map { .mask($0, isInstances: field.first == "i") }
    default: nil
    }
  }

  private static func shard(_ path: String, from bytes: Data) -> Shard? {
    var fields = bytes.split(separator: 0, omittingEmptySubsequences: false)[...]
    func next() -> String? { fields.popFirst().map { String(decoding: $0, as: UTF8.self) } }
    guard next() == head, let first = next(), let others = next().flatMap({ Int($0) }),
      let count = next().flatMap({ Int($0) }), count >= 0, fields.count / 4 == count,
      fields.count % 4 == 1
    else { return nil }
    var samples: [Shard.Sample] = []
    samples.reserveCapacity(count)
    for _ in 0..<count {
      guard let offset = next().flatMap({ Int($0) }), let size = next().flatMap({ Int($0) }),
        let name = next(), let label = next().flatMap(label)
      else { return nil }
      samples.append(.init(image: .init(name: name, offset: offset, size: size), label: label))
    }
    return Shard(
      path: path, samples: samples, others: others > 0 ? (first: first, count: others) : nil)
  }
}
