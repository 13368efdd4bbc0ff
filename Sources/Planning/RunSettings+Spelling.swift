import Schedules
import Tuning
import Words

extension RunSettings {
  /// Returns these settings with every name as Rondo lists it, whatever spelling or alias was typed; what is no
  /// name at all stays for `check` to refuse.
  ///
  /// The names of models, data sets and devices are those of other modules, which read them likewise.
  public func spelled() -> RunSettings {
    var spelled = self
    spelled.task = Self.spelled(task, TaskName.self)
    spelled.schedule = schedule.map { ScheduleEntry.catalog[$0]?.name ?? $0 }
    spelled.optimizer = Self.spelled(optimizer, OptimizerName.self)
    spelled.precision = Self.spelled(precision, Precision.self)
    spelled.watch = Self.spelled(watch, WatchMode.self)
    spelled.average = Self.spelled(average, AverageName.self)
    spelled.anneal = anneal.map { Words.spelled($0, among: Self.annealNames) ?? $0 }
    spelled.labels = labels.map { Words.spelled($0, among: Self.labelNames) ?? $0 }
    spelled.rangeTestShape = rangeTestShape.map {
      Words.spelled($0, among: RangeTestSweep.Shape.allCases.map(\.rawValue)) ?? $0
    }
    // Metrics are columns, in small letters: `boundary_iou`.
    func column(_ word: String) -> String {
      word.lowercased().replacing("-", with: "_").replacing(" ", with: "_")
    }
    spelled.rangeTestOn = rangeTestOn.map {
      Words.spelled($0, among: RangeTestMeasure.words) ?? column($0)
    }
    spelled.patienceOn = patienceOn.map(column)
    return spelled
  }

  /// The labels of CIFAR-100.
  static let labelNames = ["fine", "coarse"]
  /// The shapes of one-cycle's fall.
  static let annealNames = ["linear", "cos"]

  private static func spelled<Name: Named>(_ word: String?, _: Name.Type) -> String? {
    word.map { Name(spelled: $0)?.rawValue ?? $0 }
  }
}
