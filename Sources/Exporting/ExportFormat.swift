import Foundation
import Numbers
import Schedules

/// The formats in which a plan can leave for another program.
public enum ExportFormat: String, Sendable, CaseIterable {
  /// A scheduler for `torch.optim`.
  case pytorch
  /// A `keras.optimizers.schedules.LearningRateSchedule`.
  case keras
  /// A function for optax.
  case optax
  /// The plan as Rondo saves it.
  case json
  /// A table, update by update.
  case csv

  /// Whether a plan is written as a table of rates, which ends somewhere, in place of a formula that does not.
  public func isTable(_ plan: Plan) -> Bool {
    switch self {
    case .pytorch, .keras, .optax: PythonExport(plan, steps: 1).hasTables
    case .json: false
    case .csv: true
    }
  }

  /// Returns the plan in this format.
  ///
  /// - Parameter steps: the updates that a table holds, where no formula can be written.
  public func text(_ plan: Plan, steps: Int) throws -> String {
    switch self {
    case .pytorch: PythonExport(plan, steps: steps).pytorch
    case .keras: PythonExport(plan, steps: steps).keras
    case .optax: PythonExport(plan, steps: steps).optax
    case .json: try json(plan)
    case .csv: ScheduleTable.csv(plan, steps: steps)
    }
  }

  private func json(_ plan: Plan) throws -> String {
    String(decoding: try JSONText.data(plan, isPretty: true), as: UTF8.self)
  }
}
