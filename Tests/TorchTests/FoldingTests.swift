import Testing

@testable import Torch

/// Layers of every form in which a batch norm follows a convolution.
private final class Mixed: Layer {
  let plain = Convolution(3, 8, kernel: 3, bias: true)
  let plainNorm = BatchNorm(8)
  let strided = Convolution(8, 8, kernel: 3, stride: 2, groups: 4)
  let stridedNorm = BatchNorm(8)
  let beside = Sequential(Convolution(8, 8, kernel: 1, stride: 2), BatchNorm(8))

  func callAsFunction(_ x: Tensor) -> Tensor {
    let y = plainNorm.relu(plain(x))
    return stridedNorm.relu(strided(y), plus: beside(y))
  }
}

/// A convolution whose output a norm reads, and something else as well.
private final class Shared: Layer {
  let convolution = Convolution(3, 3, kernel: 3)
  let norm = BatchNorm(3)

  func callAsFunction(_ x: Tensor) -> Tensor {
    let y = convolution(x)
    return norm(y) + y
  }
}

/// A norm before its convolution, and a convolution that is used twice.
private final class Other: Layer {
  let norm = BatchNorm(3)
  let convolution = Convolution(3, 3, kernel: 3)
  let second = BatchNorm(3)

  func callAsFunction(_ x: Tensor) -> Tensor { second(convolution(convolution(norm(x)))) }
}

@Suite struct `Folded batch norms` {
  /// A model that has been trained a little, as far as its norms can tell.
  private func prepared<Model: Layer>(_ model: Model) -> Model {
    model.initialize(seed: 3)
    for (index, norm) in model.namedModules.compactMap({ $0.1 as? BatchNorm }).enumerated() {
      let shape = norm.weight.value.shape
      let seed = UInt64(10 * index)
      withoutGradient {
        norm.weight.value.copy(from: .uniform(shape, low: -2, high: 2, seed: seed))
        norm.bias.value.copy(from: .normal(shape, seed: seed + 1))
        norm.runningMean.value.copy(from: .normal(shape, seed: seed + 2))
        norm.runningVar.value.copy(from: .uniform(shape, low: 0.1, high: 3, seed: seed + 3))
      }
    }
    model.setTraining(false)
    return model
  }

  private let images = Tensor.normal([4, 3, 10, 10], seed: 1).channelsLast()

  private func distance(_ a: Tensor, _ b: Tensor) -> Float {
    zip(a.floats(), b.floats()).map { abs($0 - $1) }.max() ?? .nan
  }

  @Test func `predict as before to rounding, and bit for bit once they are taken apart`() throws {
    try checked {
      let model = prepared(Mixed())
      let before = withoutGradient { model(images) }
      let (first, folding) = withoutGradient { Folding.watching { model(images) } }
      #expect(folding.count == 3)
      #expect(first.isBitIdentical(to: before))
      let folded = withoutGradient { model(images) }
      #expect(distance(folded, before) < 1e-4)
      #expect(!folded.isBitIdentical(to: before), "it was another computation")
      let other = Tensor.normal([2, 3, 7, 9], seed: 8)
      let foldedOther = withoutGradient { model(other) }
      folding.undo()
      #expect(withoutGradient { model(images) }.isBitIdentical(to: before))
      #expect(distance(foldedOther, withoutGradient { model(other) }) < 1e-4)
    }
  }

  @Test func `are found in a model that predicts twice, as to an image and its mirror image`()
    throws
  {
    try checked {
      let model = prepared(Mixed())
      func both() -> Tensor { model(images) + model(images.flipped(3)) }
      let (before, folding) = withoutGradient { Folding.watching { both() } }
      #expect(folding.count == 3)
      #expect(distance(withoutGradient { both() }, before) < 1e-4)
    }
  }

  @Test func `leave alone what somebody else reads, and what runs twice or in another order`()
    throws
  {
    try checked {
      for model in [prepared(Shared()) as any Layer, prepared(Other())] {
        let before = withoutGradient { model(images) }
        let (_, folding) = withoutGradient { Folding.watching { model(images) } }
        #expect(folding.count == 0)
        #expect(withoutGradient { model(images) }.isBitIdentical(to: before))
      }
    }
  }

  @Test func `are none of a model that is being trained`() throws {
    try checked {
      let model = prepared(Mixed())
      model.setTraining(true)
      let (_, folding) = withoutGradient { Folding.watching { model(images) } }
      #expect(folding.count == 0)
    }
  }
}
