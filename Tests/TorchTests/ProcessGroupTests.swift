import Foundation
import Testing

@testable import Torch

@Suite("A group of processes", .serialized)
struct ProcessGroupTests {
  @Test("sums, broadcasts and gathers, with two and three members", arguments: [2, 3])
  func collectives(size: Int) throws {
    try inGroup(of: size) { group in
      let numbers = Tensor([Float(group.rank + 1), 10], shape: [2])
      try group.sum([numbers])
      #expect(numbers.floats() == [Float(size * (size + 1) / 2), Float(10 * size)])
      let shared = Tensor([Float(group.rank)], shape: [1])
      try group.broadcast([shared])
      #expect(shared.floats() == [0])
      // Of different lengths, one of them nothing.
      let all = try group.gather(Data(repeating: UInt8(group.rank), count: group.rank))
      #expect(all == (0..<size).map { Data(repeating: UInt8($0), count: $0) })
      #expect(try group.broadcast(Data([7, UInt8(group.rank)])) == Data([7, 0]))
      try group.barrier()
    }
  }

  @Test(
    "gradients are those of one batch of all members' images, to 1e-6, and the same bits in each")
  func gradients() throws {
    // x W^T + b of six inputs, the loss a sum of squares: by one process, and by three with two each.
    @Sendable func model() -> Linear {
      let model = Linear(4, 3)
      model.initialize(seed: 5)
      return model
    }
    @Sendable func loss(_ model: Linear, _ rows: Range<Int>) -> Tensor {
      let values = rows.flatMap { row in (0..<4).map { Float(sin(Double(4 * row + $0))) } }
      let outputs = model(Tensor(values, shape: [rows.count, 4]))
      return (outputs * outputs).sum()
    }
    let alone = model()
    loss(alone, 0..<6).backward()
    let expected = alone.namedParameters.map { $0.1.value.gradient?.floats() ?? [] }
    let found = Found()
    try inGroup(of: 3) { group in
      let model = model()
      let reducer = try ProcessGroup.GradientReducer(
        model.namedParameters.map(\.1), in: group)
      // The first image by itself, which only adds up; then the second, with which they are summed.
      loss(model, 2 * group.rank..<2 * group.rank + 1).backward()
      try reducer.sum { loss(model, 2 * group.rank + 1..<2 * group.rank + 2).backward() }
      found.add(model.namedParameters.map { $0.1.value.gradient?.floats() ?? [] })
    }
    #expect(found.all.count == 3)
    for gradients in found.all {
      #expect(gradients == found.all[0])
      for (one, other) in zip(gradients.joined(), expected.joined()) {
        #expect(abs(one - other) <= 1e-6 * max(1, abs(other)))
      }
    }
  }

  @Test("a member that does not come fails the others in time, by its number")
  func missing() throws {
    try inGroup(of: 2, timeout: 2) { group in
      guard group.rank == 0 else { return }
      let error = #expect(throws: TorchError.self) { try group.barrier() }
      #expect(error.map { "\($0)".contains("1") } == true)
    }
  }

  @Test("nobody at the meeting place is an error in time")
  func nobody() throws {
    let begun = Date()
    #expect(throws: GroupError.self) {
      _ = try ProcessGroup(
        rank: 1, size: 2, at: .init(host: "127.0.0.1", port: try ProcessGroup.freePort()),
        timeout: 1)
    }
    #expect(Date().timeIntervalSince(begun) < 20)
  }

  // MARK: Members

  /// What members found, which are threads of this process.
  private final class Found: @unchecked Sendable {
    private let lock = NSLock()
    private var found: [[[Float]]] = []
    var all: [[[Float]]] { lock.withLock { found } }
    func add(_ gradients: [[Float]]) { lock.withLock { found.append(gradients) } }
  }

  private func inGroup(
    of size: Int, timeout: Double = 30, _ body: @escaping @Sendable (ProcessGroup) throws -> Void
  ) throws {
    let port = try ProcessGroup.freePort()
    let failures = Failed()
    let threads = (0..<size).map { rank in
      let done = DispatchSemaphore(value: 0)
      Thread {
        do {
          try body(
            ProcessGroup(
              rank: rank, size: size, at: .init(host: "127.0.0.1", port: port), timeout: timeout))
        } catch { failures.add(error) }
        done.signal()
      }.start()
      return done
    }
    threads.forEach { $0.wait() }
    if let error = failures.first { throw error }
  }

  private final class Failed: @unchecked Sendable {
    private let lock = NSLock()
    private var errors: [any Error] = []
    var first: (any Error)? { lock.withLock { errors.first } }
    func add(_ error: any Error) { lock.withLock { errors.append(error) } }
  }
}
