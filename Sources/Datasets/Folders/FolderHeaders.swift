import Numbers

/// What the headers of a folder's images say.
struct FolderHeaders: Codable {
  /// The files whose header cannot be read.
  let broken: [BrokenImage]
  /// Their faults by path.
  let faults: [String: ImageFault]
  /// The number of files.
  let count: Int
  /// As how many channels the images are read: 1 where every one is gray, else 3, unless the options say it.
  let channels: Int
  /// The size that all images have, if they have.
  let commonSize: ImageSize?
  /// The sizes, for display: `37x26 to 640x480 pixels`.
  let sizes: String
  /// The median of the images' short sides.
  let medianSide: Int

  /// How many of 16 bits are filled in all of them together; nil where none has 16.
  let filledBits: FilledBits?
  /// What else a reader should know, a sentence each.
  let notes: [String]

  private let folder: String
  private let allowsBroken: Bool

  /// Reads the headers on all cores.
  ///
  /// - Throws: `DataError.tooManyBroken`.
  init(_ files: [ImageFileDataset.File], folder: String, _ options: DataOptions) throws {
    // A stretch of files after another, since there may be millions.
    let stretches = stride(from: 0, to: files.count, by: 65536).lazy
      .map { files[$0..<min(files.count, $0 + 65536)] }
    var (channels, sides): (Int, [Int32]) = (1, [])
    var (wide, wideNumbers) = (0, WideNumbers())
    var (smallest, largest): (ImageHeader?, ImageHeader?)
    var (broken, several): ([BrokenImage], [String]) = ([], [])
    func isBefore(_ one: ImageHeader, _ other: ImageHeader) -> Bool {
      (one.width * one.height, one.width) < (other.width * other.height, other.width)
    }
    sides.reserveCapacity(files.count)
    for (file, result) in stretches.flatMap({ zip($0, Self.findings(of: $0)) }) {
      switch result {
      case .failure(let fault): broken.append(BrokenImage(path: file.path, fault: fault))
      case .success(let (header, numbers)):
        channels = max(channels, header.channels)
        sides.append(Int32(clamping: min(header.width, header.height)))
        if smallest.map({ isBefore(header, $0) }) ?? true { smallest = header }
        if largest.map({ !isBefore(header, $0) }) ?? true { largest = header }
        if header.isWide {
          wide += 1
          wideNumbers = wideNumbers + numbers
        }
        if header.hasMore { several.append(file.path) }
      }
    }
    self.broken = broken
    self.channels = options.channels ?? channels
    faults = Dictionary(broken.map { ($0.path, $0.fault) }, uniquingKeysWith: { first, _ in first })
    count = files.count
    func size(_ header: ImageHeader?) -> ImageSize {
      ImageSize(width: header?.width ?? 0, height: header?.height ?? 0)
    }
    let (low, high) = (size(smallest), size(largest))
    commonSize = low == high && !sides.isEmpty ? low : nil
    sizes =
      (low == high ? "" : "\(low.width)x\(low.height) to ")
      + "\(high.width)x\(high.height) pixels"
    sides.sort()
    medianSide = sides.isEmpty ? 0 : Int(sides[sides.count / 2])
    let filled = options.filledBits ?? (wide > 0 ? FilledBits(highest: wideNumbers.highest) : nil)
    filledBits = filled
    notes =
      FilledBits.note(wideNumbers, count: wide, filled ?? .all)
      + ImageHeader.note(several: several) + Self.note(channels, readAs: self.channels)
    self.folder = folder
    allowsBroken = options.allowsBroken
    try check(broken)
    if sides.isEmpty, let first = broken.first { throw tooMany(broken.count, first) }
  }

  private typealias Finding = (header: ImageHeader, numbers: WideNumbers)

  /// What the headers of some files say, read on all cores.
  private static func findings(of files: ArraySlice<ImageFileDataset.File>) -> [Result<Finding, ImageFault>] {
    [Result<Finding, ImageFault>](unsafeUninitializedCapacity: files.count) { results, count in
      results.initialize(repeating: .failure(.empty))
      let positions = DisjointBuffer(results)
      onAllCores(files.count, makeWorker: { ImageDecoder() }) { decoder, index in
        let path = files[files.startIndex + index].path
        do throws(ImageFault) {
          let header = try decoder.header(of: path)
          positions[index][0] = .success((header, header.isWide ? try decoder.wideNumbers(of: path) : WideNumbers()))
        } catch { positions[index][0] = .failure(error) }
      }
      count = files.count
    }
  }

  /// What becomes of images with another number of channels than they are read with.
  private static func note(_ channels: Int, readAs wanted: Int) -> [String] {
    if channels < wanted { return ["note: the images are gray, and read in color, as the run was trained"] }
    return channels > wanted
      ? ["note: images in color are read as gray ones, as the run was trained"] : []
  }

  /// Width and height to crop to where none is asked for: the given size, or less where half of the images are
  /// smaller, in steps of 32.
  func defaultCrop(atMost size: Int) -> Int {
    medianSide >= size ? size : max(32, min(size, medianSide / 32 * 32))
  }

  /// Refuses too many broken images, unless the options allow them.
  ///
  /// - Throws: `DataError.tooManyBroken`.
  func check(_ broken: [BrokenImage]) throws {
    guard let first = broken.first, BrokenImage.areTooMany(broken.count, of: count), !allowsBroken else { return }
    throw tooMany(broken.count, first)
  }

  private func tooMany(_ broken: Int, _ first: BrokenImage) -> DataError {
    .tooManyBroken(folder: folder, broken: broken, of: count, first)
  }
}
