import Numbers
import Randomness

/// Images of any size with a class each, which stay in their files until a batch wants them.
///
/// Training images are random crops, new in each epoch; evaluation images are the center crop after
/// the short side was resized, by default to 8/7 of the size (of 224 pixels, 256). What is in a batch follows
/// from the seed and its place alone, on any number of threads.
public struct ImageFileDataset: LabeledImages {
  /// An image file and its class.
  public struct File: Sendable, Hashable {
    /// The path of the file.
    public var path: String
    /// The number of the image's class, from 0.
    public var label: Int64

    /// Creates a reference to a file.
    public init(path: String, label: Int64) {
      self.path = path
      self.label = label
    }
  }

  /// What the set is called where it is spoken of.
  public let name: String
  /// Width and height of a batch's images, in pixels.
  public let size: Int
  /// The number of channels: 1 or 3.
  public let channels: Int
  /// The paths of the images.
  public let paths: [String]
  /// The class of each image.
  public let labels: [Int64]
  /// How many of 16 bits are filled in the files of 16.
  public let filledBits: FilledBits
  /// How the part to train on is chosen.
  public let crop: RandomCrop

  private let allowsBroken: Bool
  /// The images' numbers in the set that this one is a part of; nil where it is none.
  private let numbers: [Int]?
  private let state: ReadingState<Worker>
  private let statistics: MeasuredStatistics

  /// The size to which the short side of an evaluation image is resized, before its middle is taken.
  public let shortSide: Int
  /// How pixels of another size are made.
  public let interpolation: Interpolation

  /// The share of an evaluation image's short side that is seen where nothing else is said.
  public static let defaultCropShare = 0.875

  /// The mean of each channel, on a scale of 0 to 1, over 500 to 999 of the images, or all of fewer: those are read when
  /// it is first asked for.
  public var mean: [Double] { statistics.value.mean }
  /// The standard deviation of each channel over the same images.
  public var deviation: [Double] { statistics.value.deviation }
  /// Width of a batch's images.
  public var width: Int { size }
  /// Height of a batch's images.
  public var height: Int { size }

  /// Creates a set of files.
  ///
  /// - Parameters:
  ///   - size: width and height of a batch's images, in pixels.
  ///   - channels: 3, or 1 where all files are gray.
  ///   - cropShare: the share of an evaluation image's short side that is seen.
  ///   - allowsBroken: whether to continue where more than one image in a hundred is broken.
  public init(
    _ files: [File], name: String = "the set of photographs", size: Int, channels: Int = 3,
    crop: RandomCrop = RandomCrop(), cropShare: Double = defaultCropShare,
    interpolation: Interpolation = .bilinear, allowsBroken: Bool = false,
    filledBits: FilledBits = .all
  ) {
    self.name = name
    self.size = size
    self.channels = channels
    paths = files.map(\.path)
    labels = files.map(\.label)
    self.crop = crop
    self.allowsBroken = allowsBroken
    self.filledBits = filledBits
    self.interpolation = interpolation
    // A share that came of whole pixels leads back to them.
    shortSide = Int(clamping: (Double(size) / cropShare + 1e-6).rounded(.down))
    numbers = nil
    state = ReadingState(makeReader: {
      Worker(reader: PhotoReader(filledBits: filledBits, interpolation: interpolation))
    })
    let (paths, shortSide) = (paths, shortSide)
    statistics = MeasuredStatistics {
      Self.statistics(
        of: paths, size: size, short: shortSide, channels: channels, filledBits, interpolation)
    }
  }

  /// Creates a part of a set.
  private init(_ whole: ImageFileDataset, _ positions: [Int]) {
    (name, size, channels, crop) = (whole.name, whole.size, whole.channels, whole.crop)
    allowsBroken = whole.allowsBroken
    paths = positions.map { whole.paths[$0] }
    labels = positions.map { whole.labels[$0] }
    numbers = positions.map { whole.number(of: $0) }
    let (filledBits, interpolation) = (whole.filledBits, whole.interpolation)
    (self.filledBits, self.interpolation, shortSide) = (filledBits, interpolation, whole.shortSide)
    state = ReadingState(makeReader: {
      Worker(reader: PhotoReader(filledBits: filledBits, interpolation: interpolation))
    })
    let (paths, size, shortSide, channels) = (paths, size, shortSide, channels)
    statistics = MeasuredStatistics {
      Self.statistics(
        of: paths, size: size, short: shortSide, channels: channels, filledBits, interpolation)
    }
  }

  /// Returns a part of the set, whose images are augmented as in the whole.
  public func part(_ positions: [Int]) -> any LabeledImages { ImageFileDataset(self, positions) }

  private func number(of image: Int) -> Int { numbers?[image] ?? image }

  /// The path and the class of each image.
  public var items: [HoldOut.Item] {
    zip(paths, labels).map { HoldOut.Item(key: $0, classes: [Int($1)]) }
  }

  /// The images that could not be read so far, and are left out of their batches.
  public var broken: [BrokenImage] { state.broken { paths[$0] } }

  /// Opens batches of the images, read on other threads.
  ///
  /// A batch has fewer images than were asked for where some of them are broken; `next()` throws
  /// `DataError.noneLeft` where none is left in a training batch, `DataError.tooManyBroken` where more than one image in a
  /// hundred is broken.
  public func batches(
    _ order: BatchOrder, augmentation: Augmentation?, seed: UInt64, workers: Int
  ) -> BatchLoader<ImageBatch> {
    BatchLoader(
      order, workers: workers,
      makeBuffer: { ImageBatch(capacity: order.batchSize, bytesPerImage: bytesPerImage) },
      fill: { [self] request, batch in
        try state.withReader { worker in
          try fill(batch, request, worker, augmentation: augmentation, seed: seed)
        }
      })
  }

  // MARK: One batch

  /// What one thread needs.
  private struct Worker {
    let reader: PhotoReader
    let buffers = AugmentationBuffers()
  }

  private func fill(
    _ batch: ImageBatch, _ request: BatchRequest, _ worker: Worker, augmentation: Augmentation?,
    seed: UInt64
  ) throws {
    batch.count = 0
    (batch.epoch, batch.number) = (request.epoch, request.batch)
    let mean = augmentation.map { $0.cutout > 0 ? meanColor : [] } ?? []
    for (position, sample) in request.samples.lazy.map(Int.init).enumerated() {
      let target = batch.slot(batch.count, size: bytesPerImage)
      do throws(ImageFault) {
        if let augmentation {
          var stream = RandomStream(
            seed: request.seed(seed, at: position), for: .augmentation, epoch: request.epoch,
            index: number(of: sample))
          try readForTraining(paths[sample], worker, augmentation, &stream, to: target)
          augmentation.finish(
            image(at: target), mean: mean, stream: &stream, in: worker.buffers)
        } else {
          try Self.readForEvaluation(
            paths[sample], worker.reader, size: size, short: shortSide, channels: channels,
            to: target)
        }
      } catch {
        try note(error, sample)
        continue
      }
      batch.labels[batch.count] = labels[sample]
      batch.samples[batch.count] = Int32(sample)
      batch.count += 1
    }
    if batch.count == 0 { throw state.noneLeft(of: count, in: name) { paths[$0] } }
  }

  private func readForTraining(
    _ path: String, _ worker: Worker, _ augmentation: Augmentation, _ stream: inout RandomStream,
    to target: UnsafeMutableBufferPointer<UInt8>
  ) throws(ImageFault) {
    let displacement = augmentation.draw(&stream)
    var crop = crop
    if let scale = augmentation.cropScale { crop.scale = scale }
    // Mirroring costs nothing on the way; a shift needs the whole image first.
    let room =
      displacement.isShifted ? worker.buffers.image.room(for: bytesPerImage) : target
    try worker.reader.read(
      path, size: size, channels: channels, to: room, mirrored: displacement.isMirrored
    ) { width, height in
      PhotoReader.Window(crop.choose(width: width, height: height, stream: &stream))
    }
    guard displacement.isShifted else { return }
    Displacement(down: displacement.down, right: displacement.right)
      .apply(UnsafeBufferPointer(room), to: image(at: target))
  }

  private static func readForEvaluation(
    _ path: String, _ reader: PhotoReader, size: Int, short: Int, channels: Int,
    to target: UnsafeMutableBufferPointer<UInt8>
  ) throws(ImageFault) {
    try reader.read(path, size: size, channels: channels, to: target) { width, height in
      PhotoReader.Window(
        middleOf: width, by: height, short: short, size: size)
    }
  }

  private func note(_ fault: ImageFault, _ sample: Int) throws {
    if BrokenImage.areTooMany(state.note(fault, sample), of: self.count), !allowsBroken {
      throw state.tooManyBroken(of: count, in: name) { paths[$0] }
    }
  }

  // MARK: Statistics

  private static func statistics(
    of paths: [String], size: Int, short: Int, channels: Int, _ filledBits: FilledBits,
    _ interpolation: Interpolation
  ) -> ChannelStatistics {
    let step = max(1, paths.count / 500)
    let sample = stride(from: 0, to: paths.count, by: step).map { paths[$0] }
    let bytes = size * size * channels
    var isRead = [Bool](repeating: false, count: sample.count)
    var pixels = [UInt8](repeating: 0, count: sample.count * bytes)
    pixels.withUnsafeMutableBufferPointer { pixels in
      isRead.withUnsafeMutableBufferPointer { isRead in
        let (positions, marks) = (DisjointBuffer(pixels, size: bytes), DisjointBuffer(isRead))
        onAllCores(
          sample.count,
          makeWorker: { PhotoReader(filledBits: filledBits, interpolation: interpolation) }
        ) { reader, index in
          let done: Void? = try? readForEvaluation(
            sample[index], reader, size: size, short: short, channels: channels,
            to: positions[index])
          marks[index][0] = done != nil
        }
      }
    }
    var moments = ChannelMoments(channels: channels)
    pixels.withUnsafeBufferPointer { pixels in
      for index in sample.indices where isRead[index] {
        moments.add(UnsafeBufferPointer(rebasing: pixels[(index * bytes)..<((index + 1) * bytes)]))
      }
    }
    return moments.statistics()
  }
}
