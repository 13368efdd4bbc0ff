extension Schedule {
  /// Returns a schedule for each of so many parameter groups, from the first layers to the last.
  ///
  /// The last has this schedule, the first `firstFactor` times it, and those between them lie in a
  /// geometric row.
  ///
  ///     Constant(0.1).spread(over: 3, firstFactor: 0.01).map { $0.value(at: 0) }
  ///     // 0.001, 0.01, 0.1
  ///
  /// - Source: fastai's `slice(a, b)`; discriminative rates, Howard, Ruder (2018).
  public func spread(over groups: Int, firstFactor: Double) -> [AnySchedule] {
    guard groups > 1 else { return groups == 1 ? [AnySchedule(self)] : [] }
    return (0..<groups).map { group in
      let part = Double(groups - 1 - group) / Double(groups - 1)
      return group == groups - 1
        ? AnySchedule(self) : scaled(by: power(nonNegative(firstFactor), part))
    }
  }
}
