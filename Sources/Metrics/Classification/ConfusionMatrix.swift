/// How often images of each class were predicted as each class.
///
///     var matrix = ConfusionMatrix(classes: 2)
///     matrix.add(truth: 0, answer: 1)
///     matrix[truth: 0, answer: 1]    // 1
///     matrix.figures(of: 0).recall   // 0
public struct ConfusionMatrix: Sendable, Hashable {
  /// The number of classes.
  public let classes: Int
  /// Images by their true class and the one they were predicted as, row by row.
  private var counts: [Int]

  /// What a matrix says of one class.
  ///
  /// - Source: precision tp / (tp + fp), recall tp / (tp + fn), F1 2 tp / (2 tp + fp + fn); equal to
  ///   scikit-learn's `precision_recall_fscore_support`, with nil where that divides nothing by nothing.
  public struct ClassFigures: Sendable, Hashable {
    /// Images of this class.
    public let count: Int
    /// Images that were predicted as this class.
    public let answered: Int
    /// Images of this class that were predicted as it.
    public let correct: Int

    /// Of the images that were predicted as this class, the share that is of it.
    public var precision: Double? { Self.share(correct, of: answered) }
    /// Of the images of this class, the share that was predicted as it.
    public var recall: Double? { Self.share(correct, of: count) }
    /// The harmonic mean of precision and recall.
    public var f1: Double? { Self.share(2 * correct, of: count + answered) }

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
  public subscript(truth truth: Int, answer answer: Int) -> Int {
    counts[truth * classes + answer]
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
  public mutating func add(truth: Int, answer: Int) {
    precondition(
      (0..<classes).contains(truth) && (0..<classes).contains(answer),
      "Classes \(truth) and \(answer) must be below \(classes).")
    counts[truth * classes + answer] += 1
  }

  /// Adds what another process, or another part of the data, has counted.
  public mutating func merge(_ other: ConfusionMatrix) {
    precondition(classes == other.classes, "Only matrices of the same classes can be merged.")
    for place in counts.indices { counts[place] += other.counts[place] }
  }

  /// The images of each class, and those of which it was predicted.
  public var classCounts: ClassCounts {
    ClassCounts(
      images: rows.map { $0.reduce(0, +) },
      correct: (0..<classes).map { self[truth: $0, answer: $0] })
  }

  /// The metrics of one class.
  public func figures(of label: Int) -> ClassFigures {
    ClassFigures(
      count: (0..<classes).reduce(0) { $0 + self[truth: label, answer: $1] },
      answered: (0..<classes).reduce(0) { $0 + self[truth: $1, answer: label] },
      correct: self[truth: label, answer: label])
  }
}
