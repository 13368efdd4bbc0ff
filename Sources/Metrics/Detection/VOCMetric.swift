import Boxes

/// PASCAL VOC's average precision, over all classes and for each.
///
/// An object that is `isDifficult` need not be found, nor does finding it count; so does a crowd. A
/// second detection of an object counts against the model. Coordinates are VOC's, numbers of pixels:
/// a box from 10 to 19 is ten pixels wide.
///
///     var metric = VOCMetric(classes: 20)
///     metric.add(EvaluatedImage(image: 1, truth: truth, detections: detections))
///     metric.summary(.voc2010).mean    // 0.713
///
/// Images are added in any order and parts are merged; an image that is in already is not counted
/// again. Of equal scores the smaller image number comes first.
///
/// - Source: Everingham, Winn, *The PASCAL Visual Object Classes Challenge 2010 Development Kit*,
///   section 3.4, and `VOCevaldet.m` of the kits of 2007 and 2010.
public struct VOCMetric: Sendable {
  /// How precision and recall become one metric.
  public enum Rule: String, Sendable, Hashable, CaseIterable {
    /// The mean of the best precisions at eleven recalls from 0 to 1.
    case voc2007
    /// The area under the curve of best precisions.
    case voc2010
  }

  /// Average precision, from 0 to 1; -1 where no object has to be found.
  public struct Summary: Sendable, Hashable {
    /// The average precision of each class, by its label.
    public let perClass: [Double]

    /// The mean over the classes that have objects.
    public var mean: Double {
      let known = perClass.filter { $0 > -1 }
      return known.isEmpty ? -1 : known.reduce(0, +) / Double(known.count)
    }
  }

  /// The number of classes.
  public let classes: Int
  /// The overlap from which a detection counts.
  public let overlap: Double
  /// The numbers of the images that are in.
  public private(set) var images: Set<Int> = []

  /// A detection that counts, for the model or against it.
  private struct Verdict {
    var image: Int
    var label: Int
    var rank: Int
    var score: Double
    var isRight: Bool
  }

  /// How many objects of a class have to be found on an image.
  private struct Tally {
    var image: Int
    var label: Int
    var count: Int
  }

  private var verdicts: [Verdict] = []
  private var tallies: [Tally] = []

  /// Creates a metric without images.
  public init(classes: Int, overlap: Double = 0.5) {
    self.classes = classes
    self.overlap = overlap
  }

  /// Adds an image.
  public mutating func add(_ evaluated: EvaluatedImage) {
    guard images.insert(evaluated.image).inserted else { return }
    var taken = [Bool](repeating: false, count: evaluated.truth.count)
    for (label, objects) in Dictionary(grouping: evaluated.truth, by: \.label) {
      let count = objects.count { !$0.needNotBeFound }
      tallies.append(Tally(image: evaluated.image, label: label, count: count))
    }
    let sorted = evaluated.detections.enumerated().sorted { a, b in
      a.element.score != b.element.score
        ? a.element.score > b.element.score : a.offset < b.offset
    }
    for (rank, (_, detected)) in sorted.enumerated() {
      var (best, highest) = (-1, -Double.infinity)
      for (index, object) in evaluated.truth.enumerated() where object.label == detected.label {
        let overlap = pixelOverlap(detected.box, object.box)
        if overlap > highest { (best, highest) = (index, overlap) }
      }
      let isFound = highest >= overlap
      if isFound, evaluated.truth[best].needNotBeFound { continue }
      verdicts.append(
        Verdict(
          image: evaluated.image, label: detected.label, rank: rank, score: detected.score,
          isRight: isFound && !taken[best]))
      if isFound { taken[best] = true }
    }
  }

  /// Adds what another process, or another part of the data, has accumulated.
  public mutating func merge(_ other: VOCMetric) {
    precondition(
      classes == other.classes && overlap == other.overlap,
      "Only metrics of the same classes and overlap can be merged.")
    verdicts += other.verdicts.filter { !images.contains($0.image) }
    tallies += other.tallies.filter { !images.contains($0.image) }
    images.formUnion(other.images)
  }

  /// The metrics over the images so far.
  public func summary(_ rule: Rule) -> Summary {
    let verdicts = Dictionary(grouping: verdicts, by: \.label)
    let needed = tallies.reduce(into: [Int: Int]()) { $0[$1.label, default: 0] += $1.count }
    return Summary(
      perClass: (0..<classes).map { label in
        let sorted = (verdicts[label] ?? []).sorted { a, b in
          a.score != b.score ? a.score > b.score : (a.image, a.rank) < (b.image, b.rank)
        }
        return rule.averagePrecision(sorted.map(\.isRight), needed: needed[label] ?? 0)
      })
  }
}

extension VOCMetric.Rule {
  /// The development kit's `0:0.1:1`, which MATLAB counts up from 0 and down from 1: its fourth is
  /// above three tenths by rounding, and its eighth is not above seven.
  private static let recalls: [Double] = (0...10).map { (tenth: Int) -> Double in
    if tenth <= 5 { return Double(tenth) * 0.1 }
    return 1 - Double(10 - tenth) * 0.1
  }

  /// The metric of one class, from its detections by falling score.
  func averagePrecision(_ rights: [Bool], needed: Int) -> Double {
    guard needed > 0 else { return -1 }
    var curve: [(recall: Double, precision: Double)] = []
    var right = 0.0
    for (index, isRight) in rights.enumerated() where isRight {
      right += 1
      curve.append((right / Double(needed), right / Double(index + 1)))
    }
    for index in curve.indices.dropLast().reversed() {
      curve[index].precision = max(curve[index].precision, curve[index + 1].precision)
    }
    switch self {
    case .voc2007:
      let sum = Self.recalls.reduce(0.0) { sum, recall in
        sum + (curve.first { $0.recall >= recall }?.precision ?? 0)
      }
      return sum / 11
    case .voc2010:
      var (area, last) = (0.0, 0.0)
      for point in curve {
        area += (point.recall - last) * point.precision
        last = point.recall
      }
      return area
    }
  }
}

extension AnnotatedBox {
  /// Whether VOC's rules leave the object out.
  fileprivate var needNotBeFound: Bool { isDifficult || isCrowd }
}

/// The overlap of boxes whose edges are numbers of pixels, both included.
private func pixelOverlap(_ a: Box, _ b: Box) -> Double {
  let width = min(a.maxX, b.maxX) - max(a.x, b.x) + 1
  let height = min(a.maxY, b.maxY) - max(a.y, b.y) + 1
  guard width > 0, height > 0 else { return -.infinity }
  let shared = width * height
  return shared
    / ((a.width + 1) * (a.height + 1) + (b.width + 1) * (b.height + 1) - shared)
}
