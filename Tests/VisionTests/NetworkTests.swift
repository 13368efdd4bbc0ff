import Formatting
import Foundation
import Testing
import Torch
import Vision

/// What PyTorch computed with the same networks, written by `Scripts/fixtures/network_fixtures.py`.
private struct Fixture {
  let tensors: [String: Tensor]

  init() throws {
    let file = try #require(
      Bundle.module.url(
        forResource: "networks", withExtension: "safetensors", subdirectory: "Fixtures"))
    tensors = try Safetensors.read(file).tensors
  }

  func callAsFunction(_ name: String) throws -> Tensor { try #require(tensors[name], "\(name)") }

  /// The parts of a network that the fixture knows, by their full names.
  func names(_ prefix: String) -> Set<String> {
    Set(tensors.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
  }
}

/// The formula by which the fixture's script makes weights and images.
private func formula(
  _ shape: [Int], _ number: Double, _ scale: Double, offset: Double = 0
) -> Tensor {
  let values = (0..<shape.reduce(1, *)).map {
    Float(offset + scale * sin(0.7 * Double($0) + number))
  }
  return Tensor(values, shape: shape)
}

private func difference(_ a: Tensor, _ b: Tensor) throws -> Double {
  #expect(a.shape == b.shape)
  return try checked { (a.detached() - b.detached()).magnitude().max().item() }
}

@Suite struct `A network` {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  private func filled(_ name: String, _ channels: Int, _ classes: Int) throws -> any Layer {
    let network = try Models.classifiers.entry(named: name).make(
      channels: channels, classes: classes)
    try checked {
      withoutGradient {
        for (number, (key, parameter)) in network.namedParameters.enumerated() {
          let shape = parameter.value.shape
          let isScale = shape.count == 1 && key.hasSuffix("weight")
          parameter.value.copy(
            from: formula(shape, Double(number), 0.1, offset: isScale ? 1 : 0))
        }
      }
    }
    return network
  }

  @Test(arguments: [("resnet-11", 1, 10), ("resnet-20", 3, 7)], [false, true])
  func `agrees with PyTorch in name, prediction, gradient and statistics`(
    network: (name: String, channels: Int, classes: Int), channelsLast: Bool
  ) throws {
    let (name, channels, classes) = network
    let model = try filled(name, channels, classes)
    #expect(Set(model.namedParameters.map(\.0)) == fixture.names("\(name).gradient."))
    #expect(Set(model.namedBuffers.map(\.0)) == fixture.names("\(name).buffer."))

    var images = formula([4, channels, 28, 28], 0.5, 1)
    if channelsLast {
      model.useChannelsLast()
      images = images.channelsLast()
    }
    let logits = model(images)
    let loss = crossEntropy(logits, Tensor([0, 3, 6, 1] as [Int64], shape: [4]))
    try checked { loss.backward() }
    #expect(try difference(logits, fixture("\(name).train.logits")) < 1e-5)
    #expect(try difference(loss, fixture("\(name).train.loss")) < 1e-5)
    for (key, parameter) in model.namedParameters {
      let gradient = try #require(parameter.value.gradient).to(.float64)
      let expected = try fixture("\(name).gradient.\(key)").doubles()
      let norm = (gradient * gradient).sum().squareRoot().item()
      let product = (gradient * formula(gradient.shape, 2, 1).to(.float64)).sum().item()
      #expect(abs(norm - expected[0]) < 1e-4 * max(1, expected[0]), "\(key)")
      #expect(abs(product - expected[1]) < 1e-4 * max(1, expected[0]), "\(key)")
    }
    for (key, buffer) in model.namedBuffers {
      #expect(try difference(buffer.value, fixture("\(name).buffer.\(key)")) < 1e-5, "\(key)")
    }
    model.setTraining(false)
    let evaluated = withoutGradient { model(images) }
    // After one update the running statistics are far from the batch's, and logits go to a hundred.
    let expected = try fixture("\(name).eval.logits")
    #expect(try difference(evaluated, expected) < 1e-5 * expected.magnitude().max().item())
  }

  // He et al. (2016), table 6, counts 0.27, 0.46, 0.66, 0.85 and 1.7 million for 3 channels and 10
  // classes with shortcuts without parameters; the two projections add 16 * 32 + 32 * 64 filters
  // and 2 * (32 + 64) scales and shifts.
  @Test(arguments: [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)])
  func `of the paper has the paper's size`(depth: Int, millions: Double) {
    let count = ResNetCIFAR(depth: depth, channels: 3, classes: 10).parameterCount - 2_752
    #expect(abs(Double(count) / 1e6 - millions) < (depth == 110 ? 0.05 : 0.005), "\(count)")
  }

  @Test func `for images of other channels says which shapes do not fit`() throws {
    let model = ResNet11(channels: 3, classes: 4)
    let error = #expect(throws: TorchError.self) {
      try checked { model(.ones([2, 1, 28, 28])) }
    }
    #expect(error?.shapes == [[2, 1, 28, 28], [16, 3, 3, 3]])
  }

  @Test func `begins by its seed alone`() {
    func weights(_ seed: UInt64) -> [Float] {
      let model = ResNet11(channels: 1, classes: 10)
      model.initialize(seed: seed)
      return model.namedParameters.flatMap { $0.1.value.floats() }
    }
    #expect(weights(1) == weights(1))
    #expect(weights(1) != weights(2))
  }

  @Test func `whose name is misspelt is found by its nearest`() {
    let error = #expect(throws: UnknownName.self) {
      try Models.classifiers.entry(named: "resnte11")
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("did you mean 'resnet-11'?"))
  }

  /// torchvision's and timm's names, and what people type.
  @Test(arguments: [
    ("resnet18", "resnet-18"), ("ResNet-18", "resnet-18"), ("resnet_18", "resnet-18"),
    ("ResNet18", "resnet-18"), ("wide_resnet50_2", "wide-resnet-50-2"),
    ("densenet121", "densenet-121"), ("vgg16_bn", "vgg-16-bn"), ("AlexNet", "alexnet"),
    ("WRN-28-10", "wide-resnet-28-10"), ("preact_resnet_110", "preact-resnet-110"),
  ])
  func `is found by its name as others write it`(word: String, name: String) {
    #expect(Models.classifiers[word]?.name == name)
  }

  @Test(arguments: [
    ("UNet16", "unet-16"), ("u-net_16x3", "unet-16x3"), ("UNet-64-Plain", "unet-64-plain"),
    ("fcn_resnet50", "fcn-resnet-50"), ("deeplabv3_resnet101", "deeplabv3-resnet-101"),
    ("UNet_ResNet34", "unet-resnet-34"),
  ])
  func `that segments is found by its name as others write it`(word: String, name: String) {
    #expect(Models.segmenters[word]?.name == name)
  }

  @Test(arguments: [
    ("fcos_resnet50_fpn", "fcos-resnet-50"), ("RetinaNet-ResNet18", "retinanet-resnet-18"),
    ("FCOS_narrow", "fcos-narrow"),
  ])
  func `that detects is found by its name as others write it`(word: String, name: String) {
    #expect(Models.detectors[word]?.name == name)
  }

  @Test func `is one network in every spelling`() {
    let names = Models.classifiers.names + Models.segmenters.names + Models.detectors.names
    #expect(Set(names.map(foldedSpelling)).count == names.count)
    for word in ["resnet-1-8", "wide-resnet-164", "unet-1-6", "unet", "fcos_resnet50_fpn_v2"] {
      #expect(Models.classifiers[word] == nil)
      #expect(Models.segmenters[word] == nil)
      #expect(Models.detectors[word] == nil)
    }
  }
}
