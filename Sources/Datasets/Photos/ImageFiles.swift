import Synchronization

/// Image files without classes, read as a run reads the images that it is judged by.
public struct ImageFiles: Sendable {
  /// Where they lie.
  public let paths: [String]
  /// What becomes of them.
  public let preprocessing: Preprocessing

  private let state = State()

  /// Names files, without looking at them.
  public init(_ paths: [String], as preprocessing: Preprocessing) {
    self.paths = paths
    self.preprocessing = preprocessing
  }

  /// The files that could not be read so far, and are left out of their batches.
  public var broken: [BrokenImage] {
    state.broken.withLock { $0 }.sorted { $0.key < $1.key }
      .map { BrokenImage(path: paths[$0.key], fault: $0.value) }
  }

  /// Opens batches of the files, in order, read on other threads.
  ///
  /// A batch has fewer images than were asked for where some of them are broken, perhaps none; its
  /// `samples` say which files it has. Its labels mean nothing.
  public func batches(ofAtMost images: Int, workers: Int) -> BatchLoader<ImageBatch> {
    let bytes = preprocessing.width * preprocessing.height * preprocessing.channels
    return BatchLoader(
      .evaluation(count: paths.count, batchSize: images), workers: workers,
      makeBuffer: { ImageBatch(capacity: min(images, paths.count), bytesPerImage: bytes) },
      fill: { [self] request, batch in fill(batch, request, bytesPerImage: bytes) })
  }

  /// What the threads share: readers that are not in use, and what was found broken.
  private final class State: Sendable {
    let readers = Mutex<[Reader]>([])
    let broken = Mutex<[Int: ImageFault]>([:])
  }

  /// A reader; it is in one thread's hands at a time.
  private struct Reader: @unchecked Sendable {
    let photos = PhotoReader()
  }

  private func fill(_ batch: ImageBatch, _ request: BatchRequest, bytesPerImage: Int) {
    let reader = state.readers.withLock { $0.popLast() } ?? Reader()
    defer { state.readers.withLock { $0.append(reader) } }
    batch.count = 0
    for sample in request.samples.lazy.map(Int.init) {
      do throws(ImageFault) {
        try reader.photos.read(
          paths[sample], width: preprocessing.width, height: preprocessing.height,
          channels: preprocessing.channels, to: batch.place(batch.count, size: bytesPerImage),
          window: preprocessing.window)
      } catch {
        state.broken.withLock { $0[sample] = error }
        continue
      }
      batch.samples[batch.count] = Int32(sample)
      batch.count += 1
    }
  }
}
