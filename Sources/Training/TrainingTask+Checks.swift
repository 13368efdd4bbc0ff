import Formatting
import Settings
import Tuning

extension TrainingTask {
  /// Checks that the task's score has what a range test is to measure.
  ///
  /// - Throws: `SettingsError` naming what can be measured.
  public func check(_ measure: RangeTestMeasure) throws {
    guard case .metric(let name) = measure else { return }
    let metrics = makeScore().values.map(\.name).filter { $0 != "loss" }
    guard !metrics.contains(name) else { return }
    let known = RangeTestMeasure.names + metrics
    throw SettingsError.unknown(
      key: "range-test-on", value: name, known: known, nearest: nearest(to: name, among: known))
  }

  /// Checks that an evaluation of the task reports the metric that patience waits for.
  ///
  /// - Throws: `SettingsError` naming what it reports.
  func check(patienceOn name: String?) throws {
    let known = makeScore().values.map(\.name)
    guard let name, !known.contains(name) else { return }
    throw SettingsError.unknown(
      key: "patience-on", value: name, known: known, nearest: nearest(to: name, among: known))
  }

  /// Checks that the loss has a term of this name.
  ///
  /// - Throws: `SettingsError` naming the terms that there are.
  public func check(term: String?) throws {
    guard let term, !lossTerms.contains(term) else { return }
    guard !lossTerms.isEmpty else {
      throw SettingsError.notAllowed(
        key: "curve-of", value: term, allowed: "left out: this task's loss has no terms")
    }
    throw SettingsError.unknown(
      key: "curve-of", value: term, known: lossTerms, nearest: nearest(to: term, among: lossTerms))
  }
}
