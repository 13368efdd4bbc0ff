import Foundation
import Testing
import Torch

@Suite struct `A dropout` {
  private func drop(_ layer: some Layer & RandomModule, _ x: Tensor, seed: UInt64) throws -> [Float] {
    layer.seed = seed
    return try checked { layer(x).floats() }
  }

  @Test func `leaves a number out or scales it, so that the mean stays`() throws {
    let ones = Tensor.ones([20, 5, 10, 10])
    let found = try drop(Dropout(0.2), ones, seed: 7)
    #expect(Set(found) == [0, 1.25])
    // Of 10,000 numbers a share of 0.2 scatters by 0.004.
    let share = Double(found.count { $0 == 0 }) / Double(found.count)
    #expect(abs(share - 0.2) < 0.02)
  }

  @Test func `follows from the seed alone, whatever the layout`() throws {
    let layer = Dropout(0.5)
    let x = Tensor.normal([3, 4, 5, 6], seed: 1)
    let first = try drop(layer, x, seed: 7)
    #expect(try drop(layer, x, seed: 8) != first)
    #expect(try drop(layer, x.channelsLast(), seed: 7) == first)
    #expect(try drop(layer, x, seed: 7) == first)
    #expect(try drop(Dropout(0.5), .ones([3, 40]), seed: 7).contains(0))
  }

  @Test func `of depth leaves whole images out`() throws {
    let found = try drop(StochasticDepth(0.5), .ones([200, 2, 3, 1]), seed: 3)
    let images = stride(from: 0, to: found.count, by: 6).map { Set(found[$0..<$0 + 6]) }
    #expect(Set(images) == [[0], [2]])
    #expect(abs(Double(images.count { $0 == [0] }) - 100) < 40)
  }

  @Test func `does nothing in evaluation, nor with probability 0`() throws {
    let x = Tensor.normal([3, 4], seed: 1)
    let dropout = Dropout(0.9)
    dropout.isTraining = false
    #expect(try checked { dropout(x).isBitIdentical(to: x) })
    #expect(try checked { Dropout(0)(x).isBitIdentical(to: x) })
    #expect(try checked { StochasticDepth(0)(x).isBitIdentical(to: x) })
    let depth = StochasticDepth(0.9)
    depth.isTraining = false
    #expect(try checked { depth(x).isBitIdentical(to: x) })
  }

  @Test func `is drawn anew for each batch and each layer`() {
    let layers: [any RandomModule] = [Dropout(0.5), Dropout(0.5), StochasticDepth(0.5)]
    func seeds(_ seed: UInt64, _ batch: Int) -> [UInt64] {
      layers.prepare(seed: seed, batch: batch)
      return layers.map(\.seed)
    }
    #expect(seeds(1, 5) == seeds(1, 5))
    #expect(Set(seeds(1, 5) + seeds(1, 6) + seeds(2, 5)).count == 9)
  }

  @Test func `hands the gradient on to what it kept`() throws {
    let layer = Dropout(0.5)
    let parameter = Parameter(.ones([4, 25]))
    layer.seed = 11
    let kept = try checked {
      let dropped = layer(parameter.value)
      dropped.sum().backward()
      return dropped.detached().floats()
    }
    #expect(parameter.value.gradient?.floats() == kept)
  }
}
