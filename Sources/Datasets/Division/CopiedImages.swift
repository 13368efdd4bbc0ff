import Foundation
import Numbers

/// The image files whose bytes another file has too: in another split of the data, or under another class.
///
/// Files of one size are compared by their ends, and those that are alike there by a digest. That is done for a
/// thousand files, or a twenty-fifth of all where that is more, so that a start takes no longer by it.
struct CopiedImages {
  /// What a reader should know, a sentence each.
  let notes: [String]

  /// Files of which others of the same size are there, in all splits.
  private struct Candidate {
    let part: Int
    let index: Int
    let size: Int
  }

  /// Compares the files of three splits.
  init(_ parts: [SharedImages.Part]) {
    let all = parts.reduce(0) { $0 + $1.paths.count }
    let candidates = Self.candidates(parts, atMost: max(1_000, all / 25))
    let copies = Self.groups(candidates, of: parts)
    let compared =
      " (\(candidates.count) of \(all) images had another of their size and were compared)"
    notes =
      SharedImages.pairs.compactMap { Self.shared(copies, parts, $0, $1) }.map { $0 + compared }
      + parts.indices.compactMap { Self.relabeled(copies, parts, $0) }.map { $0 + compared }
  }

  /// The files that may be copies, all of one size or as many of them as may be, larger sizes first: those
  /// are fewest.
  private static func candidates(
    _ parts: [SharedImages.Part], atMost most: Int
  ) -> [Candidate] {
    var sizes: [Int: [Candidate]] = [:]
    for (part, own) in parts.enumerated() {
      for (index, key) in own.files.enumerated() {
        guard case .file(let file) = key, file.size > 0 else { continue }
        sizes[file.size, default: []].append(Candidate(part: part, index: index, size: file.size))
      }
    }
    var found: [Candidate] = []
    for (_, alike) in sizes.sorted(by: { $0.key > $1.key }) where alike.count > 1 {
      guard found.count < most else { break }
      // Where not all can be, they are taken evenly from all splits.
      let count = min(alike.count, most - found.count)
      found += (0..<count).map { alike[$0 * alike.count / count] }
    }
    return found
  }

  /// Groups of files with the same bytes.
  private static func groups(
    _ candidates: [Candidate], of parts: [SharedImages.Part]
  ) -> [[Candidate]] {
    func alike(_ group: [Candidate], _ digest: @Sendable (Int, FileHandle) -> UInt64)
      -> [[Candidate]]
    {
      let paths = group.map { (parts[$0.part].paths[$0.index], $0.size) }
      let digests = inOrder(paths.count) { position -> UInt64? in
        guard let file = FileHandle(forReadingAtPath: paths[position].0) else { return nil }
        defer { try? file.close() }
        return digest(paths[position].1, file)
      }
      let known = group.indices.filter { digests[$0] != nil }
      return Dictionary(grouping: known) { [digests[$0] ?? 0, UInt64(group[$0].size)] }
        .values.filter { $0.count > 1 }.map { $0.map { group[$0] } }
    }
    let ends = alike(candidates) { size, file in
      Self.digest(of: file, at: max(0, size - 4096), count: 4096)
    }
    return alike(ends.flatMap(\.self)) { size, file in
      Self.digest(of: file, at: 0, count: min(size, 1 << 18))
        ^ Self.digest(of: file, at: max(0, size / 2), count: 1 << 16)
    }
    .sorted { ($0[0].part, $0[0].index) < ($1[0].part, $1[0].index) }
  }

  private static func digest(of file: FileHandle, at offset: Int, count: Int) -> UInt64 {
    var digest = ContentDigest()
    guard (try? file.seek(toOffset: UInt64(offset))) != nil,
      let bytes = try? file.read(upToCount: count)
    else { return 0 }
    bytes.withUnsafeBytes { digest.add($0) }
    return digest.value
  }

  /// The warning about images of one split that are copies of images of another.
  private static func shared(
    _ copies: [[Candidate]], _ parts: [SharedImages.Part], _ one: Int, _ other: Int
  ) -> String? {
    let known = Set(parts[one].files)
    var pairs: [(copy: Int, original: Int)] = []
    for group in copies {
      guard let original = group.first(where: { $0.part == one }) else { continue }
      // The very same file needs no look at its bytes.
      pairs += group.filter { $0.part == other && !known.contains(parts[other].files[$0.index]) }
        .map { ($0.index, original.index) }
    }
    guard let first = pairs.min(by: { $0.copy < $1.copy }) else { return nil }
    let (part, all) = (parts[other].name, parts[other].paths.count)
    return
      "note: \(pairs.count) of \(all) \(part) images are copies of \(parts[one].name) images, such as "
      + "\(parts[other].paths[first.copy]) of \(parts[one].paths[first.original]): "
      + (one == 0 ? "metrics on them are too good" : "the choice is made on them")
      + "; remove the copies from one split"
  }

  /// The warning about images of a split that are copies of images of another class.
  private static func relabeled(
    _ copies: [[Candidate]], _ parts: [SharedImages.Part], _ part: Int
  ) -> String? {
    guard let labels = parts[part].labels else { return nil }
    var (count, example) = (0, [Int]())
    for group in copies {
      let own = group.filter { $0.part == part }.map(\.index)
      guard let first = own.first, let other = own.first(where: { labels[$0] != labels[first] })
      else { continue }
      count += own.count
      if example.isEmpty { example = [first, other] }
    }
    guard count > 0 else { return nil }
    let words = example.map { "\(parts[part].paths[$0]) (\(labels[$0]))" }.joined(
      separator: " and ")
    return
      "note: \(count) of \(parts[part].paths.count) \(parts[part].name) images are one image under two "
      + "classes, such as \(words): nothing tells them apart; keep each under the right class alone"
  }
}
