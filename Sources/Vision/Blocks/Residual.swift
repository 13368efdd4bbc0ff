import Torch

/// Returns the shortcut of a block that changes width or size: a projection; nil for one that does not.
func projection(_ inputs: Int, _ outputs: Int, stride: Int) -> Convolution? {
  guard stride != 1 || inputs != outputs else { return nil }
  return Convolution(inputs, outputs, kernel: 1, stride: stride)
}

/// Returns the same with a norm.
func normedProjection(_ inputs: Int, _ outputs: Int, stride: Int) -> Sequential? {
  projection(inputs, outputs, stride: stride).map { Sequential($0, BatchNorm(outputs)) }
}

extension BatchNorm {
  /// Returns `relu(depth(self(x)) + shortcut)`.
  func relu(_ x: Tensor, plus shortcut: Tensor, passedBy depth: StochasticDepth) -> Tensor {
    guard depth.drops else { return relu(x, plus: shortcut) }
    return Torch.relu(depth(self(x)) + shortcut)
  }
}

/// Returns the stages of a residual network, each of which begins at half the size but for the first.
///
/// Block *l* of *L* is passed by with probability `stochasticDepth` * *l* / *L*.
///
/// - Parameters:
///   - counts: blocks in each stage.
///   - inputs: channels that go into the first.
///   - widths: channels that come out of each stage.
///   - block: makes a block of inputs, outputs, stride, and the probability to be passed by.
/// - Source: Huang et al., *Deep Networks with Stochastic Depth* (2016), equation 4.
func residualStages(
  _ counts: [Int], inputs: Int, widths: [Int], stochasticDepth: Double,
  block: (_ inputs: Int, _ outputs: Int, _ stride: Int, _ dropping: Double) -> any Layer
) -> [Sequential] {
  let total = Double(counts.reduce(0, +))
  var inputs = inputs
  var number = 0.0
  return zip(counts, widths).enumerated().map { stage, size in
    let (count, outputs) = size
    return Sequential(
      (0..<count).map { index in
        defer { inputs = outputs }
        number += 1
        let stride = index == 0 && stage > 0 ? 2 : 1
        return block(inputs, outputs, stride, stochasticDepth * number / total)
      })
  }
}
