/// Which labels a classifier's out-of-sample predictions doubt.
///
/// A class's threshold is the mean probability of the class over the images that have its label. An image
/// counts as one of a class confidently if the class's probability reaches its threshold; of several such classes
/// the most likely counts. Where that is another class than the label, and the label is not the most likely class,
/// the label is doubted.
///
/// - Source: Northcutt, Jiang, Chuang, *Confident Learning: Estimating Uncertainty in Dataset Labels* (2021),
///   section 3.1; agrees with cleanlab's `find_label_issues` with `filter_by="confident_learning"`.
public struct ConfidentLearning: Sendable, Hashable {
  /// A label that is doubted.
  public struct Issue: Sendable, Hashable {
    /// The image's place among those that were given.
    public var image: Int
    /// The label that it has.
    public var given: Int
    /// The most likely class.
    public var suggested: Int
    /// The probability of the given label, from 0 to 1: the lower, the more it is doubted (cleanlab's
    /// `self_confidence`).
    public var quality: Double
    /// The probability of the suggested class.
    public var probability: Double
  }

  /// The threshold of each class; above 1 where no image has its label.
  public let thresholds: [Double]
  /// Images by their label (a row) and the class that they confidently are (a column).
  public let confidentJoint: [[Int]]
  /// The labels that are doubted, the most doubtful first.
  public let issues: [Issue]

  /// By how much a probability may stay below what it is compared with, against rounding.
  private static let tolerance = 1e-6
  /// A class's threshold at least.
  private static let lowestThreshold = 2e-6

  /// Looks at predictions of images on which the model was not trained.
  ///
  /// - Parameters:
  ///   - probabilities: of each image a probability for each class.
  ///   - labels: the class that each image is said to have.
  /// - Precondition: there are as many labels as images, and each image has `classes` probabilities.
  public init(probabilities: [[Double]], labels: [Int], classes: Int) {
    precondition(
      probabilities.count == labels.count && probabilities.allSatisfy { $0.count == classes },
      "Each image has a label and a probability for each class.")
    var sums = [Double](repeating: 0, count: classes)
    var counts = [Int](repeating: 0, count: classes)
    for (own, label) in zip(probabilities, labels) {
      sums[label] += own[label]
      counts[label] += 1
    }
    let thresholds = (0..<classes).map {
      counts[$0] == 0 ? 2 : max(Self.lowestThreshold, sums[$0] / Double(counts[$0]))
    }
    var joint = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    var issues: [Issue] = []
    for (image, (own, label)) in zip(probabilities, labels).enumerated() {
      let confident = own.indices.filter { own[$0] >= thresholds[$0] - Self.tolerance }
      guard let first = confident.first else { continue }
      let best = own.indices.reduce(0) { own[$1] > own[$0] ? $1 : $0 }
      let guess = confident.count > 1 ? best : first
      joint[label][guess] += 1
      let isLikeliest = own.indices.allSatisfy {
        $0 == label || own[$0] < own[label] + Self.tolerance
          || own[$0] == own[label] + Self.tolerance && label < $0
      }
      guard guess != label, !isLikeliest else { continue }
      issues.append(
        Issue(
          image: image, given: label, suggested: best, quality: own[label], probability: own[best]))
    }
    self.thresholds = thresholds
    confidentJoint = joint
    self.issues = issues.sorted { ($0.quality, $0.image) < ($1.quality, $1.image) }
  }
}
