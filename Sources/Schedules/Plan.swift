/// Learning rate, momentum and weight decay of a run, as one value.
public struct Plan: Sendable, Hashable, Codable {
  /// The learning rate.
  public var learningRate: AnySchedule
  /// SGD's momentum or Adam's beta1, if it is planned.
  public var momentum: AnySchedule?
  /// The weight decay, if it is planned.
  public var weightDecay: AnySchedule?

  /// Creates a plan.
  public init(
    learningRate: some Schedule, momentum: AnySchedule? = nil, weightDecay: AnySchedule? = nil
  ) {
    self.learningRate = AnySchedule(learningRate)
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  /// Returns the numbers for the update after `step` applied ones.
  public func values(at step: Int) -> PlanValues {
    PlanValues(
      learningRate: learningRate.value(at: step), momentum: momentum?.value(at: step),
      weightDecay: weightDecay?.value(at: step))
  }

  /// The numbers of applied updates, up to the end of the run, at which a cycle has ended.
  public func troughs(upTo totalSteps: Int) -> [Int] { learningRate.troughs(upTo: totalSteps) }
}

/// The numbers with which one update is applied.
public struct PlanValues: Sendable, Hashable {
  /// The learning rate.
  public var learningRate: Double
  /// The momentum, if it is planned.
  public var momentum: Double?
  /// The weight decay, if it is planned.
  public var weightDecay: Double?
}

extension AnySchedule {
  /// The numbers of updates, up to `totalSteps`, after which a cycle has ended.
  func troughs(upTo totalSteps: Int) -> [Int] {
    if let joined {
      return joined.parts.enumerated().flatMap { index, part in
        let next = index + 1 < joined.parts.count ? joined.parts[index + 1].start : totalSteps
        return part.schedule.troughs(upTo: min(next, totalSteps) - part.start)
          .map { part.start + $0 }
      }
    }
    guard let period = cyclic?.stepsPerCycle, totalSteps >= period else { return [] }
    let end = length ?? totalSteps
    return Array(stride(from: period, through: min(end, totalSteps), by: period))
  }
}
