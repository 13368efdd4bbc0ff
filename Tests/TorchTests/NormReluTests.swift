import Testing
import Torch

/// The one pass against the three operations that it stands for, which agree with PyTorch; these are made in
/// double precision, since in single precision they differ from processor to processor.
@Suite struct `Batch norm and ReLU in one` {
  private struct Case {
    let leaves: [Tensor]
    let statistics: [Tensor]

    init(channels: Int, mean: Double, type: DataType = .float32) {
      func leaf(_ shape: [Int], _ seed: UInt64, mean: Double = 0) -> Tensor {
        let tensor = Tensor.normal(shape, mean: mean, seed: seed).to(type).channelsLastIfImage()
        tensor.requiresGradient = true
        return tensor
      }
      let shape = [5, channels, 7, 6]
      leaves = [
        leaf(shape, 1, mean: mean), leaf([channels], 2, mean: 1), leaf([channels], 3),
        leaf(shape, 4),
      ]
      statistics = [
        Tensor.normal([channels], seed: 5).to(type),
        Tensor.uniform([channels], low: 0.5, high: 2, seed: 6).to(type),
      ]
    }

    func inOne(_ hasShortcut: Bool, training: Bool, ceiling: Double = .infinity) -> Tensor {
      batchNormalizeRelu(
        leaves[0], plus: hasShortcut ? leaves[3] : nil, weight: leaves[1], bias: leaves[2],
        runningMean: statistics[0], runningVariance: statistics[1], training: training,
        ceiling: ceiling)
    }

    func inThree(_ hasShortcut: Bool, training: Bool, ceiling: Double = .infinity) -> Tensor {
      let norm = batchNormalize(
        leaves[0], weight: leaves[1], bias: leaves[2], runningMean: statistics[0],
        runningVariance: statistics[1], training: training)
      return (hasShortcut ? norm + leaves[3] : norm).clamped(from: 0, to: ceiling)
    }
  }

  private func difference(_ a: Tensor, _ b: Tensor) throws -> Double {
    #expect(a.shape == b.shape)
    return try checked {
      (a.detached().to(.float64) - b.detached().to(.float64)).magnitude().max().item()
    }
  }

  /// Sixteen channels go together in the loops; one, and some over, go another way.
  ///
  /// Normed values reach beyond a ceiling of 1, and hardly beyond ReLU6's.
  @Test(arguments: [1, 16, 20, 48], [false, true])
  func `gives the same predictions, gradients and statistics`(
    channels: Int, hasShortcut: Bool
  ) throws {
    for (training, ceiling) in [(true, .infinity), (false, .infinity), (true, 1), (false, 1.0)] {
      let (one, three) = (
        Case(channels: channels, mean: 3), Case(channels: channels, mean: 3, type: .float64)
      )
      let weights = Tensor.normal([5, channels, 7, 6], seed: 9)
      let (a, b) = (
        one.inOne(hasShortcut, training: training, ceiling: ceiling),
        three.inThree(hasShortcut, training: training, ceiling: ceiling)
      )
      #expect(try difference(a, b) < 1e-5)
      try checked {
        (a * weights).sum().backward()
        (b * weights.to(.float64)).sum().backward()
      }
      for index in 0..<(hasShortcut ? 4 : 3) {
        let (mine, theirs) = try (
          #require(one.leaves[index].gradient), #require(three.leaves[index].gradient)
        )
        #expect(try difference(mine, theirs) < 2e-4, "leaf \(index), training \(training)")
      }
      for (mine, theirs) in zip(one.statistics, three.statistics) {
        #expect(try difference(mine, theirs) < 1e-5)
      }
      let evaluated = try checked {
        withoutGradient { one.inOne(hasShortcut, training: training, ceiling: ceiling) }
      }
      let expected = three.inThree(hasShortcut, training: training, ceiling: ceiling)
      #expect(try difference(evaluated, expected) < 1e-5)
    }
  }

  @Test func `is what a chain of layers makes of a norm and a ReLU behind it`() throws {
    for ceiling in [6.0, .infinity] {
      let (norm, relu) = (BatchNorm(16), ReLU(ceiling: ceiling))
      let x = Tensor.normal([4, 16, 5, 5], mean: 3, seed: 1).channelsLast()
      let chained = Sequential(norm, relu, Dropout(0))(x)
      #expect(try difference(chained, relu(BatchNorm(16)(x))) < 1e-5)
      let names = Sequential(norm, relu, norm).children.map(\.name)
      #expect(names == ["0", "1", "2"])
    }
  }

  @Test func `keeps a variance that a large mean would drown`() throws {
    let (one, three) = (
      Case(channels: 16, mean: 1000), Case(channels: 16, mean: 1000, type: .float64)
    )
    #expect(
      try difference(one.inOne(false, training: true), three.inThree(false, training: true)) < 2e-3)
    #expect(try difference(one.statistics[1], three.statistics[1]) < 1e-3)
  }

  @Test func `gives the same bits again`() throws {
    let outputs = (0..<3).map { _ in
      Case(channels: 48, mean: 0).inOne(true, training: true).floats()
    }
    #expect(Set(outputs).count == 1)
  }

  /// Nothing is read behind a vector that is too short: the shapes say so.
  @Test(arguments: 0..<5) func `of a wrong shape becomes an error`(wrong: Int) {
    let shapes = (0..<4).map { [$0 == wrong ? 3 : 16] }
    let x = Tensor.normal([2, 16, 4, 4], seed: 1).channelsLast()
    let shortcut = Tensor.zeros([2, wrong == 4 ? 5 : 16, 4, 4]).channelsLast()
    for training in [true, false] {
      let error = #expect(throws: TorchError.self) {
        try checked {
          withoutGradient {
            batchNormalizeRelu(
              x, plus: shortcut, weight: .ones(shapes[0]), bias: .zeros(shapes[1]),
              runningMean: .zeros(shapes[2]), runningVariance: .ones(shapes[3]),
              training: training)
          }
        }
      }
      #expect(error?.shapes.first == [2, 16, 4, 4])
    }
  }

  /// As in PyTorch, which says "Expected more than 1 value per channel when training".
  @Test(arguments: [[1, 3], [1, 3, 1, 1]]) func `of one value for each channel is refused in training`(
    shape: [Int]
  ) throws {
    let (norm, relu, x) = (BatchNorm(3), ReLU(), Tensor.ones(shape))
    for output in [{ norm(x) }, { Sequential(norm, relu)(x) }] {
      norm.isTraining = true
      let error = #expect(throws: TorchError.self) { try checked { _ = output() } }
      #expect("\(try #require(error))".contains("more than one value for each channel"))
      norm.isTraining = false
      #expect(try checked { output() }.floats().allSatisfy { abs($0 - 1) < 1e-4 })
    }
  }

  @Test func `lets what is NaN through, so that it is seen`() throws {
    let x = Tensor([.nan, 1, 2, 3] as [Float], shape: [4, 1, 1, 1]).channelsLast()
    let y = withoutGradient {
      batchNormalizeRelu(
        x, weight: .ones([1]), bias: .zeros([1]), runningMean: .zeros([1]),
        runningVariance: .ones([1]), training: false)
    }
    #expect(y.floats()[0].isNaN)
    #expect(y.floats()[1] > 0)
  }
}

extension Tensor {
  fileprivate func channelsLastIfImage() -> Tensor { rank == 4 ? channelsLast() : self }
}
