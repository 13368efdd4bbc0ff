/// The number of images of each class, and how many of them were predicted as it.
///
///     var counts = ClassCounts(classes: 2)
///     counts.add(truth: 0, prediction: 1)
///     counts.accuracy    // 0
public struct ClassCounts: Sendable, Hashable, Codable {
  /// Images of each class.
  public private(set) var images: [Int]
  /// Images of each class whose prediction was this class.
  public private(set) var correct: [Int]

  /// Creates counts without images.
  public init(classes: Int) {
    images = [Int](repeating: 0, count: classes)
    correct = images
  }

  /// Takes counts of images and of right predictions, by class.
  init(images: [Int], correct: [Int]) {
    self.images = images
    self.correct = correct
  }

  /// Adds an image.
  ///
  /// - Precondition: the true class is from 0 to below the number of classes.
  public mutating func add(truth: Int, prediction: Int) {
    images[truth] += 1
    correct[truth] += truth == prediction ? 1 : 0
  }

  /// Adds what another process, or another part of the data, has counted.
  public mutating func merge(_ other: ClassCounts) {
    precondition(
      images.count == other.images.count, "Only counts of the same classes can be merged.")
    for label in images.indices {
      images[label] += other.images[label]
      correct[label] += other.correct[label]
    }
  }

  /// The metrics that follow from the counts, the one that a classifier is known by first.
  public static let metrics: [MetricDeclaration<ClassCounts>] = [
    .init("accuracy", "accuracy") { $0.accuracy },
    .init("balanced_accuracy", "balanced accuracy") { $0.balancedAccuracy },
  ]

  /// The share of images whose class was predicted; nil without images.
  public var accuracy: Double? {
    let count = images.reduce(0, +)
    return count == 0 ? nil : Double(correct.reduce(0, +)) / Double(count)
  }

  /// The mean of the recalls of the classes that have images; nil without images.
  ///
  /// - Source: equal to scikit-learn's `balanced_accuracy_score` in the tests.
  public var balancedAccuracy: Double? {
    let recalls = zip(correct, images).filter { $1 > 0 }.map { Double($0) / Double($1) }
    return recalls.isEmpty ? nil : recalls.reduce(0, +) / Double(recalls.count)
  }
}
