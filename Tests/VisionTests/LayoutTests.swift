import Foundation
import TestSupport
import Testing
import Torch
import Vision

/// What a system computes with weights under its own names, written by `Scripts/fixtures/layout_fixtures.py`.
private struct LayoutFixture: Decodable {
  let system: String
  let shapes: [String: String]
  let size: Int
  let evaluation: [Double]

  static let all: [String: LayoutFixture] = {
    guard
      let file = Bundle.module.url(
        forResource: "layouts", withExtension: "json", subdirectory: "Fixtures"),
      let data = try? Data(contentsOf: file)
    else { return [:] }
    return (try? JSONDecoder().decode([String: LayoutFixture].self, from: data)) ?? [:]
  }()

  /// The weights by the formula, under the system's names.
  func weights() throws -> [(String, Tensor)] {
    try checked {
      shapes.map { name, text in
        let shape = text.split(separator: "x").compactMap { Int($0) }
        if shape.count > 1 {
          let inputs = Double(shape.dropFirst().reduce(1, *))
          return (name, Formula.tensor(name, shape, scale: (6 / inputs).squareRoot()))
        }
        if name.hasSuffix("running_var") {
          return (name, Formula.tensor(name, shape, scale: 0.5, offset: 1))
        }
        return (
          name, Formula.tensor(name, shape, scale: 0.1, offset: name.hasSuffix("weight") ? 1 : 0)
        )
      }
    }
  }
}

@Suite struct `Weights with another system's names` {
  private let directory = TemporaryDirectory()
  private var file: URL { directory.url("file.safetensors") }

  private static let known = LayoutFixture.all.keys.sorted()

  private func load(
    _ tensors: [(String, Tensor)], into model: any Module
  ) throws -> LoadedWeights {
    try Safetensors.write(tensors, to: file)
    return try LoadedWeights(file.path, into: model)
  }

  @Test(arguments: known, ["", "module."])
  func `give the logits that they give there, and the system is named`(
    name: String, wrapper: String
  ) throws {
    let fixture = try #require(LayoutFixture.all[name])
    let model = try Models.classifiers.entry(named: name).make(channels: 3, classes: 10)
    let loaded = try load(fixture.weights().map { (wrapper + $0.0, $0.1) }, into: model)
    #expect(loaded.count == fixture.shapes.count && loaded.replacedHeads.isEmpty)
    #expect("\(loaded)".contains("with \(fixture.system)'s names"))
    #expect(loaded.wrapper == wrapper)
    model.convert(to: .float64)
    model.setTraining(false)
    let images = Formula.tensor("images", [4, 3, fixture.size, fixture.size]).to(.float64)
    let logits = try checked { withoutGradient { model(images).doubles() } }
    try #require(logits.count == fixture.evaluation.count)
    let largest = fixture.evaluation.map(abs).max() ?? 0
    let difference = zip(logits, fixture.evaluation).map { abs($0 - $1) }.max() ?? .infinity
    var tolerance = 1e-9 * max(1, largest)
    if difference >= tolerance {
      // A change of the images by rounding, which some of these networks multiply a million times.
      let near = try checked { withoutGradient { model(images * (1 + 1e-13)).doubles() } }
      tolerance = max(tolerance, zip(logits, near).map { abs($0 - $1) }.max() ?? 0)
    }
    #expect(difference < tolerance, "\(difference) of \(largest)")
  }

  @Test func `that TensorFlow trained are loaded into the other padding with a word about it`()
    throws
  {
    let fixture = try #require(LayoutFixture.all["tf-efficientnet-lite0"])
    let model = try Models.classifiers.entry(named: "efficientnet-lite0").make(
      channels: 3, classes: 10)
    let loaded = try load(fixture.weights(), into: model)
    #expect("\(loaded)".contains("(trained with TensorFlow's padding, which the models tf-effi"))
  }
}
