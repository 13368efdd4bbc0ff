import Foundation
import Randomness
import Schedules
import Testing
import Tuning

/// A straight line fitted to noisy points, batch by batch: small, but it learns and it diverges.
private struct Line {
  private var weights = [0.0, 0.0, 0.0, 0.0]
  private var stream = RandomStream(seed: 1, for: .order)

  mutating func reset() { weights = [0, 0, 0, 0] }

  /// Applies one update at this rate and returns the loss of the batch after it.
  mutating func train(rate: Double) -> Double {
    let inputs = (0..<16).map { _ in
      weights.map { _ in Double.random(in: -1...1, using: &stream) }
    }
    func error(_ input: [Double]) -> Double {
      zip(input, zip(weights, [1, -2, 3, 0.5])).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) }
    }
    let errors = inputs.map(error)
    for index in weights.indices {
      let gradient = zip(inputs, errors).reduce(0) { $0 + 2 * $1.0[index] * $1.1 } / 16
      weights[index] -= rate * gradient
    }
    return inputs.map(error).reduce(0) { $0 + $1 * $1 } / 16
  }
}

@Suite struct `The README's example` {
  @Test func `finds a range and learns in it`() {
    var model = Line()
    var loss = Double.infinity
    defer { #expect(loss < 1e-6, "\(loss)") }
    // README: begin

    let sweep = RangeTestSweep(lowest: 1e-4, highest: 10, steps: 100)
    let points = (0..<sweep.steps).map { step in
      let rate = sweep.learningRate(at: step)
      return RangeTestPoint(learningRate: rate, loss: model.train(rate: rate))
    }
    guard case .found(let range) = RangeTestCurve(points: points).findRange() else { return }
    model.reset()
    let rate = Triangular2(from: range.base, to: range.max, stepSize: 500)
    for update in 0..<3_000 {
      loss = model.train(rate: rate.value(at: update))
    }
    // README: end
  }

  @Test func `stands in the README as it stands here`() throws {
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let body = try #require(source.firstMatch(of: /README: begin\n\n((?s).*?) *\/\/ README: end/)).1
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let readme = try String(
      contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    let example = try #require(readme.firstMatch(of: /```swift\n((?s).*?)```/)).1
    let lines = example.split(separator: "\n")
    #expect(lines.count <= 15)
    #expect(lines.filter { $0.hasPrefix("import") } == ["import Schedules", "import Tuning"])
    let code = lines.filter { !$0.hasPrefix("import") }.map { "    \($0)\n" }.joined()
    #expect(code == body)
  }
}
