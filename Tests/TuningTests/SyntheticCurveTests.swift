import Foundation
import Testing
import Tuning

/// The evaluation as it stands, on curves whose true range is known by their formula.
@Suite struct `The reading of synthetic curves` {
  private static let seeds = UInt64(1)...25

  /// Returns what is wrong with a prediction; nil if it is right.
  private func fault(_ verdict: RangeTestResult, of curve: SyntheticCurve) -> String? {
    switch (verdict, curve.expected) {
    case (.none, .none), (.none, .maxOrNone): return nil
    case (.none(let reason), .max): return "no answer: \(reason)"
    case (.found(let range), .none): return "\(range) where there is none"
    case (.found(let range), .max(let known)), (.found(let range), .maxOrNone(let known)):
      guard known.contains(range.max) else { return "max \(range.max), not in \(known)" }
      guard range.base < range.max, range.base <= max(curve.half, range.max / 3),
        range.base >= range.max / 25
      else { return "base \(range.base) of max \(range.max)" }
      return nil
    }
  }

  private func evaluate(_ curve: SyntheticCurve) {
    let faults = Dictionary(
      uniqueKeysWithValues: Self.seeds.compactMap { seed in
        fault(curve.measured(seed: seed).findRange(), of: curve).map { (seed, $0) }
      })
    // Where the evaluation is known to err it errs by these seeds and no others: one more is a fault, and
    // one fewer is to be taken off the list.
    #expect(Set(faults.keys) == curve.fault?.seeds ?? [], "\(curve.fault?.why ?? ""): \(faults)")
  }

  @Test(arguments: SyntheticCurve.us) func `finds the floor of a U`(curve: SyntheticCurve) {
    evaluate(curve)
  }

  @Test(arguments: SyntheticCurve.others)
  func `says of other shapes what they tell`(curve: SyntheticCurve) { evaluate(curve) }

  @Test(arguments: SyntheticCurve.silent)
  func `says nothing of what tells nothing`(curve: SyntheticCurve) { evaluate(curve) }
}
