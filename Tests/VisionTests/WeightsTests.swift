import Foundation
import TestSupport
import Testing
import Torch
import Vision

@Suite struct `Weights from a file` {
  private let directory = TemporaryDirectory()
  private var file: URL { directory.url("file.safetensors") }

  private func model(classes: Int = 3, seed: UInt64 = 1) -> any Layer {
    let model = ResNetCIFAR(depth: 8, channels: 3, classes: classes)
    model.initialize(seed: seed)
    return model
  }

  /// Writes a model's tensors, changed by a test, and loads them into another model.
  private func load(
    _ source: any Layer, into model: any Layer,
    _ change: (inout [(String, Tensor)]) -> Void = { _ in }
  ) throws -> LoadedWeights {
    var tensors = source.namedTensors
    change(&tensors)
    try Safetensors.write(tensors, to: file)
    return try LoadedWeights(file.path, into: model)
  }

  private func bytes(_ model: any Layer) -> [String: [Float]] {
    Dictionary(model.namedTensors.map { ($0.0, $0.1.floats()) }, uniquingKeysWith: { $1 })
  }

  @Test func `are taken over, whatever PyTorch counts beside them`() throws {
    let (source, target) = (model(), model(seed: 2))
    let loaded = try load(source, into: target) {
      $0.append(("bn1.num_batches_tracked", Tensor([7] as [Int64], shape: [])))
      $0.append(("mask_token", .ones([1, 384])))
    }
    #expect(bytes(target) == bytes(source))
    #expect(loaded.count == source.namedTensors.count)
    #expect(loaded.replacedHeads.isEmpty)
  }

  @Test func `of a checkpoint are taken over without its optimizer`() throws {
    let (source, target) = (model(), model(seed: 2))
    let loaded = try load(source, into: target) {
      $0 = $0.flatMap { [("model." + $0.0, $0.1), ("optimizer.momentum_buffer." + $0.0, $0.1)] }
    }
    #expect(bytes(target) == bytes(source))
    #expect(loaded.count == source.namedTensors.count)
  }

  @Test(arguments: ["module.", "model.", "state_dict.", "_orig_mod.module.", "net."])
  func `inside a wrapper are taken over, and the wrapper is named`(wrapper: String) throws {
    let (source, target) = (model(), model(seed: 2))
    let loaded = try load(source, into: target) {
      $0 = $0.map { (wrapper + $0.0, $0.1) }
      $0.append((wrapper + "bn1.num_batches_tracked", Tensor([7] as [Int64], shape: [])))
      $0.append(("epoch", Tensor([7] as [Int64], shape: [])))
    }
    #expect(bytes(target) == bytes(source))
    #expect(loaded.wrapper == wrapper)
    #expect("\(loaded)".contains("there after '\(wrapper)'"))
  }

  @Test(arguments: [
    ("ema.module.", "model."), ("state_dict.model_ema.", "state_dict.model."),
    ("teacher.backbone.", "student.backbone."), ("state_dict.model.", "state_dict.critic."), ("", "ema."),
    ("ema.", "model_ema."), ("model.", "state_dict."),
  ])
  func `that are averaged are taken before the model's own, and both are named`(taken: String, other: String) throws {
    let (source, target) = (model(), model(seed: 2))
    let loaded = try load(source, into: target) { tensors in
      tensors = tensors.flatMap { [(other + $0.0, $0.1 * 0), (taken + $0.0, $0.1)] }
    }
    #expect(bytes(target) == bytes(source))
    #expect(loaded.wrapper == taken && loaded.others == [other])
    #expect("\(loaded)".contains("not those after '\(other)'"))
  }

  @Test func `that are there twice are not chosen between`() throws {
    let error = #expect(throws: WeightsError.self) {
      try load(model(), into: model(seed: 2)) { tensors in
        tensors = tensors.flatMap { [("left." + $0.0, $0.1), ("right." + $0.0, $0.1)] }
      }
    }
    #expect("\(try #require(error))".contains("the model's tensors 2 times, after 'left.', 'right.'"))
  }

  @Test(arguments: [Float.nan, .infinity])
  func `with a number that is not finite are refused by the tensor, and change nothing`(
    number: Float
  ) throws {
    let target = model(seed: 2)
    let before = bytes(target)
    let error = #expect(throws: WeightsError.self) {
      try load(model(), into: target) { tensors in
        tensors = tensors.map {
          $0.0 == "bn1.bias"
            ? ($0.0, Tensor([1, number] + .init(repeating: 0, count: 14), shape: [16])) : $0
        }
      }
    }
    #expect(bytes(target) == before)
    #expect(error?.notFinite == ["bn1.bias"])
    #expect(
      "\(try #require(error))".contains(
        "has values that are NaN or infinite, or variances below 0, in bn1.bias: "))
  }

  @Test func `in half precision are converted`() throws {
    let target = model(seed: 2)
    _ = try load(model(), into: target) { $0 = $0.map { ($0.0, $0.1.to(.float16)) } }
    let half = try #require(model().namedTensors.first).1.to(.float16).floats()
    #expect(target.namedTensors.first?.1.floats() == half)
  }

  @Test func `with a head of another size leave the model's as it began, and say so`() throws {
    let (source, target) = (model(classes: 1000), model(seed: 2))
    let before = bytes(target)
    let loaded = try load(source, into: target)
    for (name, values) in bytes(target) {
      #expect(values == (name.hasPrefix("fc.") ? before[name] : bytes(source)[name]), "\(name)")
    }
    #expect(loaded.count == source.namedTensors.count - 2)
    #expect("\(loaded)".hasSuffix("; the head fc of 1000 outputs is replaced by one of 3"))
  }

  @Test func `of another model are refused with the first differences, and change nothing`() throws {
    let target = model(seed: 2)
    let before = bytes(target)
    let error = #expect(throws: WeightsError.self) {
      try load(model(), into: target) { tensors in
        tensors.removeAll { $0.0.hasPrefix("layer2.0.bn") }
        tensors.append(("layer4.weight", .ones([2])))
        tensors = tensors.map { $0.0 == "conv1.weight" ? ($0.0, .ones([16, 2, 3, 3])) : $0 }
      }
    }
    #expect(bytes(target) == before)
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(file.path))
    for words in [
      "it lacks layer2.0.bn1.weight, layer2.0.bn1.bias, layer2.0.bn2.weight and 5 more;",
      "it has the additional layer4.weight;",
      "these have other shapes: conv1.weight ([16, 2, 3, 3], the model has [16, 3, 3, 3])",
      "Use the --model or --encoder",
    ] {
      #expect(sentence.contains(words), "\(sentence)")
    }
  }

  /// What a first layer makes of a gray image in three equal channels, the summed filters make of its one channel.
  @Test func `for color images are summed for gray ones, which is said`() throws {
    let (source, target) = (model(), ResNetCIFAR(depth: 8, channels: 1, classes: 3))
    let loaded = try load(source, into: target)
    #expect("\(loaded)".contains(", conv1.weight summed over its 3 channels"))
    try expectSamePredictions(ofGray: target, ofColor: source)
  }

  /// Expects of a gray image what the other model makes of it in three equal channels.
  private func expectSamePredictions(
    ofGray gray: any Layer, ofColor color: any Layer, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let images = Tensor.normal([2, 1, 16, 16], seed: 3)
    for model in [gray, color] { model.setTraining(false) }
    let (plain, colored) = try checked {
      withoutGradient {
        (gray(images).floats(), color(.concatenated([images, images, images], along: 1)).floats())
      }
    }
    #expect(
      zip(colored, plain).allSatisfy { abs($0 - $1) < 1e-4 }, sourceLocation: sourceLocation)
  }

  /// What a first layer makes of a gray image, the divided filters make of it in three equal channels.
  @Test func `for gray images are divided among the channels of color ones, which is said`() throws {
    let (source, target) = (ResNetCIFAR(depth: 8, channels: 1, classes: 3), model())
    source.initialize(seed: 5)
    let loaded = try load(source, into: target)
    #expect("\(loaded)".contains(", conv1.weight, which is for gray images, divided among three channels"))
    try expectSamePredictions(ofGray: source, ofColor: target)
  }

  @Test func `with a variance below 0 are refused by the tensor`() throws {
    let target = model(seed: 2)
    let error = #expect(throws: WeightsError.self) {
      try load(model(), into: target) { tensors in
        tensors = tensors.map {
          $0.0 == "bn1.running_var"
            ? ($0.0, Tensor([1, -0.5] + .init(repeating: 1, count: 14), shape: [16])) : $0
        }
      }
    }
    #expect(error?.notFinite == ["bn1.running_var"])
  }

  @Test func `without a head leave the model's as it began, and say so`() throws {
    let (source, target) = (model(), model(seed: 2))
    let before = bytes(target)
    let loaded = try load(source, into: target) { $0.removeAll { $0.0.hasPrefix("fc.") } }
    #expect(bytes(target)["fc.weight"] == before["fc.weight"])
    #expect(bytes(target)["conv1.weight"] == bytes(source)["conv1.weight"])
    #expect("\(loaded)".hasSuffix("; the head fc, which the file lacks, is new"))
  }

  /// As `model.fc = Sequential(Dropout(), Linear(64, 5))` is saved.
  @Test func `with a head of other layers leave the model's as it began, and say so`() throws {
    let (source, target) = (model(), model(seed: 2))
    let before = bytes(target)
    let loaded = try load(source, into: target) { tensors in
      tensors.removeAll { $0.0.hasPrefix("fc.") }
      tensors += [("fc.1.weight", .ones([5, 64])), ("fc.1.bias", .ones([5]))]
    }
    #expect(bytes(target)["fc.weight"] == before["fc.weight"])
    #expect(bytes(target)["conv1.weight"] == bytes(source)["conv1.weight"])
    #expect(
      "\(loaded)".hasSuffix("; the head fc, which is of other layers in the file, is new"))
    #expect(loaded.newHeads == ["fc"])
  }

  @Test func `of another model are refused with the model that they fit`() throws {
    let error = #expect(throws: WeightsError.self) {
      try load(
        try Models.classifiers.entry(named: "resnet-34").make(channels: 3, classes: 7),
        into: try Models.classifiers.entry(named: "resnet-18").make(channels: 3, classes: 3))
    }
    #expect(error?.fitting == ["resnet-34"])
    // All of ResNet-18's names and shapes are among ResNet-34's but the second stages' heads of classes: 100 of them.
    let sentence = "\(try #require(error))"
    for words in [
      ": of the model's 102 tensors it has 100; it has", "; it fits resnet-34. Use the --model",
    ] { #expect(sentence.contains(words), "\(sentence)") }
  }

  @Test func `with a head for other features are refused`() throws {
    let error = #expect(throws: WeightsError.self) {
      try load(model(), into: model()) { tensors in
        tensors = tensors.map { $0.0 == "fc.weight" ? ($0.0, .ones([1000, 128])) : $0 }
      }
    }
    #expect(error?.match.misshapen == ["fc.weight ([1000, 128], the model has [3, 64])"])
  }

  @Test func `of GoogLeNet are taken over without its auxiliary classifiers`() throws {
    let source = GoogLeNet(channels: 3, classes: 3)
    let loaded = try load(source, into: GoogLeNet(channels: 3, classes: 3)) {
      $0.append(("aux1.conv.conv.weight", .ones([1])))
      $0.append(("aux2.fc2.bias", .ones([1])))
    }
    #expect(loaded.count == source.namedTensors.count)
  }
}
