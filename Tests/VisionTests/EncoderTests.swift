import Foundation
import Testing
import Torch
import Vision

@Suite struct `An encoder` {
  /// One of each family.
  private static let families = [
    "resnet-18", "resnet-50", "mobilenet-v3-small", "efficientnet-lite0", "tf-efficientnet-lite0",
    "efficientnet-v2-s", "regnet-y-400mf", "convnext-tiny",
  ]

  private func entry(_ name: String) throws -> ClassifierEntry {
    try Models.encoders.entry(named: name)
  }

  @Test(arguments: families, [(64, 96), (70, 41)])
  func `has the levels that it says`(name: String, size: (height: Int, width: Int)) throws {
    let make = try #require(entry(name).encoder)
    let encoder = make(2)
    let features = try checked {
      withoutGradient { encoder.features(.ones([1, 2, size.height, size.width])).map(\.shape) }
    }
    let expected = encoder.levels.map { level in
      func side(_ side: Int) -> Int {
        encoder.roundsDown ? side / level.stride : (side + level.stride - 1) / level.stride
      }
      return [1, level.channels, side(size.height), side(size.width)]
    }
    #expect(features == expected)
    #expect(encoder.levels.suffix(4).map(\.stride) == [4, 8, 16, 32])
  }

  /// All that a classifier has but its head, under the same names.
  @Test(arguments: families) func `is its classifier without the head`(name: String) throws {
    let make = try #require(entry(name).encoder)
    let encoder = make(3)
    let classifier = try entry(name).make(channels: 3, classes: 2)
    let rest = classifier.namedTensors.filter { name, _ in
      !encoder.headPrefixes.contains { name.hasPrefix($0) }
    }
    #expect(rest.map(\.0) == encoder.namedTensors.map(\.0))
    #expect(rest.count < classifier.namedTensors.count)
  }

  @Test(arguments: families) func `carries a U-Net`(name: String) throws {
    let segmenter = try Models.segmenters.entry(named: "unet_\(name)")
    let network = segmenter.make(classes: 3)
    network.initialize(seed: 1)
    network.useChannelsLast()
    let images = Tensor.normal([2, 3, 64, 32], seed: 2).channelsLast()
    let logits = try checked {
      let logits = network(images)
      logits.mean().backward()
      return logits.shape
    }
    #expect(logits == [2, 3, 64, 32])
    let lacking = network.namedParameters.filter { $0.1.value.gradient == nil }.map(\.0)
    #expect(lacking.isEmpty, "\(lacking)")
  }

  /// Sides that 32 divides, and others: the pyramid's places are those for which there are anchors.
  @Test(arguments: families, ["fcos", "retinanet"])
  func `carries a detector`(name: String, head: String) throws {
    let detector = try Models.detectors.entry(named: "\(head)-\(name)").make(classes: 3)
    detector.initialize(seed: 1)
    detector.setTraining(false)
    for (height, width) in [(64, 96), (50, 75)] {
      let logits = try checked {
        withoutGradient { detector(.normal([1, 3, height, width], seed: 2)).logits }
      }
      #expect(logits.shape == [1, detector.anchors(height: height, width: width).count, 3])
    }
  }

  @Test(arguments: ["vgg-16", "alexnet", "vit-tiny-16", "densenet-121"])
  func `needs levels`(name: String) throws {
    #expect(Models.classifiers[name] != nil)
    #expect(Models.encoders[name] == nil)
    #expect(Models.segmenters["unet-\(name)"] == nil)
    #expect(Models.detectors["fcos-\(name)"] == nil)
  }
}
