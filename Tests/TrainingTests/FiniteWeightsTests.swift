import Testing
import Torch

@testable import Training

@Suite struct `Numbers of a checkpoint that have to be finite` {
  private func tensors(model: Float, average: Float? = nil, other: Float = 0) -> [String: Tensor] {
    var all = [
      "model.fc.weight": Tensor([1, model], shape: [2]),
      "model.steps": Tensor([3] as [Int64], shape: [1]),
      "optimizer.fc": Tensor([other], shape: [1]),
    ]
    if let average { all["average.fc.weight"] = Tensor([1, average], shape: [2]) }
    return all
  }

  private func name(_ tensors: [String: Tensor], _ wanted: Checkpoint.Wanted) throws -> String? {
    try Checkpoint.notFinite(in: tensors, wanted)
  }

  @Test func `are those of the model that is evaluated, all of them`() throws {
    #expect(try name(tensors(model: 2, average: 3), .exported) == nil)
    #expect(try name(tensors(model: .nan), .exported) == "model.fc.weight")
    #expect(try name(tensors(model: -.infinity), .exported) == "model.fc.weight")
    #expect(try name(tensors(model: 2, average: .nan), .exported) == "average.fc.weight")
    #expect(try name(tensors(model: .nan, average: 3, other: .nan), .exported) == nil)
  }

  @Test func `are all of a run that continues`() throws {
    #expect(try name(tensors(model: 2, average: 3), .all) == nil)
    #expect(try name(tensors(model: .nan, average: 3), .all) == "model.fc.weight")
    #expect(try name(tensors(model: 2, other: .infinity), .all) == "optimizer.fc")
    #expect(try name(tensors(model: 2, other: .infinity), .model) == nil)
  }
}
