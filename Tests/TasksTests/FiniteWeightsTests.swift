import Testing
import Torch

@testable import Tasks

@Suite struct `Weights that are exported` {
  private func tensors(model: Float, average: Float? = nil, other: Float = 0) -> [String: Tensor] {
    var all = [
      "model.fc.weight": Tensor([1, model], shape: [2]),
      "model.steps": Tensor([3] as [Int64], shape: [1]),
      "optimizer.fc": Tensor([other], shape: [1]),
    ]
    if let average { all["average.fc.weight"] = Tensor([1, average], shape: [2]) }
    return all
  }

  @Test func `are numbers, all of them`() throws {
    #expect(try TrainedRun.notFinite(in: tensors(model: 2, average: 3)) == nil)
    #expect(try TrainedRun.notFinite(in: tensors(model: .nan)) == "model.fc.weight")
    #expect(try TrainedRun.notFinite(in: tensors(model: -.infinity)) == "model.fc.weight")
    #expect(try TrainedRun.notFinite(in: tensors(model: 2, average: .nan)) == "average.fc.weight")
  }

  @Test func `are neither those beside averaged ones nor the optimizer's`() throws {
    #expect(try TrainedRun.notFinite(in: tensors(model: .nan, average: 3, other: .nan)) == nil)
  }
}
