import Foundation
import TestSupport
import Testing
import Torch
import Vision

@Suite struct `Weights from another task` {
  private let directory = TemporaryDirectory()

  private func make(_ name: String, classes: Int = 3) throws -> any Module {
    try Models.detectors[name]?.make(classes: classes)
      ?? Models.segmenters.entry(named: name).make(classes: classes)
  }

  private func load(_ source: any Module, into network: any Module) throws -> LoadedWeights {
    let file = directory.url("source.safetensors")
    try Safetensors.write(source.namedTensors, to: file)
    return try LoadedWeights(file.path, into: network)
  }

  private func values(of network: any Module) -> [String: Tensor] {
    Dictionary(
      network.namedTensors.map { ($0.0, $0.1.detached().clone()) }, uniquingKeysWith: { $1 })
  }

  private func isSame(_ value: Tensor, _ other: Tensor?) -> Bool {
    other.map(value.isBitIdentical) ?? false
  }

  private func classifier(_ name: String) throws -> any Module {
    let classifier = try Models.classifiers.entry(named: name).make(channels: 3, classes: 7)
    classifier.initialize(seed: 1)
    return classifier
  }

  @Test(
    arguments: [
      ("unet-16x2", ["head"]), ("unet-resnet-18", ["head"]),
      ("fcn-resnet-50", ["classifier.4", "aux_classifier.4"]),
      ("deeplabv3-resnet-50", ["classifier.4", "aux_classifier.4"]),
      ("fcos-narrow", ["head.classification_head.cls_logits"]),
      ("retinanet-resnet-18", ["head.classification_head.cls_logits"]),
    ])
  func `for other classes are taken over but for the heads, which is said`(
    name: String, heads: [String]
  ) throws {
    let (source, network) = (try make(name, classes: 7), try make(name))
    source.initialize(seed: 1)
    network.initialize(seed: 2)
    let before = values(of: network)
    let loaded = try load(source, into: network)
    #expect(loaded.replacedHeads.map(\.name) == heads)
    #expect(!loaded.isBackbone)
    let anchors = name.hasPrefix("retinanet") ? 9 : 1
    for head in loaded.replacedHeads {
      #expect(head.before == 7 * anchors && head.now == 3 * anchors)
      #expect("\(loaded)".contains("; the head \(head.name) of \(7 * anchors) outputs is replaced"))
    }
    let given = values(of: source)
    for (key, value) in values(of: network) {
      let isHead = heads.contains { key.hasPrefix($0 + ".") }
      #expect(isSame(value, isHead ? before[key] : given[key]), "\(key)")
    }
  }

  @Test(
    arguments: [
      ("unet-resnet-18", "resnet-18", "backbone."), ("fcn-resnet-50", "resnet-50", "backbone."),
      ("fcos-resnet-18", "resnet-18", "backbone.body."),
      ("retinanet-resnet-18", "resnet-18", "backbone.body."),
      ("unet-mobilenet-v3-small", "mobilenet-v3-small", "backbone."),
      ("fcos-efficientnet-lite0", "efficientnet-lite0", "backbone.body."),
      ("unet-regnet-y-400mf", "regnet-y-400mf", "backbone."),
      ("unet-convnext-tiny", "convnext-tiny", "backbone."),
    ])
  func `of a classifier are taken over for what a network stands on`(
    name: String, encoder: String, position: String
  ) throws {
    let (classifier, network) = (try classifier(encoder), try make(name))
    network.initialize(seed: 2)
    let before = values(of: network)
    let loaded = try load(classifier, into: network)
    #expect(loaded.isBackbone)
    #expect(loaded.count == network.namedTensors.filter { $0.0.hasPrefix(position) }.count)
    #expect("\(loaded)".hasSuffix(", for the backbone alone"))
    let given = values(of: classifier)
    for (key, value) in values(of: network) {
      let own = key.hasPrefix(position) ? given[String(key.dropFirst(position.count))] : before[key]
      #expect(isSame(value, own), "\(key)")
    }
  }

  @Test(arguments: ["unet-resnet-18", "fcos-resnet-18"])
  func `of a classifier of another depth are refused, and change nothing`(name: String) throws {
    let network = try make(name)
    network.initialize(seed: 2)
    let before = values(of: network)
    #expect(throws: WeightsError.self) { try load(classifier("resnet-34"), into: network) }
    for (key, value) in values(of: network) { #expect(isSame(value, before[key]), "\(key)") }
  }
}
