import Testing

@testable import Torch

/// LibTorch's own convolution, of one channel at a time, is the oracle: a filter a channel is nothing else.
@Suite("A convolution with a filter a channel")
struct DepthwiseTests {
  struct Case: CustomTestStringConvertible {
    let channels, height, width, kernel, stride: Int
    var type = DataType.float32
    var testDescription: String {
      "\(channels) channels, \(height)x\(width), kernel \(kernel), stride \(stride), \(type)"
    }
  }

  // Channels that fill no lane, sizes that no stride divides, images smaller than the filter.
  static let cases = [
    Case(channels: 3, height: 7, width: 6, kernel: 3, stride: 1),
    Case(channels: 16, height: 8, width: 9, kernel: 5, stride: 2),
    Case(channels: 37, height: 5, width: 11, kernel: 3, stride: 2),
    Case(channels: 48, height: 2, width: 3, kernel: 5, stride: 1),
    Case(channels: 20, height: 9, width: 7, kernel: 7, stride: 1),
    Case(channels: 33, height: 1, width: 1, kernel: 3, stride: 2),
    Case(channels: 40, height: 1, width: 1, kernel: 5, stride: 1),
    Case(channels: 16, height: 6, width: 6, kernel: 4, stride: 3),
    Case(channels: 32, height: 9, width: 8, kernel: 3, stride: 1),
    Case(channels: 32, height: 9, width: 8, kernel: 3, stride: 2),
    Case(channels: 35, height: 10, width: 11, kernel: 5, stride: 1),
    Case(channels: 16, height: 8, width: 2, kernel: 7, stride: 2),
    Case(channels: 16, height: 4, width: 5, kernel: 2, stride: 1),
  ]

  @Test("has the gradients of one channel after another, to 1e-5", arguments: cases)
  func float32(_ shape: Case) throws {
    for (one, other) in try gradients(shape) {
      for (a, b) in zip(one.floats(), other.floats()) {
        #expect(abs(a - b) <= 1e-5 * max(1, abs(b)))
      }
    }
  }

  @Test("and in bfloat16 to its own precision", arguments: cases)
  func bfloat16(_ shape: Case) throws {
    try withAutocast(to: .bfloat16, on: .cpu) {
      for (one, other) in try gradients(shape) {
        let scale = other.floats().map(abs).max() ?? 0
        for (a, b) in zip(one.floats(), other.floats()) {
          // Eight bits of a number, and of each product.
          #expect(abs(a - b) <= 0.02 * max(scale, 1e-3))
        }
      }
    }
  }

  @Test("has the same bits with one thread and with two", arguments: cases)
  func threads(_ shape: Case) throws {
    let before = Library.threads
    defer { try? Library.setThreads(before) }
    try Library.setThreads(1)
    let one = try gradients(shape)
    try Library.setThreads(2)
    let two = try gradients(shape)
    for (a, b) in zip(one, two) { #expect(a.0.isBitIdentical(to: b.0)) }
  }

  @Test("of maps of one pixel is that of any other, where nothing is trained", arguments: [3, 5])
  func pixels(_ kernel: Int) throws {
    let (channels, half) = (24, kernel / 2)
    let x = Tensor.normal([2, channels, 1, 1], seed: 1)
    let filters = Tensor.normal([channels, 1, kernel, kernel], seed: 2)
    let geometry = ConvolutionGeometry(
      stride: 1, padding: (half, half), dilation: 1, groups: channels)
    let y = try checked { withoutGradient { convolve(x, filters, bias: nil, geometry) } }
    // Only the filter's middle meets the pixel.
    let (pixels, weights) = (x.floats(), filters.floats())
    let expected = pixels.indices.map {
      pixels[$0] * weights[$0 % channels * kernel * kernel + half * kernel + half]
    }
    #expect(y.shape == [2, channels, 1, 1])
    #expect(zip(y.floats(), expected).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) })
  }

  /// The gradients of input, filters and bias, beside those of one channel after another.
  private func gradients(_ shape: Case) throws -> [(Tensor, Tensor)] {
    let (channels, kernel) = (shape.channels, shape.kernel)
    func leaf(_ sizes: [Int], seed: UInt64) -> Tensor {
      let tensor = Tensor.normal(sizes, seed: seed)
      tensor.requiresGradient = true
      return tensor
    }
    let geometry = ConvolutionGeometry(
      stride: shape.stride, padding: (kernel / 2, kernel / 2), dilation: 1, groups: channels)
    let alone = ConvolutionGeometry(
      stride: shape.stride, padding: (kernel / 2, kernel / 2), dilation: 1, groups: 1)
    let found = try (0..<2).map { way in
      let x = leaf([2, channels, shape.height, shape.width], seed: 1)
      let filters = leaf([channels, 1, kernel, kernel], seed: 2)
      let bias = leaf([channels], seed: 3)
      let y: Tensor
      if way == 0 {
        y = convolve(x.channelsLast(), filters, bias: bias, geometry)
      } else {
        y = Tensor.concatenated(
          (0..<channels).map { channel in
            convolve(
              x.narrowed(1, from: channel, count: 1), filters.narrowed(0, from: channel, count: 1),
              bias: bias.narrowed(0, from: channel, count: 1), alone)
          }, along: 1)
      }
      let weights = Tensor.normal(y.shape, seed: 4)
      try checked { (y.to(.float32) * weights).sum().backward() }
      return try [x, filters, bias].map { try #require($0.gradient) }
    }
    return Array(zip(found[0], found[1]))
  }
}
