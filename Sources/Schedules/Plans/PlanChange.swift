import Formatting
import Numbers

/// A change that was made to a plan while its run continued.
public struct PlanChange: Sendable, Hashable, Codable {
  /// What was changed.
  public enum Kind: Sendable, Hashable, Codable {
    /// The run was made longer by so many cycles.
    case extended(cycles: Int)
    /// The rate stays at a floor from then on.
    case continuedAtFloor(floor: Double)
    /// The cycles have other bounds from then on; the old ones are nil in older plans.
    case bounds(from: Double, to: Double, oldFrom: Double? = nil, oldTo: Double? = nil)
    /// The run had diverged after so many updates, was rolled back, and has other bounds from then on; two
    /// equal ones where its rate keeps its form and is lower.
    case rolledBack(after: Int, from: Double, to: Double)
    /// The peaks of the cycles from then on are multiplied; the next one was to be the first number.
    case peaks(from: Double, to: Double)
    /// The weight decay is another from then on.
    case weightDecay(from: Double, to: Double)
    /// A parameter group joined, with a factor for its rate.
    case groupAdded(name: String, factor: Double)
    /// An open-ended run lands: a cool-down of so many updates, and the end.
    case landed(coolDown: Int)
    /// A run that had landed goes on at the constant rate, and has no end again.
    case reopened

    /// Whether the cycles have other bounds from then on.
    public var changesBounds: Bool {
      switch self {
      case .continuedAtFloor, .bounds, .rolledBack, .peaks: true
      case .extended, .weightDecay, .groupAdded, .landed, .reopened: false
      }
    }

    private enum CodingKeys: String, CodingKey {
      case extended, continuedAtFloor
      // The keys that plans of earlier versions have.
      case bounds = "rebound"
      case rolledBack = "returned"
      case peaks, weightDecay, groupAdded, landed, reopened
    }
  }

  /// The number of applied updates at which it was made.
  public let step: Int
  /// What was changed.
  public let kind: Kind
  /// Why, in its maker's words.
  public let reason: String
}

extension PlanChange: CustomStringConvertible {
  /// One sentence: when, what, and why.
  public var description: String {
    let what =
      switch kind {
      case .extended(let cycles): cycles == 1 ? "one cycle added" : "\(cycles) cycles added"
      case .continuedAtFloor(let floor): "the rate stays at \(floor)"
      case .bounds(let from, let to, let oldFrom?, let oldTo?):
        "cycles between \(from) and \(to) instead of \(oldFrom) and \(oldTo)"
      case .bounds(let from, let to, _, _): "cycles between \(from) and \(to)"
      case .rolledBack(let after, let from, let to):
        "rolled back from update \(after), then "
          + (from < to ? "with cycles from \(from) to \(to)" : "at rates up to \(to)")
      case .peaks(let from, let to):
        "the next peak is \(to) instead of \(from), and later ones in proportion"
      case .weightDecay(let from, let to): "weight decay \(to) instead of \(from)"
      case .groupAdded(let name, let factor): "group '\(name)' joins, at \(factor) times the rate"
      case .landed(let coolDown):
        "landing, a cool-down of \(quantity(coolDown, "update"))"
      case .reopened: "the constant rate again, until it lands"
      }
    return "changed after update \(step): \(what)" + (reason.isEmpty ? "" : " (\(reason))")
  }
}

extension Plan {
  /// Returns the plan with the rate held at a floor from an update on; momentum has the value of such a rate: in cycles
  /// that of a trough, in other plans the one that it has there.
  public func continuedAtFloor(
    _ floor: Double? = nil, from step: Int, reason: String
  ) -> Plan {
    var plan = self
    let floor = floor ?? bounds?.low ?? learningRate.value(at: step)
    plan.learningRate = learningRate.followed(by: Constant(floor), after: step)
    let trough = bounds == nil ? step : 0
    plan.momentum = momentum.map { $0.followed(by: Constant($0.value(at: trough)), after: step) }
    plan.record(PlanChange(step: step, kind: .continuedAtFloor(floor: floor), reason: reason))
    return plan
  }

  /// Returns the plan with a parameter group that joins at an update, as layers do that are unfrozen.
  ///
  /// The group follows the common rate from its first update on, times a factor: it does not begin
  /// the schedule anew, and it cannot be forgotten by it.
  public func addingGroup(
    _ name: String, factor: Double, at step: Int, reason: String
  ) -> Plan {
    var plan = self
    plan.groups[name] = AnySchedule(Constant(factor))
    plan.record(
      PlanChange(step: step, kind: .groupAdded(name: name, factor: factor), reason: reason))
    return plan
  }
}
