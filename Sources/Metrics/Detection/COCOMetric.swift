import Boxes
import Foundation
import Numbers

/// COCO's twelve metrics of object detection, over all classes and for each.
///
/// Images are added in any order, one by one or many at once on all cores; parts of a data set that
/// were evaluated apart are merged. An image that is in already is not counted again, so that the padded
/// share of a process does no harm.
///
///     var metric = COCOMetric(classes: 3)
///     metric.add(EvaluatedImage(image: 1, truth: truth, detections: detections))
///     metric.summary().mean[.ap]    // 0.413
///
/// A box that is a crowd may be found any number of times, and need not be. `isDifficult` is not
/// heeded, as pycocotools does not heed `ignore`. Labels outside `0..<classes` are left out.
///
/// - Source: equal to pycocotools' `COCOeval` for boxes, to rounding (1e-12 in the tests).
public struct COCOMetric: Sendable {
  /// The number of classes.
  public let classes: Int
  /// The numbers of the images that are in.
  public private(set) var images: Set<Int> = []

  private var matches: [COCOMatcher.Match] = []
  private var tallies: [COCOMatcher.Tally] = []
  private var matcher = COCOMatcher()

  /// Creates a metric without images.
  public init(classes: Int) { self.classes = classes }

  /// Adds an image.
  public mutating func add(_ evaluated: EvaluatedImage) {
    guard images.insert(evaluated.image).inserted else { return }
    matcher.add(evaluated, matches: &matches, tallies: &tallies)
  }

  /// Adds images, on all cores.
  public mutating func add(contentsOf evaluated: [EvaluatedImage]) {
    let (classes, share) = (classes, 64)
    let parts = inParallel((evaluated.count + share - 1) / share) { part in
      var metric = COCOMetric(classes: classes)
      for image in evaluated[(part * share)..<min(evaluated.count, (part + 1) * share)] {
        metric.add(image)
      }
      return metric
    }
    for part in parts { merge(part) }
  }

  /// Adds what another process, or another part of the data, has accumulated.
  public mutating func merge(_ other: COCOMetric) {
    precondition(classes == other.classes, "Only metrics of the same classes can be merged.")
    if images.isDisjoint(with: other.images) {
      matches += other.matches
      tallies += other.tallies
    } else {
      matches += other.matches.filter { !images.contains($0.image) }
      tallies += other.tallies.filter { !images.contains($0.image) }
    }
    images.formUnion(other.images)
  }

  /// The metrics over the images so far; classes are worked out on all cores.
  public func summary() -> COCOSummary {
    let accumulators = accumulators()
    return COCOSummary(perClass: inParallel(classes) { accumulators[$0].summary() })
  }

  /// What each class's metrics are worked out from.
  func accumulators() -> [COCOAccumulator] {
    var needed = [SIMD4<Int32>](repeating: .zero, count: classes)
    for tally in tallies where needed.indices.contains(Int(tally.label)) {
      needed[Int(tally.label)] &+= tally.counts
    }
    var sorted = [[COCOMatcher.Match]](repeating: [], count: classes)
    for match in matches where sorted.indices.contains(Int(match.label)) {
      sorted[Int(match.label)].append(match)
    }
    return inParallel(classes) { [needed, sorted] label in
      COCOAccumulator(matches: sorted[label], needed: needed[label])
    }
  }
}

// As bytes: there are up to a hundred matches for each image.
extension COCOMetric: Codable {
  private enum CodingKeys: CodingKey { case classes, images, matches, tallies }

  /// Reads what another process has accumulated.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(classes: try container.decode(Int.self, forKey: .classes))
    images = try container.decode(Set<Int>.self, forKey: .images)
    matches = try container.decode(Data.self, forKey: .matches).elements()
    tallies = try container.decode(Data.self, forKey: .tallies).elements()
  }

  /// Writes it for a process of the same program on the same kind of processor.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(classes, forKey: .classes)
    try container.encode(images, forKey: .images)
    try container.encode(matches.withUnsafeBytes { Data($0) }, forKey: .matches)
    try container.encode(tallies.withUnsafeBytes { Data($0) }, forKey: .tallies)
  }
}

extension Data {
  /// The elements whose bytes these are.
  fileprivate func elements<Element: BitwiseCopyable>() -> [Element] {
    let count = self.count / MemoryLayout<Element>.stride
    return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = copyBytes(to: buffer) / MemoryLayout<Element>.stride
    }
  }
}
