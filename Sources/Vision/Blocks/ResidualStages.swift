import Torch

/// Returns the shortcut of a block that changes width or size: a projection; nil for one that does not.
func projection(_ inputs: Int, _ outputs: Int, stride: Int) -> Convolution? {
  guard stride != 1 || inputs != outputs else { return nil }
  return Convolution(inputs, outputs, kernel: 1, stride: stride)
}

/// Returns the projection shortcut with a batch norm; nil for a block that keeps width and size.
func normedProjection(_ inputs: Int, _ outputs: Int, stride: Int) -> Sequential? {
  projection(inputs, outputs, stride: stride).map { Sequential($0, BatchNorm(outputs)) }
}

/// Returns the projection shortcut with a batch norm, behind an average pooling by the stride.
func averagedProjection(_ inputs: Int, _ outputs: Int, stride: Int) -> Sequential? {
  guard stride != 1 || inputs != outputs else { return nil }
  return Sequential(
    Function { stride == 1 ? $0 : averagePool($0, kernel: stride, coversEdges: true) },
    Convolution(inputs, outputs, kernel: 1), BatchNorm(outputs))
}

extension BatchNorm {
  /// Returns `relu(depth(self(x)) + shortcut)`.
  func relu(_ x: Tensor, plus shortcut: Tensor, passedBy depth: StochasticDepth) -> Tensor {
    guard depth.drops else { return relu(x, plus: shortcut) }
    return Torch.relu(depth(self(x)) + shortcut)
  }
}

/// Where a block of a residual network stands.
struct BlockPosition {
  /// Channels that go into it and come out of it.
  let inputs, outputs: Int
  /// The stride.
  let stride: Int
  /// The dilation of its filters.
  let dilation: Int
  /// The probability with which the block is skipped.
  let dropping: Double
}

/// Returns the stages of a residual network, each of which begins at half the size but for the first.
///
/// The last `dilated` stages have no stride, and their filters have twice the dilation from their second block on.
/// Block *l* of *L* is skipped with probability `stochasticDepth` * *l* / *L*.
///
/// - Parameters:
///   - counts: blocks in each stage.
///   - inputs: channels that go into the first.
///   - widths: channels that come out of each stage.
///   - block: makes a block.
/// - Source: Huang et al., *Deep Networks with Stochastic Depth* (2016), equation 4; Chen et al.,
///   *Rethinking Atrous Convolution* (2017), section 3.1, in torchvision's form.
func residualStages(
  _ counts: [Int], inputs: Int, widths: [Int], dilated: Int = 0, stochasticDepth: Double,
  block: (BlockPosition) -> any Layer
) -> [Sequential] {
  let total = Double(counts.reduce(0, +))
  var inputs = inputs
  var number = 0.0
  var dilation = 1
  return zip(counts, widths).enumerated().map { stage, size in
    let (count, outputs) = size
    let isDilated = stage >= counts.count - dilated
    return Sequential(
      (0..<count).map { index in
        defer {
          inputs = outputs
          if index == 0, isDilated { dilation *= 2 }
        }
        number += 1
        return block(
          BlockPosition(
            inputs: inputs, outputs: outputs,
            stride: index == 0 && stage > 0 && !isDilated ? 2 : 1, dilation: dilation,
            dropping: stochasticDepth * number / total))
      })
  }
}
