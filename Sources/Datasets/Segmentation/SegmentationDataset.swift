import Masks
import Numbers
import Randomness
import Synchronization

/// Images of any size with a mask each.
///
/// Where all of them take less than `maximumInMemory` bytes they are decoded once, when they are first
/// wanted, and kept; else each time. What a batch holds follows from the seed and its place alone, on any
/// number of threads.
public struct SegmentationDataset: CountedImages {
  /// What the set is called where it is spoken of.
  public let name: String
  /// The names of the classes, by number; the first is the background.
  public let classNames: [String]
  /// Whether masks say which instance a pixel belongs to; classes are then background and foreground.
  public let isInstance: Bool
  /// What each image is called: its file's name without the extension.
  public let names: [String]
  /// Each image's size.
  public let sizes: [ImageSize]
  /// Pixels by class in all masks, or in those of a part of the images where they are drawn on demand.
  public let pixelCounts: [Int]
  /// How many of 16 bits are filled in image files of 16.
  public let filledBits: FilledBits
  /// Whether decoded images are kept.
  public let isInMemory: Bool

  /// Pixels by class in the mask of each image; nil where they are drawn on demand.
  let imageCounts: [[Int]]?

  private let source: any MaskSource
  /// The images' numbers in the set that this one is a part of, and the count of that one; nil where it
  /// is none.
  private let origin: (numbers: [Int], count: Int)?
  private let allowsBroken: Bool
  private let state: State
  private let statistics: MeasuredStatistics

  /// The most bytes that the decoded images of a set may take in memory.
  static let maximumInMemory = 1 << 30

  /// The mean of each channel, on a scale of 0 to 1, over 64 to 127 of the images, or all of fewer: those are read when
  /// it is first asked for.
  public var mean: [Double] { statistics.value.mean }
  /// The standard deviation of each channel over the same images.
  public var deviation: [Double] { statistics.value.deviation }

  /// Creates a set.
  init(
    _ source: any MaskSource, name: String, classNames: [String], isInstance: Bool, names: [String],
    sizes: [ImageSize], pixelCounts: [Int], imageCounts: [[Int]]? = nil,
    allowsBroken: Bool = false, maximumInMemory: Int = Self.maximumInMemory,
    partOf origin: (numbers: [Int], count: Int)? = nil, filledBits: FilledBits = .all
  ) {
    self.source = source
    self.name = name
    self.classNames = classNames
    self.isInstance = isInstance
    self.names = names
    self.sizes = sizes
    self.pixelCounts = pixelCounts
    self.imageCounts = imageCounts
    self.origin = origin
    self.allowsBroken = allowsBroken
    self.filledBits = filledBits
    let bytes = MemoryLayout<UInt16>.size + 3
    isInMemory = sizes.reduce(0) { $0 + $1.area * bytes } <= maximumInMemory
    state = State(count: names.count, filledBits)
    statistics = MeasuredStatistics { Self.statistics(of: source, count: names.count, filledBits) }
  }

  /// Returns a part of the set, whose images are augmented as in the whole; its moments are its own.
  func part(_ positions: [Int]) -> SegmentationDataset {
    let counts = imageCounts.map { counts in positions.map { counts[$0] } }
    return SegmentationDataset(
      MaskPart(whole: source, positions: positions), name: name, classNames: classNames,
      isInstance: isInstance, names: positions.map { names[$0] },
      sizes: positions.map { sizes[$0] },
      pixelCounts: counts.map { counts in
        classNames.indices.map { label in counts.reduce(0) { $0 + $1[label] } }
      } ?? pixelCounts,
      imageCounts: counts, allowsBroken: allowsBroken,
      partOf: (positions.map { origin?.numbers[$0] ?? $0 }, origin?.count ?? count),
      filledBits: filledBits)
  }

  /// The number of a sample for random streams: that of the same crop of the image in the whole set.
  func number(of sample: Int) -> Int {
    guard let origin, count > 0 else { return sample }
    return sample / count * origin.count + origin.numbers[sample % count]
  }

  /// Where an image lies.
  func imagePath(of index: Int) -> String { source.path(of: index) }

  /// Where an image's mask lies; nil where it is drawn.
  func maskFile(of index: Int) -> String? { source.maskFile(of: index) }

  /// The path of each image, and the classes of its pixels.
  public var items: [HoldOut.Item] {
    names.indices.map { index in
      let counts = imageCounts?[index] ?? []
      return HoldOut.Item(
        key: source.path(of: index), classes: counts.indices.filter { counts[$0] > 0 })
    }
  }

  /// The number of images.
  public var count: Int { names.count }

  /// The images that could not be read so far, and are left out of their batches.
  public var broken: [BrokenImage] { state.reading.broken(source.path) }

  /// What the threads share.
  private final class State: Sendable {
    let reading: ReadingState<ImageDecoder>
    let kept: Mutex<[MaskedImage?]>

    init(count: Int, _ filledBits: FilledBits) {
      reading = ReadingState(makeReader: { ImageDecoder(filledBits: filledBits) })
      kept = Mutex([MaskedImage?](repeating: nil, count: count))
    }
  }

  /// Returns an image with its mask, from memory or from its files.
  ///
  /// - Throws: `ImageFault` of a damaged file.
  public func read(_ index: Int) throws(ImageFault) -> MaskedImage {
    if isInMemory, let kept = state.kept.withLock({ $0[index] }) { return kept }
    let image = try state.reading.withReader { decoder throws(ImageFault) in
      try source.read(index, by: decoder)
    }
    if isInMemory { state.kept.withLock { $0[index] = image } }
    return image
  }

  /// Reads an image for a batch, or notes that it is broken.
  ///
  /// - Throws: `DataError.tooManyBroken` where more than one image in a hundred is.
  func readOrNote(_ index: Int) throws -> MaskedImage? {
    do throws(ImageFault) { return try read(index) } catch {
      if BrokenImage.areTooMany(state.reading.note(error, index), of: count), !allowsBroken {
        throw state.reading.tooManyBroken(of: count, in: name, source.path)
      }
      return nil
    }
  }

  /// The error of a batch in which no image is left.
  func noneLeft() -> DataError { state.reading.noneLeft(of: count, in: name, source.path) }

  // MARK: Whole images

  /// Opens the images one after another, whole, read on other threads.
  ///
  /// - Precondition: the order's batches are of one image.
  public func whole(_ order: BatchOrder, workers: Int) -> BatchLoader<WholeImage> {
    precondition(order.batchSize == 1, "Whole images come one at a time.")
    return BatchLoader(
      order, workers: workers, makeBuffer: { WholeImage() },
      fill: { [self] request, whole in
        let index = request.samples.first.map { Int($0) % max(1, count) } ?? 0
        whole.index = index
        whole.image = try readOrNote(index)
      })
  }

  // MARK: Statistics

  /// Means and deviations over some images, of each every so many pixels.
  private static func statistics(
    of source: any MaskSource, count: Int, _ filledBits: FilledBits
  ) -> ChannelStatistics {
    let sample = stride(from: 0, to: count, by: max(1, count / 64)).map { $0 }
    let pieces = Mutex([[UInt8]](repeating: [], count: sample.count))
    onAllCores(sample.count, makeWorker: { ImageDecoder(filledBits: filledBits) }) {
      decoder, position in
      guard let image = try? source.read(sample[position], by: decoder) else { return }
      let pixels = image.pixels.count / 3
      let step = max(1, pixels / 16_384)
      var piece: [UInt8] = []
      for pixel in stride(from: 0, to: pixels, by: step) {
        piece += image.pixels[(3 * pixel)..<(3 * pixel + 3)]
      }
      pieces.withLock { $0[position] = piece }
    }
    var moments = ChannelMoments(channels: 3)
    pieces.withLock { $0.forEach { $0.withUnsafeBufferPointer { moments.add($0) } } }
    return moments.statistics()
  }
}

/// One whole image with its mask, in a loader's hands or its consumer's.
public final class WholeImage: @unchecked Sendable {
  /// The image's number in its set.
  public internal(set) var index = 0
  /// The image; nil where it is broken, which its set has noted.
  public internal(set) var image: MaskedImage?
}

/// Where a set's images come from.
protocol MaskSource: Sendable {
  /// Reads or draws an image.
  func read(_ index: Int, by decoder: ImageDecoder) throws(ImageFault) -> MaskedImage
  /// Where it lies, for display.
  func path(of index: Int) -> String
  /// Where its mask lies; nil where it is drawn.
  func maskFile(of index: Int) -> String?
}

extension MaskSource {
  /// It is drawn.
  func maskFile(of index: Int) -> String? { nil }
}

/// Image and mask files.
struct MaskFiles: MaskSource {
  let pairs: [MaskPair]
  let scheme: MaskScheme

  func read(_ index: Int, by decoder: ImageDecoder) throws(ImageFault) -> MaskedImage {
    let pair = pairs[index]
    let image = try ColorImage(file: pair.image, by: decoder)
    let mask: RawMask
    do throws(ImageDecoder.MaskFault) { mask = try decoder.mask(of: pair.mask) } catch {
      switch error {
      case .image(let fault): throw fault
      case .notPNG: throw .otherKind
      }
    }
    // The files were of one size when the set was made; one of them has been changed.
    guard image.pixels.count == mask.size.area * 3 else {
      throw .damaged("its mask has another size now")
    }
    return MaskedImage(pixels: image.pixels, mask: scheme.labels(of: mask))
  }

  func path(of index: Int) -> String { pairs[index].image }

  func maskFile(of index: Int) -> String? { pairs[index].mask }
}

/// Some of the images of another source.
private struct MaskPart: MaskSource {
  let whole: any MaskSource
  let positions: [Int]

  func read(_ index: Int, by decoder: ImageDecoder) throws(ImageFault) -> MaskedImage {
    try whole.read(positions[index], by: decoder)
  }

  func path(of index: Int) -> String { whole.path(of: positions[index]) }

  func maskFile(of index: Int) -> String? { whole.maskFile(of: positions[index]) }
}
