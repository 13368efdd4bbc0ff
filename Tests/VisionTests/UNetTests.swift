import Testing
import Torch

@testable import Vision

@Suite struct `A U-Net` {
  /// Counted by hand; the paper says 31 million.
  @Test func `has the paper's parameters at the paper's width`() {
    let network = UNet(width: 64, depth: 4, norms: false, channels: 3, classes: 2)
    var expected = 0
    func double(_ inputs: Int, _ outputs: Int) -> Int {
      9 * inputs * outputs + outputs + 9 * outputs * outputs + outputs
    }
    for (inputs, outputs) in [(3, 64), (64, 128), (128, 256), (256, 512), (512, 1024)] {
      expected += double(inputs, outputs)
    }
    for width in [512, 256, 128, 64] {
      expected += 4 * 2 * width * width + width + double(2 * width, width)
    }
    expected += 64 * 2 + 2
    #expect(network.parameterCount == expected)
    #expect(expected == 31_031_810)
  }

  @Test(arguments: [(1, 16, 24), (2, 32, 16), (4, 48, 64)])
  func `predicts each pixel`(depth: Int, height: Int, width: Int) throws {
    let network = UNet(width: 4, depth: depth, channels: 3, classes: 5)
    network.initialize(seed: 1)
    network.useChannelsLast()
    let shape = try checked {
      network(.normal([2, 3, height, width], seed: 2).channelsLast()).shape
    }
    #expect(shape == [2, 5, height, width])
  }

  /// What is far away, beyond what the levels can see, changes nothing.
  @Test func `sees what is near, at every level`() throws {
    let network = UNet(width: 2, depth: 1, norms: false, channels: 1, classes: 2)
    network.initialize(seed: 1)
    func output(changing position: Int) throws -> [Float] {
      var pixels = [Float](repeating: 0, count: 64)
      pixels[position] = 100
      return try checked {
        withoutGradient {
          network(Tensor(pixels, shape: [1, 1, 2, 32])).narrowed(3, from: 0, count: 1).floats()
        }
      }
    }
    let still = try checked {
      withoutGradient { network(.zeros([1, 1, 2, 32])).narrowed(3, from: 0, count: 1).floats() }
    }
    #expect(try output(changing: 31) == still)
    #expect(try output(changing: 1) != still)
  }

  @Test(arguments: [
    ("unet-16", "unet-16", 16), ("unet-32x3", "unet-32x3", 8), ("unet-64x4", "unet-64", 16),
    ("unet-8x2-plain", "unet-8x2-plain", 4), ("U-Net_16", "unet-16", 16),
  ])
  func `is known by width and depth`(name: String, known: String, stride: Int) throws {
    let model = try Models.segmenters.entry(named: name)
    #expect(model.name == known)
    #expect(model.stride == stride)
  }

  @Test(arguments: ["unet", "unet-0", "unet-16x0", "unet-16x9", "unet-1-6", "resnet-20"])
  func `is not known by other names`(name: String) {
    #expect(Models.segmenters[name] == nil)
  }
}
