import Synchronization

/// What is to be known of image files together, before any is read: how many of 16 bits are filled, and which files have
/// more than one page or frame, or cannot be read.
///
/// Without boxes or masks only files of kinds that can have either are looked into, by their names; with them all are.
struct ImageSurvey {
  /// How many of 16 bits are filled in all of them together.
  let filledBits: FilledBits
  /// What a reader should know, a sentence each.
  let notes: [String]
  /// Why some of the files that were looked into cannot be read, by their paths.
  let faults: [String: ImageFault]

  private static let endings = [".png", ".apng", ".tif", ".tiff", ".gif", ".webp"]

  private static func isOfSuchKind(_ path: String) -> Bool {
    let path = path.lowercased()
    return endings.contains(where: path.hasSuffix)
  }

  /// Looks into files, on all cores.
  ///
  /// - Parameters:
  ///   - known: how many bits are filled, where that is known from a run.
  ///   - labels: what is drawn on the images, boxes or masks, so that it matters whether they are stored turned.
  init(_ paths: [String], known: FilledBits? = nil, labels: String? = nil) {
    let paths = labels == nil ? paths.filter(Self.isOfSuchKind) : paths
    let findings = Mutex(
      [(numbers: WideNumbers?, hasMore: Bool, isTurned: Bool)](
        repeating: (nil, false, false), count: paths.count))
    let broken = Mutex<[String: ImageFault]>([:])
    onAllCores(paths.count, makeWorker: { ImageDecoder() }) { decoder, index in
      let header: ImageHeader
      do throws(ImageFault) { header = try decoder.header(of: paths[index]) } catch {
        broken.withLock { $0[paths[index]] = error }
        return
      }
      let numbers = header.isWide ? try? decoder.wideNumbers(of: paths[index]) : nil
      guard numbers != nil || header.hasMore || header.isTurned else { return }
      findings.withLock { $0[index] = (numbers, header.hasMore, header.isTurned) }
    }
    faults = broken.withLock { $0 }
    let found = findings.withLock { $0 }
    let wide = found.compactMap(\.numbers)
    let numbers = wide.reduce(WideNumbers(), +)
    filledBits = known ?? (wide.isEmpty ? .all : FilledBits(highest: numbers.highest))
    let turned = zip(paths, found).filter(\.1.isTurned).map(\.0)
    notes =
      FilledBits.note(numbers, count: wide.count, filledBits)
      + ImageHeader.note(several: zip(paths, found).filter(\.1.hasMore).map(\.0))
      + (labels.map { ImageHeader.note(turned: turned, labels: $0) } ?? [])
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
