import Numbers

/// The distance between a classifier's confidence and its accuracy.
///
/// Predictions are gathered by the probability of the predicted class, in bins of one width: bin m
/// of M holds those above (m - 1) / M and at most m / M. The expected calibration error is the distance
/// between share of correct predictions and mean confidence in a bin, averaged over all predictions.
///
///     var calibration = Calibration()
///     calibration.add(confidence: 0.9, isCorrect: true)
///     calibration.error   // 0.1
///
/// - Source: Guo, Pleiss, Sun, Weinberger, *On Calibration of Modern Neural Networks* (2017), equation 3,
///   with its 15 bins; the measure is Naeini, Cooper, Hauskrecht's (2015).
public struct Calibration: Sendable, Hashable, Codable {
  /// Predictions of about the same confidence.
  public struct Bin: Sendable, Hashable, Codable {
    /// Predictions.
    public fileprivate(set) var count = 0
    /// Correct predictions.
    public fileprivate(set) var correct = 0
    fileprivate var confidenceSum = 0.0

    /// The share of correct predictions; nil without predictions.
    public var accuracy: Double? { count == 0 ? nil : Double(correct) / Double(count) }
    /// The mean confidence; nil without predictions.
    public var confidence: Double? { count == 0 ? nil : confidenceSum / Double(count) }
  }

  /// The bins, from confidence 0 to 1.
  public private(set) var bins: [Bin]

  /// Creates a measure without predictions.
  public init(bins: Int = 15) {
    precondition(bins > 0, "Calibration needs a bin.")
    self.bins = [Bin](repeating: Bin(), count: bins)
  }

  /// Adds a prediction; one whose confidence is NaN counts in the first bin.
  public mutating func add(confidence: Double, isCorrect: Bool) {
    let position = (confidence * Double(bins.count)).rounded(.up) - 1
    let index = position > 0 ? min(bins.count - 1, Int(clamping: min(position, 1e9))) : 0
    bins[index].count += 1
    bins[index].correct += isCorrect ? 1 : 0
    bins[index].confidenceSum += confidence
  }

  /// Adds what another process, or another part of the data, has gathered.
  public mutating func merge(_ other: Calibration) {
    precondition(
      bins.count == other.bins.count, "Only calibrations with the same bins can be merged.")
    for (index, bin) in other.bins.enumerated() {
      bins[index].count += bin.count
      bins[index].correct += bin.correct
      bins[index].confidenceSum += bin.confidenceSum
    }
  }

  /// The expected calibration error, from 0 to 1; nil without predictions.
  public var error: Double? {
    let count = bins.reduce(0) { $0 + $1.count }
    guard count > 0 else { return nil }
    return bins.reduce(0) { $0 + abs(Double($1.correct) - $1.confidenceSum) } / Double(count)
  }
}
