import Synchronization

/// What is to be known of image files together, before any is read: how many of 16 bits are filled, and
/// which files have more than one page or frame.
///
/// Only files of kinds that can have either are looked into, by their names.
struct ImageSurvey {
  /// How many of 16 bits are filled in all of them together.
  let filledBits: FilledBits
  /// What a reader should know, a sentence each.
  let notes: [String]

  private static let endings = [".png", ".apng", ".tif", ".tiff", ".gif", ".webp"]

  private static func isOfSuchKind(_ path: String) -> Bool {
    let path = path.lowercased()
    return endings.contains(where: path.hasSuffix)
  }

  /// Looks into files, on all cores; those that are broken say nothing.
  ///
  /// - Parameter known: how many bits are filled, where that is known from a run.
  init(_ paths: [String], known: FilledBits? = nil) {
    let paths = paths.filter(Self.isOfSuchKind)
    let findings = Mutex(
      [(highest: Int?, hasMore: Bool)](
        repeating: (nil, false), count: paths.count))
    onAllCores(paths.count, makeWorker: { ImageDecoder() }) { decoder, index in
      guard let header = try? decoder.header(of: paths[index]) else { return }
      let highest = header.isWide ? try? decoder.highest(of: paths[index]) : nil
      guard highest != nil || header.hasMore else { return }
      findings.withLock { $0[index] = (highest, header.hasMore) }
    }
    let found = findings.withLock { $0 }
    let wide = found.compactMap(\.highest)
    filledBits = known ?? wide.max().map { FilledBits(highest: $0) } ?? .all
    notes =
      FilledBits.note(highest: wide.max() ?? 0, count: wide.count, filledBits)
      + ImageHeader.note(several: zip(paths, found).filter(\.1.hasMore).map(\.0))
  }

  /// A sentence about those of some files that have more than one page or frame; none where there are none.
  static func noteOfSeveral(_ paths: [String]) -> [String] {
    let paths = paths.filter(isOfSuchKind)
    let several = Mutex(Set<Int>())
    onAllCores(paths.count, makeWorker: { ImageDecoder() }) { decoder, index in
      guard (try? decoder.header(of: paths[index]))?.hasMore == true else { return }
      several.withLock { _ = $0.insert(index) }
    }
    return ImageHeader.note(several: several.withLock { $0 }.sorted().map { paths[$0] })
  }
}
