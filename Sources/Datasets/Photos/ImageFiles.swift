import Numbers

/// Image files without classes, read as a run reads its evaluation images.
public struct ImageFiles: Sendable {
  /// The paths of the files.
  public let paths: [String]
  /// How a file becomes an input of the network.
  public let preprocessing: Preprocessing

  private let state: ReadingState<PhotoReader>

  /// Names files, without looking at them.
  public init(_ paths: [String], as preprocessing: Preprocessing) {
    self.paths = paths
    self.preprocessing = preprocessing
    state = ReadingState(makeReader: {
      PhotoReader(
        filledBits: preprocessing.filledBits, interpolation: preprocessing.interpolation)
    })
  }

  /// The files that could not be read so far, and are left out of their batches.
  public var broken: [BrokenImage] { state.broken { paths[$0] } }

  /// Opens batches of the files, in order, read on other threads; of several processes its share of them.
  ///
  /// A batch has fewer images than were asked for where some of them are broken, perhaps none; its
  /// `samples` say which files it has. Its labels mean nothing.
  public func batches(
    ofAtMost images: Int, share: BatchOrder.Share = .whole, workers: Int
  ) -> BatchLoader<ImageBatch> {
    let bytes = preprocessing.width * preprocessing.height * preprocessing.channels
    return BatchLoader(
      .evaluation(count: paths.count, batchSize: images).sharing(share), workers: workers,
      makeBuffer: { ImageBatch(capacity: min(images, paths.count), bytesPerImage: bytes) },
      fill: { [self] request, batch in fill(batch, request, bytesPerImage: bytes) })
  }

  /// Reads one more file as those of a batch are read, on whatever thread asks: its bytes, [H, W, C].
  ///
  /// - Throws: `ImageFault`, also for more pixels than are wanted.
  public func pixels(of path: String, maximumPixels: Int) throws(ImageFault) -> [UInt8] {
    var pixels = [UInt8](
      repeating: 0, count: preprocessing.width * preprocessing.height * preprocessing.channels)
    try state.withReader { photos throws(ImageFault) in
      try photos.check(path, maximumPixels: maximumPixels)
      try pixels.withUnsafeMutableBufferPointer { target throws(ImageFault) in
        try photos.read(
          path, width: preprocessing.width, height: preprocessing.height,
          channels: preprocessing.channels, to: target, window: preprocessing.window)
      }
    }
    return pixels
  }

  private func fill(_ batch: ImageBatch, _ request: BatchRequest, bytesPerImage: Int) {
    batch.count = 0
    state.withReader { photos in
      for sample in request.samples.lazy.map(Int.init) {
        do throws(ImageFault) {
          try photos.read(
            paths[sample], width: preprocessing.width, height: preprocessing.height,
            channels: preprocessing.channels, to: batch.slot(batch.count, size: bytesPerImage),
            window: preprocessing.window)
        } catch {
          state.note(error, sample)
          continue
        }
        batch.samples[batch.count] = Int32(sample)
        batch.count += 1
      }
    }
  }
}
