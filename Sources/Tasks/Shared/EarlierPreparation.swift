import Datasets
import Runs
import Torch
import Training

/// How images were prepared when a run was trained last, so that it continues with images of the same size and the same
/// normalization, also where others have been added since.
///
/// What follows from the data, such as their common size or their mean, would be another number where they are others.
struct EarlierPreparation: Sendable, Codable {
  /// That of the run that continues in this task; nil for a run without a checkpoint.
  @TaskLocal static var current: EarlierPreparation?

  /// What its newest checkpoint says.
  private let metadata: [String: String]

  init(_ metadata: [String: String]) { self.metadata = metadata }

  /// The shape and the normalization of a classifier's images; nil for other tasks.
  var preprocessing: Preprocessing? { Preprocessing(metadata: metadata) }

  /// The frame of a detector's images; nil for other tasks.
  var frame: ImageFrame? { ImageFrame(metadata: metadata) }

  /// The normalization and how many of 16 bits are filled.
  var normalization: ImageNormalization? {
    [3, 1].lazy.compactMap { ImageNormalization(metadata: metadata, channels: $0) }.first
  }
}

/// How a run's data were read when it was trained.
private struct EarlierReading: Codable {
  let division: EarlierDivision?
  let preparation: EarlierPreparation?
}

extension RunFolder {
  /// Runs a body in which data are read as they were when the run was trained: where splits are drawn, images stay in the
  /// parts in which they were, and they are prepared as for the newest checkpoint.
  ///
  /// - Throws: `RunError` for a record that is damaged; what the body throws.
  public func readingAsBefore<Value>(_ body: () throws -> Value) throws -> Value {
    let earlier = try ProcessGroup.broadcastFromFirst {
      // A damaged checkpoint is reported where it is loaded.
      EarlierReading(
        division: try readData().flatMap { EarlierDivision($0) },
        preparation: newestCheckpoint.flatMap { try? Checkpoint.readMetadata($0) }.map(EarlierPreparation.init))
    }
    return try EarlierDivision.$current.withValue(earlier.division) {
      try EarlierPreparation.$current.withValue(earlier.preparation, operation: body)
    }
  }
}

extension DataSource {
  /// Reads images in the shape that a model has seen, where there is one: those of another size are resized to it.
  ///
  /// - Throws: what `load` throws.
  func load(_ options: DataOptions, as seen: Preprocessing?) throws -> ImageData {
    guard let seen else { return try load(options) }
    var options = options
    options.channels = seen.channels
    let found = try load(options)
    if seen.width != seen.height, !seen.fits(found.train), let other = seen.firstOtherSize(in: found) {
      throw EvaluationError.otherSize(
        image: other.path, size: [other.width, other.height], wanted: [seen.width, seen.height])
    }
    // Small images that were seen whole are not cropped because one of another size has joined them.
    let isWhole = seen.shortSide == min(seen.width, seen.height)
    let isCropped = isWhole && (found.train as? ImageFileDataset).map { $0.shortSide != seen.shortSide } ?? false
    guard !seen.fits(found.train) || isCropped, seen.width == seen.height, options.imageSize != seen.width
    else { return found }
    options.imageSize = seen.width
    return try load(options)
  }
}
