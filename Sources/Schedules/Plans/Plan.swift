/// Learning rate, momentum and weight decay of a run, as one value.
///
/// They move together because they act together: a cycle of the rate is best met by the opposite cycle
/// of momentum (Smith, 2018), and with AdamW a decay that is to stay steady moves against the rate.
public struct Plan: Sendable, Hashable {
  /// The learning rate.
  public var learningRate: AnySchedule
  /// SGD's momentum or Adam's beta1, if it is planned.
  public var momentum: AnySchedule?
  /// The weight decay, if it is planned.
  public var weightDecay: AnySchedule?
  /// The rate multipliers of parameter groups, by name.
  public var groups: [String: AnySchedule]
  /// What was changed while the run continued, in order.
  public private(set) var changes: [PlanChange] = []

  /// Creates a plan.
  public init(
    learningRate: some Schedule, momentum: AnySchedule? = nil, weightDecay: AnySchedule? = nil,
    groups: [String: AnySchedule] = [:]
  ) {
    self.learningRate = AnySchedule(learningRate)
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.groups = groups
  }

  /// Returns the numbers for the update after `step` applied ones.
  public func values(at step: Int) -> PlanValues {
    PlanValues(
      learningRate: learningRate.value(at: step), momentum: momentum?.value(at: step),
      weightDecay: weightDecay?.value(at: step))
  }

  /// Returns the learning rate of a group for the update after `step` applied ones.
  public func learningRate(ofGroup name: String, at step: Int) -> Double {
    let factor = groups[name]?.value(at: step) ?? 1
    return min(learningRate.value(at: step) * factor, .greatestFiniteMagnitude)
  }

  /// The numbers of applied updates, up to the end of the run, at which a cycle has ended.
  public func troughs(upTo totalSteps: Int) -> [Int] { learningRate.troughs(upTo: totalSteps) }

  /// Writes down a change that has been made.
  mutating func record(_ change: PlanChange) { changes.append(change) }
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

// MARK: Saving

extension Plan: Codable {
  /// The version that is written, and the highest that is read.
  public static let version = 1

  private enum CodingKeys: String, CodingKey {
    case version, momentum, groups, changes
    case learningRate = "learning-rate"
    case weightDecay = "weight-decay"
  }

  /// Reads a plan.
  ///
  /// - Throws: `DecodingError` for a version that is not known yet, and for what is no plan.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let version = try container.decodeIfPresent(Int.self, forKey: .version) ?? Self.version
    guard (1...Self.version).contains(version) else {
      throw DecodingError.dataCorruptedError(
        forKey: .version, in: container,
        debugDescription:
          "plans of version \(version) are not known here, only up to \(Self.version)")
    }
    learningRate = try container.decode(AnySchedule.self, forKey: .learningRate)
    momentum = try container.decodeIfPresent(AnySchedule.self, forKey: .momentum)
    weightDecay = try container.decodeIfPresent(AnySchedule.self, forKey: .weightDecay)
    groups = try container.decodeIfPresent([String: AnySchedule].self, forKey: .groups) ?? [:]
    changes = try container.decodeIfPresent([PlanChange].self, forKey: .changes) ?? []
  }

  /// Writes the plan with its version; what is empty is left out.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.version, forKey: .version)
    try container.encode(learningRate, forKey: .learningRate)
    try container.encodeIfPresent(momentum, forKey: .momentum)
    try container.encodeIfPresent(weightDecay, forKey: .weightDecay)
    if !groups.isEmpty { try container.encode(groups, forKey: .groups) }
    if !changes.isEmpty { try container.encode(changes, forKey: .changes) }
  }
}
