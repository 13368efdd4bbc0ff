import Foundation
import Testing
import Torch

/// Gradients before and after PyTorch's clipping, by `Scripts/fixtures/clipping_fixtures.py`.
@Suite struct `Clipped gradients` {
  @Test(arguments: ["far", "near", "above"]) func `are PyTorch's`(limit: String) throws {
    let file = try #require(
      Bundle.module.url(
        forResource: "clipping", withExtension: "safetensors", subdirectory: "Fixtures"))
    let known = try Safetensors.read(file).tensors
    func tensor(_ name: String) throws -> Tensor { try #require(known["\(limit).\(name)"]) }

    let before = try (0..<3).map { try tensor("before.\($0)") }
    let parameters = before.map { Parameter(.zeros($0.shape)) }
    try checked {
      for (parameter, gradient) in zip(parameters, before) {
        (parameter.value * gradient).sum().backward()
      }
    }
    let named = parameters.enumerated().map { ("\($0)", $1) }
    let norm = try checked { clipGradients(of: named, to: try tensor("limit").item()) }
    #expect(abs(norm.item() - (try tensor("norm").item())) < 1e-5)
    for (index, parameter) in parameters.enumerated() {
      let gradient = try #require(parameter.value.gradient)
      let apart = try checked { (gradient - (try tensor("after.\(index)"))).magnitude().max() }
      #expect(apart.item() < 1e-6)
    }
  }

  @Test func `of nothing have no norm`() throws {
    let norm = try checked { clipGradients(of: [("still", Parameter(.zeros([2])))], to: 1) }
    #expect(norm.item() == 0)
  }
}
