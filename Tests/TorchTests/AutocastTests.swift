import Testing
import Torch

@Suite struct `Mixed precision` {
  private let images = Tensor.normal([4, 3, 8, 8], seed: 1).channelsLast()
  private let filters = Tensor.normal([16, 3, 3, 3], deviation: 0.2, seed: 2).channelsLast()

  private struct Expected: Error {}

  @Test(arguments: [DataType.bfloat16, .float16])
  func `lasts as long as its body, however that ends`(type: DataType) throws {
    func kind() throws -> DataType { try checked { convolve(images, filters).type } }
    #expect(try kind() == .float32)
    let kinds = try withAutocast(to: type, on: .cpu) {
      let inner = try withAutocast(to: .bfloat16, on: .cpu) { try kind() }
      return [inner, try kind()]
    }
    #expect(kinds == [.bfloat16, type])
    #expect(throws: Expected.self) { try withAutocast(to: type, on: .cpu) { throw Expected() } }
    #expect(try kind() == .float32)
  }

  /// What a parameter was halved to is forgotten with the stretch: a later one sees its new value.
  @Test func `sees what an update has changed`() throws {
    let parameter = Parameter(filters.clone())
    func sum() throws -> Double {
      try checked {
        withAutocast(to: .bfloat16, on: .cpu) {
          convolve(images, parameter.value).magnitude().to(.float32).sum().item()
        }
      }
    }
    let before = try sum()
    withoutGradient { parameter.value.copy(from: filters * 2) }
    #expect(abs(try sum() / before - 2) < 0.01)
  }

  private struct Trained {
    let output: Tensor
    let gradients: [Tensor]
    let statistics: [Tensor]
  }

  /// A convolution, a batch norm with a shortcut and a ReLU, a linear layer and a loss.
  private func train(_ shape: (Tensor) -> Tensor, in type: DataType?) throws -> Trained {
    let leaves = [
      shape(filters.clone()), .ones([16]), .zeros([16]), Tensor.normal([5, 16], seed: 3),
    ]
    let shortcut = shape(Tensor.normal([4, 16, 8, 8], seed: 4))
    let statistics = [Tensor.zeros([16]), Tensor.ones([16])]
    for leaf in leaves { leaf.requiresGradient = true }
    func forward() -> Tensor {
      let x = convolve(shape(images), leaves[0], padding: 1)
      let y = batchNormalizeRelu(
        x, plus: shortcut, weight: leaves[1], bias: leaves[2], runningMean: statistics[0],
        runningVariance: statistics[1], training: true)
      return crossEntropy(
        linear(y.mean(over: [2, 3]), leaves[3]), Tensor([0, 3, 2, 4] as [Int64], shape: [4]))
    }
    let loss = try checked {
      let loss = type.map { withAutocast(to: $0, on: .cpu, forward) } ?? forward()
      loss.backward()
      return loss
    }
    return Trained(
      output: loss, gradients: try leaves.map { try #require($0.gradient) },
      statistics: statistics)
  }

  @Test(arguments: [false, true])
  func `has gradients near float32's, in float32`(isChannelsLast: Bool) throws {
    func shape(_ x: Tensor) -> Tensor { isChannelsLast ? x.channelsLast() : x.contiguous() }
    let (whole, half) = (try train(shape, in: nil), try train(shape, in: .bfloat16))
    #expect(half.output.type == .float32)
    #expect(abs(half.output.item() - whole.output.item()) < 0.02)
    for (one, other) in zip(half.gradients, whole.gradients) {
      #expect(one.type == .float32)
      let apart = try checked { (one - other).power(2).sum().item().squareRoot() }
      let size = try checked { other.power(2).sum().item().squareRoot() }
      #expect(apart < 0.03 * size, "\(apart) of \(size)")
      #expect(apart > 0, "it was in half precision")
    }
    // Statistics are sums over many pixels; half precision would be off by a hundredth and more.
    for (one, other) in zip(half.statistics, whole.statistics) {
      #expect(one.type == .float32)
      let apart = try checked { (one - other).magnitude().max().item() }
      #expect(apart < 2e-3, "\(apart)")
    }
  }

  /// LibTorch leaves such gradients unwritten where images are narrower than the stride: what lay there in memory.
  @Test(arguments: [(1, 1, 2), (5, 1, 2), (3, 3, 4)])
  func `has no gradient for filters that see padding alone`(
    height: Int, width: Int, stride: Int
  ) throws {
    let images = Tensor.normal([4, 32, height, width], seed: 5).channelsLast()
    let filters = Tensor.normal([64, 32, 3, 3], seed: 6).channelsLast()
    func gradient(in type: DataType?) throws -> Tensor {
      let leaf = filters.clone()
      leaf.requiresGradient = true
      func sum() -> Tensor {
        convolve(images, leaf, stride: stride, padding: 1).to(.float32).sum()
      }
      try checked { (type.map { withAutocast(to: $0, on: .cpu, sum) } ?? sum()).backward() }
      return try #require(leaf.gradient)
    }
    let whole = try gradient(in: nil)
    for _ in 0..<10 {
      // Memory that is free again, with NaN in it.
      try checked { for _ in 0..<4 { _ = Tensor.zeros([64 * 32 * 9]) + Double.nan } }
      let apart = try checked { (try gradient(in: .bfloat16) - whole).magnitude().max().item() }
      #expect(apart < 0.1)
    }
  }

  @Test(arguments: [Double.nan, .infinity, 1])
  func `unscales gradients, and sees what is not finite`(value: Double) throws {
    let parameters = [Parameter(.zeros([3])), Parameter(.zeros([2]))]
    try checked {
      (parameters[0].value * 8).sum().backward()
      (parameters[1].value * Tensor([1, Float(value)], shape: [2])).sum().backward()
    }
    let named = parameters.enumerated().map { ("\($0)", $1) }
    #expect(try checked { unscaleGradients(of: named, by: 4) } == value.isFinite)
    #expect(try #require(parameters[0].value.gradient).floats() == [2, 2, 2])
  }
}
