import Numbers

/// How long a run still takes, from its last updates and evaluations.
///
/// It is the median time of an update, times the updates that are left, and the median time of an evaluation, times
/// those that are left: a machine that slept for a night, or a disk that once was slow, changes neither.
///
///     var time = TimeLeft()
///     for update in 1...10 { time.take(update: update, seconds: 0.5 * Double(update)) }
///     time.seconds(after: 10, of: 30)     // 10.0
public struct TimeLeft: Sendable, Hashable {
  private struct Place: Sendable, Hashable {
    let update: Int
    let seconds: Double
  }

  /// Seconds an update, of the last stretches in which the clock moved.
  private var updates: [Double] = []
  /// Seconds of the last evaluations, with what else stood between two updates.
  private var evaluations: [Double] = []
  /// The updates between the last evaluations.
  private var distances: [Int] = []
  private var last: Place?
  private var lastEvaluation = 0
  private var isAfterEvaluation = false
  private static let most = 200

  /// Creates an estimate by nothing.
  public init() {}

  /// Takes in an update, and the seconds since training began; several updates may have the same.
  public mutating func take(update: Int, seconds: Double) {
    guard seconds.isFinite else { return }
    guard let place = last, update > place.update, seconds >= place.seconds else {
      last = Place(update: update, seconds: seconds)
      return
    }
    guard seconds > place.seconds else { return }
    let passed = seconds - place.seconds
    if isAfterEvaluation {
      isAfterEvaluation = false
      Self.add(max(0, passed - (secondsPerUpdate ?? 0)), to: &evaluations)
    } else {
      Self.add(passed / Double(update - place.update), to: &updates)
    }
    last = Place(update: update, seconds: seconds)
  }

  /// Takes in that the model was evaluated after an update.
  public mutating func evaluated(after update: Int) {
    guard update > lastEvaluation else { return }
    distances.append(update - lastEvaluation)
    if distances.count > 20 { distances.removeFirst() }
    lastEvaluation = update
    isAfterEvaluation = true
  }

  private static func add(_ value: Double, to values: inout [Double]) {
    values.append(value)
    if values.count > 2 * most { values.removeFirst(most) }
  }

  /// The median seconds of an update; nil before it is known.
  public var secondsPerUpdate: Double? { Self.median(updates.suffix(Self.most)) }

  /// Returns the seconds from an update to a later one; nil before the speed is known.
  public func seconds(after update: Int, of total: Int) -> Double? {
    guard let secondsPerUpdate, total >= update else { return nil }
    let left = Double(total - update)
    guard let evaluation = Self.median(evaluations.suffix(20)),
      let distance = Self.median(distances.map(Double.init)), distance > 0
    else { return left * secondsPerUpdate }
    return left * secondsPerUpdate + (left / distance).rounded(.up) * evaluation
  }

  private static func median(_ values: some Collection<Double>) -> Double? {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
