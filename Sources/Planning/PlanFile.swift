import Foundation
import Runs
import Schedules

/// Plans in files: YAML, of which JSON is a part.
public enum PlanFile {
  /// Reads a plan, that of a run's `plan.json`, or a learning rate's schedule alone.
  ///
  /// - Throws: `RunError` naming the file and the field.
  public static func read(_ path: String) throws -> Plan {
    let keys = AnySchedule.catalog.map { $0.name }
    let fields = ["version", "learning-rate", "momentum", "weight-decay", "groups", "changes"]
    let found = try ConfigurationFile.keys(of: path)
    if found.contains("plan"), found.contains("budget") {
      return try ConfigurationFile.read(path, as: OfRun.self, keys: found).plan
    }
    let isPlan = found.contains { fields.contains($0) }
    if isPlan { return try ConfigurationFile.read(path, as: Plan.self, keys: fields) }
    return Plan(
      learningRate: try ConfigurationFile.read(path, as: AnySchedule.self, keys: keys))
  }

  /// A run's `plan.json`, which has more beside the plan.
  private struct OfRun: Decodable {
    let plan: Plan
  }
}
