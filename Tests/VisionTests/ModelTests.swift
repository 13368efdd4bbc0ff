import Foundation
import Testing
import Torch
import Vision

@Suite struct `A model` {
  private static let known = ModelFixture.all.keys.sorted()

  @Test(arguments: known) func `has the tensors that its definition has`(name: String) throws {
    let model = try Models.classifiers.entry(named: name).make(channels: 3, classes: 10)
    let shapes = model.namedTensors.map {
      ($0.0, $0.1.shape.map(String.init).joined(separator: "x"))
    }
    let expected = try ModelFixture.named(name).shapes
    #expect(Dictionary(shapes, uniquingKeysWith: { $1 }) == expected)
  }

  private static let withOutputs = known.filter { ModelFixture.all[$0]?.size != nil }

  @Test(arguments: withOutputs)
  func `gives the predictions and gradients that its definition gives`(name: String) throws {
    try compare(name, in: .float64, ofLogits: 1e-9, ofGradients: 1e-7)
  }

  /// But for the deepest, whose numbers grow ten-millionfold by the formula's weights.
  @Test(arguments: withOutputs.filter { !["preact-resnet-164", "efficientnet-v2-s"].contains($0) })
  func `gives its predictions in single precision too`(name: String) throws {
    let (model, images, fixture) = try filled(name, in: .float32)
    model.setTraining(false)
    let evaluation = try checked { withoutGradient { model(images).doubles() } }
    try expectClose(evaluation, fixture.evaluation, within: 1e-5)
  }

  /// In double precision: in single precision sums in another order have other last bits, which differ from
  /// processor to processor, and which norms over few pixels enlarge.
  @Test(arguments: [
    "resnet-18", "preact-resnet-20", "densenet-bc-40-12", "vgg-11-bn", "googlenet",
    "tf-efficientnet-lite0", "convnext-tiny", "vit-tiny-16",
  ])
  func `gives them with the channels of a pixel next to one another too`(name: String) throws {
    try compare(name, in: .float64, channelsLast: true, ofLogits: 1e-9, ofGradients: 1e-7)
  }

  /// Norms over 128 numbers and more enlarge nothing: what is left are a hundred thousand ReLUs, of which
  /// rounding switches a few, others on each processor: one tensor may differ by a few hundredths by it.
  @Test func `gives the same gradients in single precision, channels last, but for its rounding`()
    throws
  {
    let images = Formula.tensor("images", [32, 3, 32, 32])
    func gradients(_ type: DataType, channelsLast: Bool) throws -> [(String, [Double])] {
      let model = try Models.classifiers.entry(named: "resnet-11").make(channels: 3, classes: 10)
      try checked { Formula.fill(model) }
      model.convert(to: type)
      if channelsLast { model.useChannelsLast() }
      let labels = Tensor((0..<32).map { Int64($0 % 10) }, shape: [32])
      return try checked {
        let batch = images.to(type)
        crossEntropy(model(channelsLast ? batch.channelsLast() : batch), labels).backward()
        return model.namedParameters.map { ($0.0, $0.1.value.gradient?.doubles() ?? []) }
      }
    }
    let exact = try gradients(.float64, channelsLast: false)
    let single = try gradients(.float32, channelsLast: true)
    var (squares, errors) = (0.0, 0.0)
    for ((key, expected), (_, found)) in zip(exact, single) {
      try #require(found.count == expected.count && !found.isEmpty, "\(key)")
      let square = expected.reduce(0) { $0 + $1 * $1 }
      let error = zip(found, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      #expect(error < 0.05 * 0.05 * square, "\(key): \(error) of \(square)")
      squares += square
      errors += error
    }
    #expect(errors < 0.01 * 0.01 * squares)
  }

  /// The model and the images as the fixture's script makes them.
  private func filled(
    _ name: String, in type: DataType
  ) throws -> (model: any Layer, images: Tensor, fixture: ModelFixture) {
    let fixture = try ModelFixture.named(name)
    let size = try #require(fixture.size)
    let model = try Models.classifiers.entry(named: name).make(
      channels: 3, classes: 10, dropout: 0, stochasticDepth: 0)
    try checked { Formula.fill(model) }
    model.convert(to: type)
    return (model, Formula.tensor("images", [4, 3, size, size]).to(type), fixture)
  }

  private func compare(
    _ name: String, in type: DataType, channelsLast: Bool = false, ofLogits: Double,
    ofGradients: Double
  ) throws {
    var (model, images, fixture) = try filled(name, in: type)
    if channelsLast {
      model.useChannelsLast()
      images = images.channelsLast()
    }
    model.setTraining(false)
    let evaluation = try checked { withoutGradient { model(images).doubles() } }
    try expectClose(
      evaluation, fixture.evaluation, within: ofLogits,
      orAsFarAs: try checked { withoutGradient { model(images * nearOne).doubles() } })

    model.setTraining(true)
    let logits = try checked {
      let logits = model(images)
      crossEntropy(logits, Tensor([0, 3, 6, 1] as [Int64], shape: [4])).backward()
      return logits.detached().doubles()
    }
    for (key, norm) in fixture.statistics ?? [:] {
      let buffer = try #require(model.namedBuffers.first { $0.0 == key }?.1.value, "\(key)")
      let found = try checked { (buffer * buffer).sum().squareRoot().item() }
      #expect(abs(found - norm) < ofLogits * max(1, norm), "\(key)")
    }
    let direction = Formula.pattern("direction").reshaped([-1])
    for (key, parameter) in model.namedParameters {
      let gradient = try #require(parameter.value.gradient, "\(key)").reshaped([-1])
      let count = min(Formula.period, gradient.count)
      let norm = try checked { (gradient * gradient).sum().squareRoot().item() }
      let product = try checked {
        (gradient.narrowed(0, from: 0, count: count) * direction.narrowed(0, from: 0, count: count))
          .sum().item()
      }
      let expected = try #require(fixture.gradients?[key], "\(key)")
      let tolerance = ofGradients * max(1, expected[0])
      #expect(abs(norm - expected[0]) < tolerance, "\(key)")
      #expect(abs(product - expected[1]) < tolerance, "\(key)")
    }
    // Last, since it moves the statistics.
    try expectClose(
      logits, fixture.training, within: ofLogits,
      orAsFarAs: try checked { withoutGradient { model(images * nearOne).doubles() } })
  }

  /// A change of the images by some hundred roundings of float64, which a network of a hundred layers makes too.
  private let nearOne = 1 + 1e-13

  /// - Parameter near: what is found for images that differ by rounding: a deep network with such weights can multiply
  ///   it a million times, differently on each processor.
  private func expectClose(
    _ found: [Double], _ expected: [Double]?, within: Double,
    orAsFarAs near: @autoclosure () throws -> [Double] = []
  ) throws {
    let expected = try #require(expected)
    try #require(found.count == expected.count)
    let largest = expected.map(abs).max() ?? 0
    let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
    var tolerance = within * max(1, largest)
    if difference >= tolerance {
      tolerance = max(tolerance, zip(found, try near()).map { abs($0 - $1) }.max() ?? 0)
    }
    #expect(difference < tolerance, "\(difference) of \(largest)")
  }

  private static let begun = known.filter { ModelFixture.all[$0]?.beginning != nil }

  /// A sample's deviation scatters by 1 / sqrt(2 n) of it, its largest number hardly ever stays below
  /// 95 % of the bound where there are sixty or more.
  @Test(arguments: begun) func `begins as its definition begins`(name: String) throws {
    let expected = try #require(try ModelFixture.named(name).beginning)
    let model = try Models.classifiers.entry(named: name).make(channels: 3, classes: 10)
    model.initialize(seed: 1)
    for (key, parameter) in model.namedParameters where !key.hasSuffix("bias") {
      let value = parameter.value.detached()
      guard value.rank > 1 else { continue }
      let deviation = try checked { (value * value).mean().squareRoot().item() }
      let scatter = 6 / Double(2 * value.count).squareRoot()
      let known = try #require(expected[key], "\(key)")
      #expect(abs(deviation / known - 1) < 2 * scatter, "\(key): \(deviation), \(known)")
    }
    for (key, parameter) in model.namedParameters where key.hasSuffix("bias") {
      let largest = try checked { parameter.value.detached().magnitude().max().item() }
      let known = try #require(expected[key], "\(key)")
      if known == 0 { #expect(largest == 0, "\(key)") }
      if known > 0, parameter.value.count > 60 { #expect(abs(largest / known - 1) < 0.1, "\(key)") }
    }
  }

  /// The numbers of parameters that the papers' tables give, in millions, for ten classes.
  @Test(arguments: [
    ("densenet-bc-100-12", 0.8, 0.05), ("wide-resnet-28-10", 36.5, 0.05),
    ("wide-resnet-16-4", 2.8, 0.06), ("preact-resnet-110", 1.7, 0.05),
    ("preact-resnet-164", 1.7, 0.05), ("resnet-9", 6.57312, 1e-9),
    ("caffe-cifar10-full", 0.089578, 1e-9),
  ])
  func `of a paper has the paper's size`(name: String, millions: Double, within: Double) throws {
    let model = try Models.classifiers.entry(named: name).make(channels: 3, classes: 10)
    #expect(abs(Double(model.parameterCount) / 1e6 - millions) < within, "\(model.parameterCount)")
  }

  private static let families = [
    "resnet-11", "resnet-20", "resnet-9", "preact-resnet-20", "preact-resnet-164",
    "wide-resnet-16-4", "densenet-bc-40-12", "caffe-cifar10-full", "caffe-cifar10-quick",
    "resnet-18", "resnet-50", "wide-resnet-50-2", "densenet-121", "alexnet", "googlenet", "vgg-11",
    "mobilenet-v3-small", "mobilenet-v3-large", "efficientnet-b0", "efficientnet-lite0",
    "tf-efficientnet-lite0", "efficientnet-v2-s", "regnet-y-400mf", "convnext-tiny",
  ]

  @Test(arguments: families) func `takes images from its smallest size on`(word: String) throws {
    let name = try Models.classifiers.entry(named: word)
    let model = name.make(channels: 2, classes: 4)
    let smallest = name.smallestImage
    for size in [smallest, smallest + 7] {
      let logits = try checked { withoutGradient { model(.ones([2, 2, size, size])) } }
      #expect(logits.shape == [2, 4])
    }
    guard smallest > 1 else { return }
    #expect(throws: TorchError.self) {
      try checked { withoutGradient { model(.ones([2, 2, smallest - 1, smallest - 1])) } }
    }
  }

  /// Without those that are large and share their blocks with others.
  private static let dropping = families.filter {
    !["wide-resnet-50-2", "densenet-121", "efficientnet-v2-s", "mobilenet-v3-large"].contains($0)
  }

  @Test(arguments: dropping) func `drops what it says it can, anew for each batch`(
    word: String
  ) throws {
    let name = try Models.classifiers.entry(named: word)
    let size = max(8, name.smallestImage)
    let images = Tensor.normal([4, 1, size, size], seed: 2)
    func differs(dropout: Double, stochasticDepth: Double) throws -> Bool {
      let model = name.make(
        channels: 1, classes: 3, dropout: dropout, stochasticDepth: stochasticDepth)
      try checked { Formula.fill(model) }
      func logits(_ batch: Int) throws -> [Float] {
        model.randomModules.prepare(seed: 3, batch: batch)
        return try checked { withoutGradient { model(images).floats() } }
      }
      let first = try logits(1)
      #expect(try logits(1) == first)
      let differs = try logits(2) != first
      model.setTraining(false)
      #expect(try logits(1) == logits(2), "nothing is dropped in evaluation")
      return differs
    }
    #expect(try differs(dropout: 0.5, stochasticDepth: 0) == (name.dropout != nil))
    #expect(try differs(dropout: 0, stochasticDepth: 0.5) == (name.stochasticDepth != nil))
  }
}
