import Numbers
import Settings
import Tuning

extension AdviceRecord {
  /// What would change the peak, in a sentence with the flags that do.
  var change: String {
    switch obstacle {
    case .fewUpdates(_, let least): changeOfUpdates(to: least)
    case .notAskedFor:
      mode == AdviceMode.rangeTest.rawValue
        ? range == nil
          ? "--range-test-steps 100 makes a test, whatever it costs"
          : "--advice auto counts the prior beside the range test, and rehearses where that pays"
        : "--advice auto makes a range test, and rehearsals where they pay"
    case .peakGiven: "leave out --max-lr to have it found"
    case .noEnd: "--minutes beside --open-ended, or --epochs in its place, says how long the run is"
    case .largeUpdates: "smaller batches (--batch-size), or more training images"
    case .cachedFeatures: "--max-lr, from runs that you compare: a linear probe takes seconds"
    case .fewImages: "more training images, or --max-lr from runs that you compare"
    case .lateStart: "a longer range test (--range-test-steps)"
    case .shortCycles, .notNormalized, .smallGain: changeOfLength
    case nil:
      if case .lostRehearsal = advice.limit {
        "the lost rehearsal bounds it; --max-lr tries a higher one"
      } else {
        "another seed (--seed) rehearses on other images; a longer run rehearses longer"
      }
    }
  }

  /// What a run of ten times the updates would change, and what `--advice rehearse`.
  private var changeOfLength: String {
    guard let asked = whyNoneIfAsked else { return "--advice rehearse rehearses anyway" }
    guard let longer = whyNone(in: situation.updates.multipliedOrMax(by: 10)) else {
      return "a longer run; --advice rehearse cannot rehearse, since \(asked)"
    }
    return "--max-lr, from runs that you compare: a longer run would not rehearse either, since \(longer)"
      + (longer == asked ? "" : ", and --advice rehearse cannot, since \(asked)")
  }

  /// What more updates would change, and what `--advice rehearse`, of a run with too few of them.
  private func changeOfUpdates(to least: Int) -> String {
    let (longer, asked) = (whyNone(in: least), whyNoneIfAsked)
    if let longer, longer == asked {
      return "neither \(least) updates nor --advice rehearse would bring rehearsals, since \(longer)"
    }
    let more =
      longer.map { "with \(least) updates there would be no rehearsals either, since \($0)" }
      ?? "\(least) updates or more would pay for rehearsals"
    return more + "; --advice rehearse "
      + (asked.map { "cannot make them, since \($0)" } ?? "makes them anyway")
  }

  /// Why there would be no rehearsals even if they were asked for; nil where there would.
  private var whyNoneIfAsked: RehearsalSkipReason? {
    RehearsalChoice(for: advice, isAskedFor: true).reason
  }

  /// Why there would be no rehearsals in a run of so many updates of the same images; nil where there would.
  private func whyNone(in updates: Int) -> RehearsalSkipReason? {
    var longer = situation
    longer.epochs *= Double(updates) / Double(situation.updates)
    longer.updates = updates
    return RehearsalChoice(for: PeakAdvice(for: longer, reading: advice.reading)).reason
  }
}

extension RehearsalChoice {
  /// Why there are no rehearsals; nil where there are.
  fileprivate var reason: RehearsalSkipReason? {
    if case .skip(let reason) = self { reason } else { nil }
  }
}
