import Boxes
import Numbers
import Randomness
import Synchronization

/// Images of any size with boxes on them, which come in batches of one size.
///
/// What is in a batch follows from the seed and its place alone, on any number of threads. Of a set that
/// is small enough the decoded pixels stay in memory; others are decoded anew, JPEGs at a half, a quarter
/// or an eighth of their size where that is enough.
public struct DetectionDataset: CountedImages {
  /// What the set is called where it is spoken of.
  public let name: String
  /// The images and what is on them, in their own pixels.
  public let images: [AnnotatedImage]
  /// The classes' names, by label.
  public let classNames: [String]
  /// How an image becomes one of a batch.
  public let frame: ImageFrame

  private let store: ImageStore
  private let allowsBroken: Bool
  /// The images' numbers in the set that this one is a part of; nil where it is none.
  private let numbers: [Int]?
  /// By what the images are normalized, if not by their own mean and deviation.
  private let statistics: ChannelStatistics?
  private let state: ReadingState<TileReader>

  /// Bytes of decoded pixels that a set keeps in memory at most, if nothing else is said.
  public static let defaultMemory = 512 << 20

  /// Creates a set to train on: its frame follows from its images, and so do its mean and deviation,
  /// which are measured on 300 of them.
  ///
  /// - Parameters:
  ///   - longSide: the frame's long side in pixels; nil for 320, or the images' own if that is less.
  ///   - frameSize: the frame's size in place of what follows from that and the images.
  ///   - allowsBroken: whether to continue where more than one image in a hundred is broken.
  ///   - memory: bytes of decoded pixels that may be kept.
  ///   - statistics: what takes the place of the images' own mean and deviation.
  public init(
    _ images: [AnnotatedImage], name: String, classNames: [String], longSide: Int? = nil,
    frameSize: ImageSize? = nil, allowsBroken: Bool = false, memory: Int = defaultMemory,
    filledBits: FilledBits = .all, statistics: ChannelStatistics? = nil
  ) {
    let size =
      frameSize.map { (width: $0.width, height: $0.height) } ?? ImageFrame.size(of: images, longSide: longSide)
    // An augmentation that enlarges by half finds as many pixels as it shows.
    self.init(
      ImageStore(images, frame: size, zoom: 1.5, limit: memory), size, name: name,
      classNames: classNames, allowsBroken: allowsBroken, filledBits: filledBits,
      statistics: statistics)
  }

  /// Creates an evaluation set, in the frame of the training images.
  public init(
    _ images: [AnnotatedImage], name: String, classNames: [String], frame: ImageFrame,
    allowsBroken: Bool = false, memory: Int = defaultMemory
  ) {
    self.init(
      ImageStore(images, frame: (frame.width, frame.height), zoom: 1, limit: memory), frame,
      name: name, classNames: classNames, allowsBroken: allowsBroken)
  }

  /// Creates a set to train on of images in memory, or of files.
  init(
    _ store: ImageStore, _ size: (width: Int, height: Int), name: String, classNames: [String],
    allowsBroken: Bool = false, filledBits: FilledBits = .all,
    statistics: ChannelStatistics? = nil
  ) {
    self.init(
      store, store.measured(width: size.width, height: size.height, filledBits, statistics),
      name: name, classNames: classNames, allowsBroken: allowsBroken, statistics: statistics)
  }

  init(
    _ store: ImageStore, _ frame: ImageFrame, name: String, classNames: [String],
    allowsBroken: Bool = false, numbers: [Int]? = nil, statistics: ChannelStatistics? = nil
  ) {
    images = store.images
    self.statistics = statistics
    self.numbers = numbers
    self.store = store
    self.frame = frame
    state = ReadingState(makeReader: { TileReader(filledBits: frame.filledBits) })
    self.name = name
    self.classNames = classNames
    self.allowsBroken = allowsBroken
  }

  /// Returns a part of the set to train on, whose images are augmented as in the whole.
  ///
  /// The size of its frame is the whole's, mean and deviation are its own unless they are fixed.
  func part(_ positions: [Int]) -> DetectionDataset {
    let part = store.part(positions, frame: (frame.width, frame.height), zoom: 1.5)
    return DetectionDataset(
      part, part.measured(width: frame.width, height: frame.height, frame.filledBits, statistics),
      name: name, classNames: classNames, allowsBroken: allowsBroken,
      numbers: positions.map { numbers?[$0] ?? $0 }, statistics: statistics)
  }

  /// Returns a subset for evaluation, in this frame.
  func evaluationPart(_ positions: [Int], in frame: ImageFrame) -> DetectionDataset {
    DetectionDataset(
      store.part(positions, frame: (frame.width, frame.height), zoom: 1), frame, name: name,
      classNames: classNames, allowsBroken: allowsBroken)
  }

  /// The path of each image, and the classes of its boxes.
  public var items: [HoldOut.Item] {
    images.map { image in HoldOut.Item(key: image.path, classes: image.boxes.map(\.label)) }
  }

  /// The number of images.
  public var count: Int { images.count }

  /// The images that could not be read so far, and are left out of their batches.
  public var broken: [BrokenImage] { state.broken { images[$0].path } }

  /// Returns an image with what a model found on it, to be added to a metric.
  ///
  /// - Parameter detections: in the image's own pixels (`ImagePlacement.original`).
  public func evaluatedImage(_ index: Int, detections: [DetectedBox]) -> EvaluatedImage {
    EvaluatedImage(image: index, truth: images[index].boxes, detections: detections)
  }

  /// Opens training batches, changed anew in each epoch, prepared on other threads.
  ///
  /// A batch has fewer images than were asked for where some of them are broken; `next()` throws
  /// `DataError.noneLeft` where none is left in a training batch, `DataError.tooManyBroken` where more than one image in a
  /// hundred is broken.
  public func trainingLoader(
    _ order: BatchOrder, augmentation: BoxAugmentation, seed: UInt64, workers: Int
  ) -> BatchLoader<BoxBatch> {
    batches(order, workers: workers) { [self] sample, request, batch, reader throws(ImageFault) in
      var stream = RandomStream(
        seed: seed, for: .augmentation, epoch: request.epoch, index: numbers?[sample] ?? sample)
      let pieces = augmentation.pieces(
        of: sample, among: images, width: frame.width, height: frame.height, &stream)
      try draw(pieces, of: sample, in: batch, reader, minimumVisible: augmentation.minimumVisible)
      augmentation.colorJitter?.apply(to: batch.image(batch.count), stream: &stream)
    }
  }

  /// Opens evaluation batches: each image whole, in the upper left corner of its frame.
  public func evaluationLoader(_ order: BatchOrder, workers: Int) -> BatchLoader<BoxBatch> {
    batches(order, workers: workers) { [self] sample, _, batch, reader throws(ImageFault) in
      let placement = frame.placement(
        width: images[sample].width, height: images[sample].height)
      let piece = BoxAugmentation.Piece(index: sample, tile: frame.tile(placement))
      try draw([piece], of: sample, in: batch, reader, minimumVisible: 0)
      batch.placements.append(placement)
    }
  }

  /// Writes an image whole, as large as the target.
  func whole(_ index: Int, to target: PixelImage) throws(ImageFault) {
    try state.withReader { reader throws(ImageFault) in
      try reader.whole(index, of: store, to: target)
    }
  }

  // MARK: One batch

  private func batches(
    _ order: BatchOrder, workers: Int,
    fill: @escaping @Sendable (Int, BatchRequest, BoxBatch, TileReader) throws(ImageFault) -> Void
  ) -> BatchLoader<BoxBatch> {
    BatchLoader(
      order, workers: workers,
      makeBuffer: {
        BoxBatch(
          capacity: min(order.batchSize, max(1, count)), width: frame.width, height: frame.height)
      },
      fill: { [self] request, batch in
        batch.begin(request)
        try state.withReader { reader in
          for sample in request.samples.lazy.map(Int.init) {
            do throws(ImageFault) {
              try fill(sample, request, batch, reader)
            } catch {
              try note(error, sample)
              continue
            }
            batch.end(sample)
          }
        }
        if batch.count == 0 { throw state.noneLeft(of: self.count, in: name) { images[$0].path } }
      })
  }

  /// Draws pieces into the batch's next image; the first is the image itself, without which there is
  /// none, and a broken one of the others leaves its place empty.
  private func draw(
    _ pieces: [BoxAugmentation.Piece], of sample: Int, in batch: BoxBatch, _ reader: TileReader,
    minimumVisible: Double
  ) throws(ImageFault) {
    let image = batch.image(batch.count)
    let covered = pieces.reduce(0) { covered, piece in
      let annotated = images[piece.index]
      let pixels = piece.tile.pixels(
        width: Double(annotated.width), height: Double(annotated.height))
      return covered + (pixels.map { $0.width * $0.height } ?? 0)
    }
    if covered < frame.width * frame.height {
      image.fill(rows: 0..<frame.height, columns: 0..<frame.width, with: frame.padding)
    }
    for (number, piece) in pieces.enumerated() {
      do throws(ImageFault) {
        try reader.read(piece.index, of: store, piece.tile, to: image)
      } catch {
        guard number > 0 else { throw error }
        state.note(error, piece.index)
        let frame = piece.tile.frame
        image.fill(
          rows: frame.top..<(frame.top + frame.height),
          columns: frame.left..<(frame.left + frame.width), with: self.frame.padding)
        continue
      }
      batch.add(images[piece.index], in: piece.tile, minimumVisible: minimumVisible)
    }
  }

  private func note(_ fault: ImageFault, _ sample: Int) throws {
    if BrokenImage.areTooMany(state.note(fault, sample), of: count), !allowsBroken { throw tooManyBroken() }
  }

  private func tooManyBroken() -> DataError {
    if let first = broken.first, case .otherSize = first.fault, let error = sizesDiffer() {
      return error
    }
    return state.tooManyBroken(of: count, in: name) { images[$0].path }
  }

  /// The error of images that are not of the size that their annotations say, all of them counted; nil where
  /// broken images are allowed, or a header now says otherwise.
  private func sizesDiffer() -> DataError? {
    guard !allowsBroken else { return nil }
    let found = Mutex<[Int: ImageFault]>([:])
    onAllCores(images.count, makeWorker: { ImageDecoder() }) { decoder, index in
      let image = images[index]
      guard let header = try? decoder.header(of: image.path),
        (header.width, header.height) != (image.width, image.height)
      else { return }
      let fault = ImageFault.otherSize(
        width: header.width, height: header.height, annotated: "\(image.width)x\(image.height)")
      found.withLock { $0[index] = fault }
    }
    let faults = found.withLock { $0 }
    guard let first = faults.keys.min(), let fault = faults[first] else { return nil }
    return .sizesDiffer(
      folder: name, count: faults.count, of: count,
      BrokenImage(path: images[first].path, fault: fault))
  }
}

extension ImageFrame {
  /// Where an evaluation image lies.
  func tile(_ placement: ImagePlacement) -> Tile {
    Tile(
      scale: placement.scale,
      frame: PixelRectangle(left: 0, top: 0, width: width, height: height))
  }
}
