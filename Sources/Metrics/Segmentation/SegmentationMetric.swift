import Masks
import Numbers

/// The metrics of a segmentation: Dice, IoU, boundaries, and instances, per case and pooled.
///
///     var metric = SegmentationMetric(classes: 2)
///     metric.add(0, truth: truth, prediction: prediction)
///     metric.summary.values   // [("dice", 0.91), ("iou", 0.84), ...]
///
/// Images are added in any order; parts of a data set that were evaluated apart are merged. One that is in
/// already is not counted again, so that the padded share of a process does no harm.
public struct SegmentationMetric: Sendable, Hashable, Codable {
  /// The number of classes, the background among them.
  public let classes: Int
  /// Whether boundaries are evaluated, which takes most of the time.
  public let measuresBoundaries: Bool

  private var byIndex: [Int: CaseMetrics] = [:]

  /// Creates a metric without images.
  public init(classes: Int, boundaries: Bool = true) {
    precondition(classes > 0, "A segmentation needs a class.")
    self.classes = classes
    measuresBoundaries = boundaries
  }

  /// Adds an image.
  ///
  /// - Parameters:
  ///   - index: its number in its set.
  ///   - truth: the class of each pixel.
  ///   - prediction: the class that each pixel is predicted as.
  ///   - instances: maps of the instances in truth and prediction, if they are to be matched.
  /// - Precondition: all maps are of one size.
  public mutating func add(
    _ index: Int, truth: LabelMap, prediction: LabelMap,
    instances: (truth: LabelMap, prediction: LabelMap)? = nil
  ) {
    guard byIndex[index] == nil else { return }
    add(
      CaseMetrics(
        index: index, classes: classes, truth: truth, prediction: prediction,
        boundaries: measuresBoundaries, instances: instances))
  }

  /// Adds an image that was evaluated elsewhere, on another thread for one.
  public mutating func add(_ metrics: CaseMetrics) {
    if byIndex[metrics.index] == nil { byIndex[metrics.index] = metrics }
  }

  /// Adds what another process, or another part of the data, has accumulated.
  public mutating func merge(_ other: SegmentationMetric) {
    precondition(classes == other.classes, "Only metrics of the same classes can be merged.")
    byIndex.merge(other.byIndex) { own, _ in own }
  }

  /// The metrics of each image, by image number.
  public var cases: [CaseMetrics] { byIndex.values.sorted { $0.index < $1.index } }

  /// The images with the lowest and the highest Dice, the most extreme first; none is in both.
  ///
  /// - Returns: their numbers, with their Dice.
  public func extremes(
    worst: Int, best: Int
  ) -> (worst: [(index: Int, dice: Double)], best: [(index: Int, dice: Double)]) {
    let scored = cases.compactMap { own in own.dice.map { (index: own.index, dice: $0) } }
    let order = scored.sorted { ($0.dice, $0.index) < ($1.dice, $1.index) }
    let low = order.prefix(worst)
    return (Array(low), order.dropFirst(low.count).suffix(best).reversed())
  }

  /// The metrics over the images so far.
  public var summary: SegmentationSummary { SegmentationSummary(cases, classes: classes) }
}

/// The metrics of a segmentation of several images, for each class and over all.
///
/// A metric *per case* is the mean over images, of a class over those in which it is defined; then the
/// mean over the classes but the background, as nnU-Net has it. A metric that is *pooled* is that of all
/// images' pixels together, in which a large object counts for more. A metric is nil where nothing
/// defines it.
public struct SegmentationSummary: Sendable, Hashable {
  /// The metrics of one class.
  public struct Row: Sendable, Hashable, Codable {
    /// The mean Dice over images.
    @NilAsNull public var dice: Double?
    /// The mean intersection over union over images.
    @NilAsNull public var iou: Double?
    /// Dice of all pixels together.
    @NilAsNull public var dicePooled: Double?
    /// Intersection over union of all pixels together.
    @NilAsNull public var iouPooled: Double?
    /// The mean HD95 over images in which the class is in truth and prediction, in pixels.
    @NilAsNull public var hd95: Double?
    /// Images in which the class is in one of both only, which have no HD95.
    public var hd95Missing: Int
    /// The mean boundary IoU over images.
    @NilAsNull public var boundaryIoU: Double?
    /// The mean boundary F1 over images.
    @NilAsNull public var boundaryF1: Double?

    enum CodingKeys: String, CodingKey {
      case dice, iou, hd95
      case dicePooled = "dice_pooled"
      case iouPooled = "iou_pooled"
      case hd95Missing = "hd95_missing"
      case boundaryIoU = "boundary_iou"
      case boundaryF1 = "boundary_f1"
    }
  }

  /// The number of images.
  public let images: Int
  /// The classes, by number; the background's boundary is not evaluated.
  public let rows: [Row]
  /// Whether instances were evaluated too.
  public let hasInstances: Bool
  /// The share of all pixels that are predicted as their own class.
  public let pixelAccuracy: Double?
  /// The mean over images of TP / (TP + FP + FN) of instances at an overlap above 0.5.
  public let ap50: Double?
  /// The mean over images of the mean of that over the overlaps from 0.5 to 0.95.
  public let ap: Double?
  /// TP / (TP + FP + FN) at an overlap above 0.5 of all images' instances together.
  public let ap50Pooled: Double?

  /// Works metrics out.
  init(_ cases: [CaseMetrics], classes: Int) {
    images = cases.count
    rows = (0..<classes).map { Row(cases, of: $0) }
    let correct = cases.reduce(0) { $0 + $1.overlaps.reduce(0) { $0 + $1.both } }
    pixelAccuracy = share(correct, of: cases.reduce(0) { $0 + $1.pixels })
    let matches = cases.compactMap(\.instances)
    hasInstances = !matches.isEmpty
    ap50 = mean(matches.map(\.ap50))
    ap = mean(matches.map(\.ap))
    let found = matches.reduce(0) { $0 + $1.found[0] }
    ap50Pooled = share(found, of: matches.reduce(0) { $0 + $1.truth + $1.predicted } - found)
  }

  /// The mean over the classes but the background.
  private func foreground(_ value: (Row) -> Double?) -> Double? {
    mean(rows.dropFirst().map(value))
  }

  /// The mean Dice per case, over the classes without the background.
  public var dice: Double? { foreground(\.dice) }
  /// Intersection over union per case.
  public var iou: Double? { foreground(\.iou) }
  /// The Dice of all images' pixels together, the mean over the classes without the background.
  public var dicePooled: Double? { foreground(\.dicePooled) }
  /// Intersection over union pooled.
  public var iouPooled: Double? { foreground(\.iouPooled) }
  /// The mean over all classes, the background too, of their intersection over union in one confusion
  /// matrix of all pixels; classes that are nowhere are left out.
  ///
  /// - Source: torchvision's segmentation references.
  public var meanIoU: Double? { mean(rows.map(\.iouPooled)) }
  /// HD95 per case, in pixels.
  public var hd95: Double? { foreground(\.hd95) }
  /// Boundary IoU per case.
  public var boundaryIoU: Double? { foreground(\.boundaryIoU) }
  /// Boundary F1 per case.
  public var boundaryF1: Double? { foreground(\.boundaryF1) }
  /// Pairs of image and class that have no HD95, since the class is in truth or prediction only.
  public var hd95Missing: Int { rows.dropFirst().reduce(0) { $0 + $1.hd95Missing } }

  /// The metrics of classes, the one that a segmentation is known by first; `Guides/segmentation.md` defines
  /// them.
  public static let classMetrics: [MetricDeclaration<SegmentationSummary>] = [
    .init("dice", "Dice, mean per case", short: "Dice") { $0.dice },
    .init("iou", "IoU, mean per case", isLogged: false) { $0.iou },
    .init("dice_pooled", "Dice, pooled", isLogged: false) { $0.dicePooled },
    .init("iou_pooled", "IoU, pooled", isLogged: false) { $0.iouPooled },
    .init("mean_iou", "mean IoU with the background") { $0.meanIoU },
    .init("pixel_accuracy", "pixel accuracy") { $0.pixelAccuracy },
    .init("hd95", "HD95, pixels", better: .smaller, digits: 2, isLogged: false) { $0.hd95 },
    .init("boundary_iou", "boundary IoU", isLogged: false) { $0.boundaryIoU },
    .init("boundary_f1", "boundary F1", isLogged: false) { $0.boundaryF1 },
  ]

  /// The metrics of instances.
  public static let instanceMetrics: [MetricDeclaration<SegmentationSummary>] = [
    .init("ap50", "instances at 0.5") { $0.ap50 },
    .init("ap", "instances at 0.5 to 0.95", isLogged: false) { $0.ap },
    .init("ap50_pooled", "instances at 0.5, pooled", isLogged: false) { $0.ap50Pooled },
  ]

  /// All metrics, in the order in which they are shown.
  public static var metrics: [MetricDeclaration<SegmentationSummary>] {
    classMetrics + instanceMetrics
  }

  /// The metrics by name, in the order in which they are shown, NaN where one is undefined; those of instances
  /// where instances were evaluated.
  public var values: [(name: String, value: Double)] {
    (hasInstances ? Self.metrics : Self.classMetrics).map { ($0.description.name, $0.value(self) ?? .nan) }
  }
}

extension SegmentationSummary.Row {
  /// One class's metrics over images.
  fileprivate init(_ cases: [CaseMetrics], of label: Int) {
    dice = mean(cases.map { $0.overlaps[label].dice })
    iou = mean(cases.map { $0.overlaps[label].iou })
    let pooled = cases.reduce(into: ClassOverlap()) { $0 += $1.overlaps[label] }
    dicePooled = pooled.dice
    iouPooled = pooled.iou
    let boundaries = cases.compactMap { own in
      label >= 1 && label <= own.boundaries.count ? own.boundaries[label - 1] : nil
    }
    hd95 = mean(boundaries.map { $0.hd95.flatMap { $0.isFinite ? $0 : nil } })
    hd95Missing = boundaries.count { $0.hd95 == .infinity }
    boundaryIoU = mean(boundaries.map(\.boundaryIoU))
    boundaryF1 = mean(boundaries.map(\.boundaryF1))
  }
}
