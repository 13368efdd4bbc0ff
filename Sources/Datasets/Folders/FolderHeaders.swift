/// What the headers of a folder's images say.
struct FolderHeaders {
  /// The files whose header cannot be read.
  let broken: [BrokenImage]
  /// Their faults by path.
  let faults: [String: ImageFault]
  /// The number of files.
  let count: Int
  /// 1 where every image is grey, else 3.
  let channels: Int
  /// The size that all images have, if they have.
  let commonSize: (Int, Int)?
  /// The sizes, for display: `37x26 to 640x480 pixels`.
  let sizes: String
  /// The median of the images' short sides.
  private let medianSide: Int

  /// How many of 16 bits are filled in all of them together; nil where none has 16.
  let filledBits: FilledBits?
  /// What else a reader should know, a sentence each.
  let notes: [String]

  private let folder: String
  private let options: DataOptions

  /// Reads the headers on all cores.
  ///
  /// - Throws: `DataError.tooManyBroken`.
  init(_ files: [PhotoSet.File], folder: String, _ options: DataOptions) throws {
    typealias Finding = (header: ImageHeader, highest: Int)
    let results = [Result<Finding, ImageFault>](unsafeUninitializedCapacity: files.count) {
      results, count in
      results.initialize(repeating: .failure(.empty))
      let positions = DisjointBuffer(results)
      onAllCores(files.count, makeWorker: { ImageDecoder() }) { decoder, index in
        do throws(ImageFault) {
          let header = try decoder.header(of: files[index].path)
          let highest = header.isWide ? try decoder.highest(of: files[index].path) : 0
          positions[index][0] = .success((header, highest))
        } catch { positions[index][0] = .failure(error) }
      }
      count = files.count
    }
    let findings = results.compactMap { try? $0.get() }
    let headers = findings.map(\.header)
    broken = zip(files, results).compactMap { file, result in
      guard case .failure(let fault) = result else { return nil }
      return BrokenImage(path: file.path, fault: fault)
    }
    faults = Dictionary(broken.map { ($0.path, $0.fault) }, uniquingKeysWith: { first, _ in first })
    count = files.count
    channels = headers.map(\.channels).max() ?? 1
    let bySize: (ImageHeader, ImageHeader) -> Bool = {
      ($0.width * $0.height, $0.width) < ($1.width * $1.height, $1.width)
    }
    let smallest = headers.min(by: bySize).map { ($0.width, $0.height) } ?? (0, 0)
    let largest = headers.max(by: bySize).map { ($0.width, $0.height) } ?? (0, 0)
    commonSize = smallest == largest && !headers.isEmpty ? smallest : nil
    sizes =
      (smallest == largest ? "" : "\(smallest.0)x\(smallest.1) to ")
      + "\(largest.0)x\(largest.1) pixels"
    let shortSides = headers.map { min($0.width, $0.height) }.sorted()
    medianSide = shortSides.isEmpty ? 0 : shortSides[shortSides.count / 2]
    let wide = findings.filter(\.header.isWide)
    let highest = wide.map(\.highest).max()
    let filled = options.filledBits ?? highest.map { FilledBits(highest: $0) }
    let several = zip(files, results).filter { (try? $1.get())?.header.hasMore ?? false }.map(\.0)
    filledBits = filled
    notes =
      FilledBits.note(highest: highest ?? 0, count: wide.count, filled ?? .all)
      + ImageHeader.note(several: several.map(\.path))
    self.folder = folder
    self.options = options
    try check(broken)
    if headers.isEmpty, let first = broken.first { throw tooMany(broken.count, first) }
  }

  /// Width and height to crop to where none is asked for: the usual size, or less where half of the images are
  /// smaller, in steps of 32.
  func defaultCrop(atMost usual: Int) -> Int {
    medianSide >= usual ? usual : max(32, min(usual, medianSide / 32 * 32))
  }

  /// Decides whether so many may be broken: one in a hundred is an accident of a few files.
  ///
  /// - Throws: `DataError.tooManyBroken`.
  func check(_ broken: [BrokenImage]) throws {
    guard let first = broken.first, broken.count * 100 > count, !options.allowsBroken else {
      return
    }
    throw tooMany(broken.count, first)
  }

  private func tooMany(_ broken: Int, _ first: BrokenImage) -> DataError {
    .tooManyBroken(folder: folder, broken: broken, of: count, first)
  }
}
