import Foundation
import Numbers

/// The image files whose bytes another file has too: in another split of the data, or under another class.
///
/// Files of one size are compared by their ends, and those that are alike there by all their bytes. That is done for a
/// thousand files, or a twenty-fifth of all where that is more, so that a start takes no longer by it.
struct CopiedImages {
  /// What a reader should know, a sentence each.
  let notes: [String]

  /// Files of which others of the same size are there, in all splits.
  private struct Candidate {
    let split: Int
    let index: Int
    let size: Int
  }

  /// Compares the files of three splits.
  init(_ splits: [SharedImages.Split]) {
    let all = splits.reduce(0) { $0 + $1.paths.count }
    let candidates = Self.candidates(splits, atMost: max(1_000, all / 25))
    let copies = Self.groups(candidates, of: splits)
    let compared =
      " (\(candidates.count) of \(all) images had another of their size and were compared)"
    notes =
      SharedImages.pairs.compactMap { Self.shared(copies, splits, $0, $1) }.map { $0 + compared }
      + splits.indices.compactMap { Self.relabeled(copies, splits, $0) }.map { $0 + compared }
  }

  /// The files that may be copies, all of one size or as many of them as may be, larger sizes first: those
  /// are fewest.
  private static func candidates(
    _ splits: [SharedImages.Split], atMost most: Int
  ) -> [Candidate] {
    func forEachFile(_ body: (Candidate) -> Void) {
      for (split, own) in splits.enumerated() {
        for (index, key) in own.files.enumerated() {
          guard case .file(let file) = key, file.size > 0 else { continue }
          body(Candidate(split: split, index: index, size: file.size))
        }
      }
    }
    // Sizes are counted first: a million candidates would take much memory, and few of them are needed.
    var counts: [Int: Int] = [:]
    forEachFile { counts[$0.size, default: 0] += 1 }
    var taken: [Int: (seen: Int, all: Int, wanted: Int)] = [:]
    var left = most
    for (size, all) in counts.sorted(by: { $0.key > $1.key }) where all > 1 && left > 0 {
      taken[size] = (0, all, min(all, left))
      left -= min(all, left)
    }
    var found: [Candidate] = []
    forEachFile { candidate in
      guard let size = taken[candidate.size] else { return }
      taken[candidate.size]?.seen += 1
      // Where not all can be, they are taken evenly from all splits.
      let place = (size.seen * size.wanted + size.all - 1) / size.all
      if place < size.wanted, place * size.all / size.wanted == size.seen { found.append(candidate) }
    }
    return found
  }

  /// Groups of files with the same bytes.
  private static func groups(
    _ candidates: [Candidate], of splits: [SharedImages.Split]
  ) -> [[Candidate]] {
    func alike(_ group: [Candidate], _ digest: @Sendable (Int, FileHandle) -> UInt64)
      -> [[Candidate]]
    {
      let paths = group.map { (splits[$0.split].paths[$0.index], $0.size) }
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
    return alike(ends.flatMap(\.self)) { size, file in Self.digest(of: file, at: 0, count: size) }
      .sorted { ($0[0].split, $0[0].index) < ($1[0].split, $1[0].index) }
  }

  private static func digest(of file: FileHandle, at offset: Int, count: Int) -> UInt64 {
    var digest = ContentDigest()
    guard (try? file.seek(toOffset: UInt64(offset))) != nil else { return 0 }
    var left = count
    while left > 0, let bytes = try? file.read(upToCount: min(left, 1 << 20)), !bytes.isEmpty {
      bytes.withUnsafeBytes { digest.add($0) }
      left -= bytes.count
    }
    return digest.value
  }

  /// The warning about images of one split that are copies of images of another.
  private static func shared(
    _ copies: [[Candidate]], _ splits: [SharedImages.Split], _ one: Int, _ other: Int
  ) -> String? {
    let known = Set(splits[one].files)
    var pairs: [(copy: Int, original: Int)] = []
    for group in copies {
      guard let original = group.first(where: { $0.split == one }) else { continue }
      // The very same file needs no look at its bytes.
      pairs += group.filter { $0.split == other && !known.contains(splits[other].files[$0.index]) }
        .map { ($0.index, original.index) }
    }
    guard let first = pairs.min(by: { $0.copy < $1.copy }) else { return nil }
    let (split, all) = (splits[other].name, splits[other].paths.count)
    return
      "note: \(pairs.count) of \(all) \(split) images are copies of \(splits[one].name) images, such as "
      + "\(splits[other].paths[first.copy]) of \(splits[one].paths[first.original]): "
      + (one == 0 ? "metrics on them are too good" : "the choice is made on them")
      + "; remove the copies from one split"
  }

  /// The warning about images of a split that are copies of images of another class.
  private static func relabeled(
    _ copies: [[Candidate]], _ splits: [SharedImages.Split], _ split: Int
  ) -> String? {
    guard let labels = splits[split].labels else { return nil }
    var (count, example) = (0, [Int]())
    for group in copies {
      let own = group.filter { $0.split == split }.map(\.index)
      guard let first = own.first, let other = own.first(where: { labels[$0] != labels[first] })
      else { continue }
      count += own.count
      if example.isEmpty { example = [first, other] }
    }
    guard count > 0 else { return nil }
    let words = example.map { "\(splits[split].paths[$0]) (\(labels[$0]))" }.joined(
      separator: " and ")
    return
      "note: \(count) of \(splits[split].paths.count) \(splits[split].name) images are one image under two "
      + "classes, such as \(words): nothing tells them apart; keep each under the right class alone"
  }
}
