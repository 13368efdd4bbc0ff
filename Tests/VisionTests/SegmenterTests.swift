import Foundation
import Testing
import Torch
import Vision

/// What PyTorch's networks for segmentation say, written by `Scripts/fixtures/segmenter_fixtures.py`.
private struct SegmenterFixture: Decodable {
  struct Logits: Decodable {
    /// Of all of them.
    let norm: Double
    /// Every 397th.
    let sample: [Double]
  }

  let height: Int
  let width: Int
  let shapes: [String: String]
  let evaluation: [Logits]
  let training: [Logits]
  let loss: Double
  let gradients: [String: [Double]]

  static func read() throws -> [String: SegmenterFixture] {
    let file = try #require(
      Bundle.module.url(
        forResource: "segmenters", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode([String: SegmenterFixture].self, from: Data(contentsOf: file))
  }
}

@Suite struct `A network that tells classes of pixels` {
  private static let classes = 5
  private static let names = [
    "unet", "unet-plain", "unet-resnet-18", "fcn-resnet-50", "deeplabv3-resnet-50",
  ]

  private let fixtures: [String: SegmenterFixture]

  init() throws { fixtures = try SegmenterFixture.read() }

  private func make(_ name: String) -> any Layer {
    let classes = Self.classes
    return switch name {
    case "unet": UNet(width: 4, depth: 3, channels: 3, classes: classes)
    case "unet-plain": UNet(width: 4, depth: 2, norms: false, channels: 3, classes: classes)
    case "unet-resnet-18": EncoderUNet(ResNetBackbone(depth: 18, channels: 3), classes: classes)
    case "fcn-resnet-50": DilatedSegmenter.fcn(channels: 3, classes: classes)
    default: DilatedSegmenter.deepLabV3(channels: 3, classes: classes)
    }
  }

  /// The network and the images as the fixture's script makes them, without dropout.
  private func filled(
    _ name: String, in type: DataType
  ) throws -> (network: any Layer, images: Tensor, fixture: SegmenterFixture) {
    let fixture = try #require(fixtures[name])
    let network = make(name)
    try checked { Formula.fill(network) }
    network.convert(to: type)
    let images = Formula.tensor("images", [2, 3, fixture.height, fixture.width]).to(type)
    return (network, images, fixture)
  }

  private func forward(_ network: any Layer, _ images: Tensor) -> [Tensor] {
    guard let network = network as? any AuxiliaryHead else { return [network(images)] }
    let (logits, auxiliary) = network.allLogits(images)
    return [logits, auxiliary]
  }

  private func expect(
    _ found: [Tensor], _ known: [SegmenterFixture.Logits], within: Double
  ) throws {
    #expect(found.count == known.count)
    for (found, known) in zip(found, known) {
      let values = try checked { found.detached().contiguous().doubles() }
      let sample = stride(from: 0, to: values.count, by: 397).map { values[$0] }
      try #require(sample.count == known.sample.count)
      let largest = known.sample.map(abs).max() ?? 0
      let difference = zip(sample, known.sample).map { abs($0 - $1) }.max() ?? .infinity
      #expect(difference < within * max(1, largest), "\(difference) of \(largest)")
      let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(norm - known.norm) < within * known.norm)
    }
  }

  @Test(arguments: names) func `has the tensors that its definition has`(name: String) throws {
    let shapes = make(name).namedTensors.map {
      ($0.0, $0.1.shape.map(String.init).joined(separator: "x"))
    }
    #expect(Dictionary(shapes, uniquingKeysWith: { $1 }) == fixtures[name]?.shapes)
  }

  @Test(arguments: names)
  func `gives the predictions, the loss and the gradients that its definition gives`(
    name: String
  ) throws {
    let (network, images, fixture) = try filled(name, in: .float64)
    network.setTraining(false)
    let evaluation = try checked { withoutGradient { forward(network, images) } }
    try expect(evaluation, fixture.evaluation, within: 1e-9)
    // The first head's prediction is the network's.
    let own = try checked { withoutGradient { network(images) } }
    try expect([own], Array(fixture.evaluation.prefix(1)), within: 1e-9)

    network.setTraining(true)
    for case (_, let dropout as Dropout) in network.namedModules { dropout.isTraining = false }
    let (height, width) = (fixture.height, fixture.width)
    let targets = (0..<(2 * height * width)).map { position -> Int64 in
      position / width % height == 0 ? 255 : Int64(position / 7 % Self.classes)
    }
    let truth = Tensor(targets, shape: [2, height, width])
    let outputs = forward(network, images)
    let loss = try checked {
      let losses = outputs.map { crossEntropy($0, truth, ignoring: 255) }
      let loss = losses.dropFirst().reduce(losses[0]) {
        $0 + $1 * 0.5
      }
      loss.backward()
      return loss.item()
    }
    #expect(abs(loss - fixture.loss) < 1e-9 * max(1, fixture.loss))
    try expect(outputs, fixture.training, within: 1e-9)
    try expectGradients(of: network, fixture.gradients, within: 1e-7)
  }

  private func expectGradients(
    of network: any Layer, _ known: [String: [Double]], within: Double
  ) throws {
    let direction = Formula.pattern("direction").reshaped([-1])
    for (key, parameter) in network.namedParameters {
      let gradient = try #require(parameter.value.gradient, "\(key)").reshaped([-1])
      let count = min(Formula.period, gradient.count)
      let (norm, product) = try checked {
        let part = gradient.narrowed(0, from: 0, count: count)
        return (
          (gradient * gradient).sum().squareRoot().item(),
          (part * direction.narrowed(0, from: 0, count: count)).sum().item()
        )
      }
      let expected = try #require(known[key], "\(key)")
      let tolerance = within * max(1, expected[0])
      #expect(abs(norm - expected[0]) < tolerance, "\(key): \(norm), \(expected[0])")
      #expect(abs(product - expected[1]) < tolerance, "\(key): \(product), \(expected[1])")
    }
  }

  @Test(arguments: names)
  func
    `gives its predictions in single precision, with the channels of a pixel next to one another`(
      name: String
    ) throws
  {
    let (network, images, fixture) = try filled(name, in: .float32)
    network.useChannelsLast()
    network.setTraining(false)
    let evaluation = try checked {
      withoutGradient { forward(network, images.channelsLast()) }
    }
    try expect(evaluation, fixture.evaluation, within: 1e-4)
  }

  @Test(arguments: ["unet-resnet-18", "fcn-resnet-50", "deeplabv3-resnet-50"])
  func `is found by its name, and predicts each pixel from its smallest image on`(
    word: String
  ) throws {
    let name = try Models.segmenters.entry(named: word)
    #expect(name.name == word)
    #expect(Models.segmenters.names.contains(word))
    let network = name.make(channels: 2, classes: 4)
    network.initialize(seed: 1)
    network.setTraining(false)
    let (height, width) = (name.stride, 2 * name.stride)
    let logits = try checked { withoutGradient { network(.ones([1, 2, height, width])) } }
    #expect(logits.shape == [1, 4, height, width])
  }
}
