/// How often images of each class were predicted as each class.
///
///     var matrix = ConfusionMatrix(classes: 2)
///     matrix.add(truth: 0, prediction: 1)
///     matrix[truth: 0, prediction: 1]    // 1
///     matrix.metrics(of: 0).recall   // 0
public struct ConfusionMatrix: Sendable, Hashable, Codable {
  /// The number of classes.
  public let classes: Int
  /// Images by their true class and the one they were predicted as, row by row.
  private var counts: [Int]

  /// What a matrix says of one class.
  ///
  /// - Source: precision tp / (tp + fp), recall tp / (tp + fn), F1 2 tp / (2 tp + fp + fn); equal to
  ///   scikit-learn's `precision_recall_fscore_support`, with nil where that divides nothing by nothing.
  public struct ClassMetrics: Sendable, Hashable {
    /// Images of this class.
    public let count: Int
    /// Images that were predicted as this class.
    public let predicted: Int
    /// Images of this class that were predicted as it.
    public let correct: Int

    /// Of the images that were predicted as this class, the share that is of it.
    public var precision: Double? { Self.share(correct, of: predicted) }
    /// Of the images of this class, the share that was predicted as it.
    public var recall: Double? { Self.share(correct, of: count) }
    /// The harmonic mean of precision and recall.
    public var f1: Double? { Self.share(2 * correct, of: count + predicted) }

    private static func share(_ part: Int, of whole: Int) -> Double? {
      whole == 0 ? nil : Double(part) / Double(whole)
    }
  }

  /// Creates a matrix without images.
  public init(classes: Int) {
    precondition(classes > 0, "A confusion matrix needs a class.")
    self.classes = classes
    counts = [Int](repeating: 0, count: classes * classes)
  }

  /// The images of one class that were predicted as another, or as itself.
  public subscript(truth truth: Int, prediction prediction: Int) -> Int {
    counts[truth * classes + prediction]
  }

  /// A row a true class, a column a prediction.
  public var rows: [[Int]] {
    (0..<classes).map { Array(counts[($0 * classes)..<(($0 + 1) * classes)]) }
  }

  /// The number of images.
  public var count: Int { counts.reduce(0, +) }

  /// Adds an image.
  ///
  /// - Precondition: both are from 0 to below the number of classes.
  public mutating func add(truth: Int, prediction: Int) {
    precondition(
      (0..<classes).contains(truth) && (0..<classes).contains(prediction),
      "Classes \(truth) and \(prediction) must be below \(classes).")
    counts[truth * classes + prediction] += 1
  }

  /// Adds what another process, or another part of the data, has counted.
  public mutating func merge(_ other: ConfusionMatrix) {
    precondition(classes == other.classes, "Only matrices of the same classes can be merged.")
    for position in counts.indices { counts[position] += other.counts[position] }
  }

  /// The images of each class, and those of which it was predicted.
  public var classCounts: ClassCounts {
    ClassCounts(
      images: rows.map { $0.reduce(0, +) },
      correct: (0..<classes).map { self[truth: $0, prediction: $0] })
  }

  /// The metrics of one class.
  public func metrics(of label: Int) -> ClassMetrics {
    ClassMetrics(
      count: (0..<classes).reduce(0) { $0 + self[truth: label, prediction: $1] },
      predicted: (0..<classes).reduce(0) { $0 + self[truth: $1, prediction: label] },
      correct: self[truth: label, prediction: label])
  }
}
