import Foundation
import Masks
import Synchronization

/// Masks in two folders that are of the same images: predicted ones, and true ones.
///
/// What their numbers stand for is found for each folder by itself: the truth may be black and white, and
/// the predictions 0 and 1. Whether one value beside 0 is the foreground is decided by both (`ForegroundValues`).
public struct PredictedMasks: Sendable {
  /// What the masks are called, without extensions, sorted by their bytes.
  public let names: [String]
  /// What the classes are called, by number.
  public let classNames: [String]
  /// Whether the masks say which instance a pixel belongs to.
  public let isInstance: Bool

  private let predictions: [String]
  private let truths: [String]
  private let predictedScheme: MaskScheme
  private let trueScheme: MaskScheme

  /// Lists two folders, and reads every mask in them once.
  ///
  /// Names and colors of the classes are read in `classes.txt`, in the true masks' folder or above it.
  ///
  /// - Throws: `MaskError`, `DataError`: one sentence with the file.
  public init(predictions: String, groundTruth: String) throws {
    let known = try Self.list(groundTruth)
    var predicted = try Self.list(predictions)
    // What `predict --overlays` writes beside the masks is none of them.
    for name in predicted.keys where known[name + "-overlay"] == nil { predicted[name + "-overlay"] = nil }
    names = known.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !names.isEmpty else {
      throw MaskError.noImages(folder: groundTruth, part: "evaluation")
    }
    for name in predicted.keys.sorted() where known[name] == nil {
      throw MaskError.noTruth(
        prediction: predicted[name] ?? name, lookedFor: "\(groundTruth)/\(name).png")
    }
    (self.predictions, truths) = (
      try names.map { name in
        guard let file = predicted[name] else {
          throw MaskError.noPrediction(
            truth: known[name] ?? name, lookedFor: "\(predictions)/\(name).png")
        }
        return file
      }, names.compactMap { known[$0] }
    )
    let above = URL(fileURLWithPath: groundTruth).deletingLastPathComponent().path
    let classes = try MaskClasses.read(in: groundTruth) ?? MaskClasses.read(in: above)
    let (trueFindings, predictedFindings) = (
      try Self.survey(truths), try Self.survey(self.predictions)
    )
    let isNamed = URL(fileURLWithPath: groundTruth).lastPathComponent == "instances"
    let values = (
      truth: ForegroundValues.values(of: trueFindings),
      prediction: ForegroundValues.values(of: predictedFindings)
    )
    let foreground = ForegroundValues(truth: values.truth, prediction: values.prediction)
    trueScheme = try MaskSurvey.scheme(
      of: trueFindings, folder: groundTruth, isInstances: isNamed, isVOC: false, classes: classes,
      isByNumber: foreground.isTruthByNumber)
    isInstance = trueScheme.kind == .instances
    // Colors have the order that the true masks' classes have.
    let ordered = trueScheme.names == classes?.names ? classes : classes?.byColor
    let named = MaskClasses(names: trueScheme.names, colors: ordered?.colors ?? [:])
    predictedScheme = try MaskSurvey.scheme(
      of: predictedFindings, folder: predictions, isInstances: isInstance, isVOC: false,
      classes: named, isByNumber: foreground.isPredictionByNumber)
    classNames = trueScheme.names
    if !isInstance, foreground.isTruthByNumber, values.prediction == [255] {
      // As a class by number, 255 is ignored.
      throw MaskError.unclear(
        folder: predictions,
        found: "the value beside 0 is 255, but \(values.truth.map(String.init).joined()) in the true masks",
        remedy: "save both with the same values")
    }
    for (own, other) in zip(trueFindings, predictedFindings) {
      guard own.finding.size == other.finding.size else {
        throw MaskError.masksDiffer(
          prediction: other.file, size: other.finding.size, truth: own.file,
          truthSize: own.finding.size)
      }
      _ = try MaskSurvey.pixelCounts(own.file, own.finding, trueScheme)
      _ = try MaskSurvey.pixelCounts(other.file, other.finding, predictedScheme)
    }
  }

  private static func list(_ folder: String) throws -> [String: String] {
    let listing = FolderListing(folder)
    if let fault = listing.fault { throw DataError.unreadable(file: folder, reason: fault) }
    var files: [String: String] = [:]
    for name in listing.images {
      if let other = files.updateValue(listing.path(of: name), forKey: stem(name)) {
        throw MaskError.twice(file: listing.path(of: name), other: other)
      }
    }
    return files
  }

  private static func survey(
    _ files: [String]
  ) throws -> [(file: String, finding: MaskSurvey.Finding)] {
    let read = try inOrder(files.count) { decoder, index in
      MaskSurvey.Finding(try mask(files[index], decoder))
    }
    return Array(zip(files, read))
  }

  private static func mask(_ file: String, _ decoder: ImageDecoder) throws -> RawMask {
    do throws(ImageDecoder.MaskFault) { return try decoder.mask(of: file) } catch {
      switch error {
      case .notPNG, .image(.otherKind): throw MaskError.notPNG(file: file)
      case .image(let fault): throw DataError.unreadable(file: file, reason: "\(fault)")
      }
    }
  }

  /// Does something with every pair of masks, on all cores, and returns the results in order.
  ///
  /// - Throws: `MaskError`, `DataError` for a file that was changed meanwhile.
  public func map<Value: Sendable>(
    _ body: @Sendable (_ index: Int, _ truth: LabelMap, _ prediction: LabelMap) -> Value
  ) throws -> [Value] {
    try Self.inOrder(names.count) { decoder, index in
      let truth = trueScheme.labels(of: try Self.mask(truths[index], decoder))
      let prediction = predictedScheme.labels(of: try Self.mask(predictions[index], decoder))
      guard (truth.width, truth.height) == (prediction.width, prediction.height) else {
        throw DataError.unreadable(file: predictions[index], reason: "it has been changed")
      }
      return body(index, truth, prediction)
    }
  }

  /// Works out a value for each index, on all cores; of several errors the first is thrown.
  private static func inOrder<Value: Sendable>(
    _ count: Int, _ body: @Sendable (ImageDecoder, Int) throws -> Value
  ) throws -> [Value] {
    let results = Mutex([Result<Value, any Error>?](repeating: nil, count: count))
    onAllCores(count, makeWorker: { ImageDecoder() }) { decoder, index in
      let result = Result { try body(decoder, index) }
      results.withLock { $0[index] = result }
    }
    return try results.withLock { $0 }.compactMap { try $0?.get() }
  }
}
