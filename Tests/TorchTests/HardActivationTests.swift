import Testing
import Torch

/// By hand: hard-sigmoid is (x + 3) / 6 from -3 to 3, and hard-swish is x times it, of slope (2 x + 3) / 6.
@Suite struct `A hard activation` {
  private static let points: [Float] = [-4, -2, -1.5, 0, 1, 2, 5]

  private func valuesAndSlopes(_ function: (Tensor) -> Tensor) throws -> ([Double], [Double]) {
    let x = Tensor(Self.points, shape: [Self.points.count]).to(.float64).detached()
    x.requiresGradient = true
    return try checked {
      let y = function(x)
      y.sum().backward()
      return (y.detached().doubles(), x.gradient?.doubles() ?? [])
    }
  }

  /// LibTorch's slope of hard-sigmoid is a sixth in single precision.
  private func expect(_ found: [Double], _ known: [Double]) {
    #expect(found.count == known.count)
    for (a, b) in zip(found, known) { #expect(abs(a - b) < 1e-8, "\(found)") }
  }

  @Test func `is a line between two bounds`() throws {
    let (values, slopes) = try valuesAndSlopes(hardSigmoid)
    expect(values, [0, 1.0 / 6, 0.25, 0.5, 2.0 / 3, 5.0 / 6, 1])
    expect(slopes, [0, 1.0 / 6, 1.0 / 6, 1.0 / 6, 1.0 / 6, 1.0 / 6, 0])
  }

  @Test func `is a parabola between two lines`() throws {
    let (values, slopes) = try valuesAndSlopes(hardSwish)
    expect(values, [0, -1.0 / 3, -0.375, 0, 2.0 / 3, 5.0 / 3, 5])
    expect(slopes, [0, -1.0 / 6, 0, 0.5, 5.0 / 6, 7.0 / 6, 1])
  }
}
