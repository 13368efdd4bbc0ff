import Foundation
import Testing
import Torch
import Vision

@Suite struct `The depth of a parameter` {
  /// What timm says, written by `Scripts/fixtures/depth_fixtures.py`: names by depth, by model.
  private static let known: [String: [String: [String]]] = {
    guard let file = Bundle.module.url(forResource: "Fixtures/depths", withExtension: "json"),
      let data = try? Data(contentsOf: file)
    else { return [:] }
    return (try? JSONDecoder().decode([String: [String: [String]]].self, from: data)) ?? [:]
  }()

  private static let models = [
    "efficientnet-lite0", "resnet-18", "resnet-50-d", "densenet-121", "vit-tiny-16",
  ]

  private func depths(_ name: String) throws -> [String: Int] {
    let entry = try Models.classifiers.entry(named: name)
    return Tensor.withoutStorage { entry.make(channels: 3, classes: 10) }.depths
  }

  @Test(arguments: models) func `is what timm's rates by depth count`(name: String) throws {
    let depths = try depths(name)
    let known = try #require(Self.known[name])
    var expected: [String: Int] = [:]
    for (depth, names) in known { for name in names { expected[name] = Int(depth) } }
    // timm counts the last norm of a DenseNet to the head.
    for name in expected.keys where name.hasPrefix("features.norm5.") {
      expected[name] = (expected[name] ?? 0) - 1
    }
    #expect(depths == expected)
  }

  @Test func `rises from the stem to the head in every classifier`() throws {
    for entry in Models.classifiers.entries {
      let model = Tensor.withoutStorage { entry.make(channels: 3, classes: 10) }
      let depths = model.depths
      let names = model.namedParameters.map(\.0)
      let head = try #require(model.heads.first) + ".weight"
      let highest = try #require(depths.values.max())
      #expect(depths.count == names.count, "\(entry.name)")
      #expect(Set(depths.values) == Set(0...highest), "\(entry.name) leaves a depth out")
      #expect(depths[names[0]] == 0 && depths[head] == highest, "\(entry.name)")
      let deepest = depths.filter { $0.value == highest }.keys
      #expect(deepest.allSatisfy { name in model.heads.contains { name.hasPrefix($0 + ".") } })
    }
  }

  @Test(arguments: ["unet-resnet-18", "unet-efficientnet-lite0"])
  func `is the head's in whatever stands on an encoder`(name: String) throws {
    let entry = try Models.segmenters.entry(named: name)
    let depths = Tensor.withoutStorage { entry.make(classes: 3) }.depths
    let highest = try #require(depths.values.max())
    #expect(highest > 8)
    for (name, depth) in depths {
      #expect((depth == highest) == !name.hasPrefix("backbone."), "\(name)")
    }
  }

  @Test func `is the head's in a detector's pyramid`() throws {
    let entry = try Models.detectors.entry(named: "fcos-resnet-18")
    let depths = Tensor.withoutStorage { entry.make(classes: 3) }.depths
    let highest = try #require(depths.values.max())
    #expect(highest == 9, "a stem, eight blocks, and what is on them")
    for (name, depth) in depths {
      #expect((depth == highest) == !name.hasPrefix("backbone.body."), "\(name)")
    }
  }
}
