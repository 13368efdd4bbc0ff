import Randomness
import Testing

@Suite struct `Numbers drawn by a distribution` {
  private func draws(_ count: Int = 4000, _ draw: (inout RandomStream) -> Double) -> [Double] {
    (0..<count).map { index in
      var stream = RandomStream(seed: 2, for: .mixing, index: index)
      return draw(&stream)
    }
  }

  private func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, squares / Double(values.count))
  }

  /// Mean a / (a + b), variance a b / ((a + b)^2 (a + b + 1)); five standard errors of the mean, and
  /// of the variance as much as 4,000 draws can be off.
  @Test(arguments: [(0.1, 0.1), (0.5, 0.5), (1, 1), (2, 5), (30, 10)])
  func `Beta have its mean and variance`(a: Double, b: Double) {
    let values = draws { $0.beta(a, b) }
    #expect(values.allSatisfy { (0...1).contains($0) })
    let variance = a * b / ((a + b) * (a + b) * (a + b + 1))
    let seen = moments(values)
    #expect(abs(seen.mean - a / (a + b)) < 5 * (variance / 4000).squareRoot())
    #expect(abs(seen.variance / variance - 1) < 0.15)
  }

  @Test func `Beta of 1 and 1 are spread evenly`() {
    var counts = [Int](repeating: 0, count: 10)
    for value in draws(4000, { $0.beta(1, 1) }) { counts[min(9, Int(value * 10))] += 1 }
    // 400 each with a deviation of 19.
    #expect(counts.allSatisfy { abs($0 - 400) < 95 }, "\(counts)")
  }

  @Test func `Beta of tiny parameters are numbers still`() {
    let values = draws(500) { $0.beta(1e-3, 1e-3) }
    #expect(values.allSatisfy { (0...1).contains($0) })
    #expect(values.contains { $0 > 0.99 } && values.contains { $0 < 0.01 })
  }

  @Test func `normally have mean 0, deviation 1, and the right share beyond two`() {
    let values = draws { $0.normal() }
    let (mean, variance) = moments(values)
    #expect(abs(mean) < 5 / 4000.0.squareRoot())
    #expect(abs(variance - 1) < 5 * (2 / 4000.0).squareRoot())
    let beyond = values.count { abs($0) > 2 }
    #expect(abs(Double(beyond) - 182) < 5 * 13.2, "4.55 % of 4,000")
  }
}
