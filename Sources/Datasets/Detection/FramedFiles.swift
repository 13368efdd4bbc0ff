import Numbers

/// Image files without boxes, in the frame that a detector was trained with.
public struct FramedFiles: Sendable {
  /// The paths of the files.
  public let paths: [String]
  /// The frame into which each image is scaled.
  public let frame: ImageFrame

  private let state: ReadingState<TileReader>

  /// Names files, without looking at them.
  public init(_ paths: [String], in frame: ImageFrame) {
    self.paths = paths
    self.frame = frame
    state = ReadingState(makeReader: { TileReader(filledBits: frame.filledBits) })
  }

  /// The files that could not be read so far, and are left out of their batches.
  public var broken: [BrokenImage] { state.broken { paths[$0] } }

  /// Opens batches of the files, in order, read on other threads; of several processes its share of them.
  ///
  /// A batch has fewer images than were asked for where some of them are broken, perhaps none; its
  /// `samples` say which files it has, its `placements` where each lies.
  public func batches(
    ofAtMost images: Int, share: BatchOrder.Share = .whole, workers: Int
  ) -> BatchLoader<BoxBatch> {
    BatchLoader(
      .evaluation(count: paths.count, batchSize: images).sharing(share), workers: workers,
      makeBuffer: {
        BoxBatch(
          capacity: min(images, max(1, paths.count)), width: frame.width, height: frame.height)
      },
      fill: { [self] request, batch in
        batch.begin(request)
        state.withReader { reader in
          for sample in request.samples.lazy.map(Int.init) {
            do throws(ImageFault) {
              let placement = try reader.read(
                paths[sample], in: frame, to: batch.image(batch.count))
              batch.placements.append(placement)
            } catch {
              state.note(error, sample)
              continue
            }
            batch.end(sample)
          }
        }
      })
  }

  /// Reads one more file as those of a batch are read, on whatever thread asks.
  ///
  /// - Throws: `ImageFault`, also for more pixels than are wanted.
  public func image(_ path: String, maximumPixels: Int) throws(ImageFault) -> FramedImage {
    var pixels = [UInt8](repeating: 0, count: frame.bytes)
    let placement = try state.withReader { reader throws(ImageFault) in
      try reader.photos.check(path, maximumPixels: maximumPixels)
      return try pixels.withUnsafeMutableBufferPointer { target throws(ImageFault) in
        try reader.read(
          path, in: frame,
          to: PixelImage(pixels: target, height: frame.height, width: frame.width, channels: 3))
      }
    }
    return FramedImage(pixels: pixels, placement: placement)
  }
}

/// An image in a frame, as a detector sees it.
public struct FramedImage: Sendable, Hashable {
  /// The frame, [H, W, 3], a byte each.
  public let pixels: [UInt8]
  /// Where the image lies in it.
  public let placement: ImagePlacement
}

extension FramedImage {
  /// Creates a gray image that fills a frame.
  public init(gray frame: ImageFrame) {
    pixels = [UInt8](repeating: 128, count: frame.bytes)
    placement = frame.placement(width: frame.width, height: frame.height)
  }
}

extension TileReader {
  /// Writes a file whose size is not known to the upper left corner of a frame.
  fileprivate func read(
    _ path: String, in frame: ImageFrame, to target: PixelImage
  ) throws(ImageFault) -> ImagePlacement {
    let header = try photos.header(of: path)
    let image = AnnotatedImage(name: path, path: path, width: header.width, height: header.height)
    let placement = frame.placement(width: image.width, height: image.height)
    target.fill(rows: 0..<frame.height, columns: 0..<frame.width, with: frame.padding)
    try read(
      0, of: ImageStore([image], frame: (frame.width, frame.height), zoom: 1, limit: 0),
      frame.tile(placement), to: target)
    return placement
  }
}
