import Runs

extension RunSummary {
  /// Reads what came out of a run that is over; nil for one that has something left to do, as one of which
  /// the plan was changed since, or that was killed before its summary was written.
  ///
  /// - Throws: `RunError` for files of the run that cannot be read.
  public static func ofEndedRun(in folder: RunFolder) throws -> RunSummary? {
    guard let plan = try RunPlan.read(from: folder), let summary = try? read(from: folder),
      let step = folder.listCheckpoints().last?.update, summary.updates == step
    else { return nil }
    let isOver = try step >= plan.budget.totalSteps || plan.stop(at: step, in: folder) != nil
    return isOver ? summary : nil
  }
}
