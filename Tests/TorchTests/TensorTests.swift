import Foundation
import Testing

@testable import Torch

@Suite struct `A failed operation` {
  @Test func `becomes an error with both shapes`() {
    let error = #expect(throws: TorchError.self) {
      try checked { Tensor.zeros([2, 3]).matmul(.zeros([4, 5])).sum().item() }
    }
    #expect(error?.operation == "matmul")
    #expect(error?.shapes == [[2, 3], [4, 5]])
    #expect("\(error.map { "\($0)" } ?? "")".contains("[2, 3] and [4, 5]"))
  }

  @Test func `is the first one, whatever follows from it`() {
    let error = #expect(throws: TorchError.self) {
      try checked {
        let bad = Tensor.zeros([2]) + Tensor.zeros([3])
        #expect(bad.isEmpty)
        return (bad.matmul(.zeros([4])) + Tensor.zeros([5])).item()
      }
    }
    #expect(error?.operation == "add")
  }

  @Test func `for want of memory, or of values to normalize, says what to do`() throws {
    let size = #expect(throws: TorchError.self) { try checked { Tensor.zeros([1 << 47]) } }
    #expect(size?.isOutOfMemory == true)
    #expect(size?.description.hasSuffix("or a smaller model needs less memory") == true, "\(size as Any)")
    let single = #expect(throws: TorchError.self) {
      try checked { BatchNorm(4)(Tensor.zeros([1, 4, 1, 1])) }
    }
    #expect(single?.description.hasSuffix("gives more, and --frozen-norm needs none") == true, "\(single as Any)")
  }

  @Test func `does not outlive its scope`() throws {
    _ = try? checked { Tensor.zeros([2]) + Tensor.zeros([3]) }
    #expect(try checked { Tensor.ones([2]).sum().item() } == 2)
  }

  @Test func `wins over an error that it has caused`() {
    struct Consequence: Error {}
    #expect(throws: TorchError.self) {
      try checked {
        if (Tensor.zeros([2]) + Tensor.zeros([3])).isEmpty { throw Consequence() }
      }
    }
  }
}

@Suite struct `What reads a failed operation` {
  private func failed() -> Tensor { Tensor.zeros([2, 3]).matmul(.zeros([4, 5])) }

  @Test func `throws its failure before anybody counts on the numbers`() {
    func check<Value>(_ read: @escaping (Tensor) throws -> Value) {
      var isReached = false
      let error = #expect(throws: TorchError.self) {
        try checked {
          _ = try read(failed())
          isReached = true
        }
      }
      #expect(error?.operation == "matmul")
      #expect(!isReached)
    }
    check { try $0.readFloats() }
    check { try $0.readDoubles() }
    check { try $0.readInt64s() }
    check { try $0.readBytes() }
    check { try relu($0).softmax(dimension: 1).to(.cpu).readFloats() }
  }

  @Test func `finds no dimension in it, and NaN for its number`() {
    _ = try? checked {
      let failed = failed()
      #expect(failed.size(0) == 0 && failed.size(7) == 0)
      #expect(failed.item().isNaN)
      #expect(failed.floats().isEmpty)
    }
    #expect(Tensor.zeros([2, 3]).size(1) == 3)
    #expect(Tensor.zeros([2, 3]).size(-1) == 0)
  }

  @Test func `reads tensors without numbers`() throws {
    #expect(try Tensor.zeros([0]).readFloats() == [])
    #expect(try Tensor([1, 2] as [Float], shape: [2]).readBytes().count == 8)
  }
}

@Suite struct `The number of threads` {
  @Test(arguments: [0, -1, .min]) func `that no work can be done with is refused`(count: Int) {
    let before = Library.threads
    #expect(throws: TorchError.self) { try Library.setThreads(count) }
    #expect(Library.threads == before)
  }
}

@Suite struct `A tensor` {
  @Test func `keeps what it was made of`() {
    let tensor = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(tensor.shape == [2, 3])
    #expect(tensor.count == 6)
    #expect(tensor.type == .float32)
    #expect(tensor.floats() == [1, 2, 3, 4, 5, 6])
    #expect(tensor.permuted([1, 0]).floats() == [1, 4, 2, 5, 3, 6])
  }

  @Test func `is read row by row even where its memory is channels-last`() {
    let tensor = Tensor((0..<16).map(Float.init), shape: [1, 4, 2, 2])
    #expect(tensor.channelsLast().floats() == tensor.floats())
  }

  @Test func `computes element by element`() {
    let a = Tensor([1, 4, 9] as [Float], shape: [3])
    #expect((a * 2 + 1).floats() == [3, 9, 19])
    #expect(a.squareRoot().floats() == [1, 2, 3])
    #expect((a / a - 1).floats() == [0, 0, 0])
    #expect(a.clamped(from: 2, to: 5).floats() == [2, 4, 5])
    #expect(a.greater(3).chosen(a, 0).floats() == [0, 4, 9])
  }

  @Test func `sums over dimensions`() {
    let a = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    #expect(a.sum(over: [0]).floats() == [4, 6])
    #expect(a.mean(over: [1], keeping: true).shape == [2, 1])
    #expect(a.argmax(dimension: 1).int64s() == [1, 1])
    #expect(a.max().item() == 4)
  }

  @Test func `of random numbers follows from its seed alone`() {
    let a = Tensor.normal([100], seed: 5)
    _ = Tensor.normal([10], seed: 6)
    #expect(a.isBitIdentical(to: .normal([100], seed: 5)))
    #expect(!a.isBitIdentical(to: .normal([100], seed: 6)))
  }

  @Test func `of a number that is not finite is found out`() {
    #expect(
      Tensor([1, .nan, .infinity], shape: [3]).isFinite().to(.float32).floats() == [1, 0, 0])
  }
}

extension Tensor {
  /// Returns an element where this bool tensor is true, and a number elsewhere.
  fileprivate func chosen(_ tensor: Tensor, _ number: Double) -> Tensor {
    tensor.chosen(where: self, else: tensor * 0 + number)
  }
}

@Suite struct `Gradients` {
  @Test func `are recorded, cleared, and not recorded where that is switched off`() throws {
    let x = Tensor([2, 3] as [Float], shape: [2])
    x.requiresGradient = true
    try checked { (x * x).sum().backward() }
    #expect(x.gradient?.floats() == [4, 6])
    x.clearGradient()
    #expect(x.gradient == nil)
    let y = withoutGradient { (x * x).sum() }
    #expect(!y.requiresGradient)
  }

  @Test func `of a device that is not here are not asked for`() {
    #expect(throws: DeviceError.unknown("gpu")) { try Device(named: "gpu") }
    #expect(throws: DeviceError.unknown("cuda:x")) { try Device(named: "cuda:x") }
    #expect(throws: Never.self) { try Device(named: "auto") }
    #expect(Device.available.first == .cpu)
  }

  @Test func `are on the fastest device by default: a card before Apple's, and the first card`() throws {
    #expect(try Device(named: "auto") == Device.available.last)
    let two = Device.all { [.cpu: 1, .cuda: 2, .mps: 1][$0] ?? 0 }
    #expect(two.map(\.name) == ["cpu", "mps", "cuda:1", "cuda:0"])
    #expect(Device.all { $0 == .cuda ? 0 : 1 }.last?.kind == .mps)
  }
}
