import Foundation
import Machine
import Synchronization
import Testing

@testable import Torch

@Suite("A group of processes", .serialized)
struct ProcessGroupTests {
  @Test("sums, broadcasts and gathers, with two and three members", arguments: [2, 3])
  func collectives(size: Int) throws {
    try inGroup(of: size) { group in
      let numbers = Tensor([Float(group.rank + 1), 10], shape: [2])
      try group.allReduce([numbers])
      #expect(numbers.floats() == [Float(size * (size + 1) / 2), Float(10 * size)])
      let shared = Tensor([Float(group.rank)], shape: [1])
      try group.broadcast([shared])
      #expect(shared.floats() == [0])
      // Of different lengths, one of them nothing.
      let all = try group.allGather(Data(repeating: UInt8(group.rank), count: group.rank))
      #expect(all == (0..<size).map { Data(repeating: UInt8($0), count: $0) })
      #expect(try group.broadcast(Data([7, UInt8(group.rank)])) == Data([7, 0]))
      try group.barrier()
    }
  }

  @Test("tells a value that is nil from none, and others what the first one works out")
  func sharing() throws {
    try inGroup(of: 2) { group in
      try ProcessGroup.$current.withValue(group) {
        let nothing: Int? = try ProcessGroup.broadcastFromFirst { nil }
        #expect(nothing == nil)
        #expect(try ProcessGroup.broadcastFromFirst { Int?(group.rank + 7) } == 7)
        #expect(try ProcessGroup.broadcastFromFirstIfAny { Int?.none } == nil)
      }
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
      try reducer.allReduce { loss(model, 2 * group.rank + 1..<2 * group.rank + 2).backward() }
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

  @Test(
    "batch norms of all members' images are PyTorch's of the whole batch, also far from 0",
    arguments: [
      ("near", DataType.float64, 1e-12), ("far", .float64, 1e-9), ("far", .float32, 2e-3),
    ])
  func batchNorm(kind: String, type: DataType, tolerance: Double) throws {
    let file = try #require(
      Bundle.module.url(
        forResource: "batch-norm", withExtension: "safetensors", subdirectory: "Fixtures"))
    try inGroup(of: 3) { group in
      let known = try Safetensors.read(file).tensors
      func tensor(_ name: String) throws -> Tensor { try #require(known["\(kind).\(name)"]) }
      let norm = BatchNorm(3)
      norm.convert(to: type)
      norm.isSynchronized = true
      try checked {
        try withoutGradient {
          norm.weight.value.copy(from: try tensor("weight").to(type))
          norm.bias.value.copy(from: try tensor("bias").to(type))
        }
      }
      // Of seven images three, two and two.
      let part = group.part(of: 7)
      func slice(_ name: String) throws -> Tensor {
        try tensor(name).narrowed(0, from: part.lowerBound, count: part.count).to(type).contiguous()
      }
      let x = Parameter(try slice("x"))
      let y = ProcessGroup.$current.withValue(group) { norm(x.value) }
      let slope = try slice("slope")
      try checked { (y * slope).sum().backward() }
      let gradients = try [norm.weight, norm.bias].map { try #require($0.value.gradient?.clone()) }
      try group.allReduce(gradients)
      let found: [(String, Tensor, Tensor)] = [
        ("y", y, try slice("y")),
        ("x.gradient", try #require(x.value.gradient), try slice("x.gradient")),
        ("weight.gradient", gradients[0], try tensor("weight.gradient")),
        ("bias.gradient", gradients[1], try tensor("bias.gradient")),
        ("running_mean", norm.runningMean.value, try tensor("running_mean")),
        ("running_var", norm.runningVar.value, try tensor("running_var")),
      ]
      for (name, one, other) in found {
        let (one, other) = (one.detached().doubles(), other.doubles())
        let worst = zip(one, other).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? .infinity
        #expect(one.count == other.count && worst <= tolerance, "\(name): \(worst)")
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

  @Test("members that were told other numbers of members say so, each of them")
  func otherSize() throws {
    let port = try ProcessGroup.freePort()
    let known = Mutex<[Int: GroupError]>([:])
    DispatchQueue.concurrentPerform(iterations: 2) { rank in
      do {
        _ = try ProcessGroup(
          rank: rank, size: 2 + rank, at: .init(host: "127.0.0.1", port: port), timeout: 3)
      } catch let error as GroupError { known.withLock { $0[rank] = error } } catch {}
    }
    for rank in 0..<2 {
      let text = known.withLock { $0[rank].map { "\($0)" } ?? "" }
      #expect(
        text.contains("process 1 has a number of processes (WORLD_SIZE) of 3, but process 0 has 2"),
        "\(text)")
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

  // MARK: Cards

  @Test("members of a machine take its cards in turn, and share them where there are fewer")
  func cards() throws {
    #expect((0..<5).map { ProcessGroup.card(of: $0, cards: 4) } == [0, 1, 2, 3, 0])
    #expect(ProcessGroup.card(of: 3, cards: 0) == 0)
  }

  @Test("NCCL carries tensors between cards of their own, and not where two share one")
  func nccl() throws {
    func place(_ host: String, _ card: Int, missing: String? = nil) -> ProcessGroup.Place {
      .init(host: host, device: Device(kind: .cuda, index: card), missing: missing)
    }
    #expect(ProcessGroup.reasonAgainstNCCL([place("a", 0), place("a", 1), place("b", 0)]) == nil)
    let shared = ProcessGroup.reasonAgainstNCCL([place("a", 0), place("a", 0)])
    #expect(shared == "cuda:0 is shared by processes, which NCCL refuses")
    let missing = ProcessGroup.reasonAgainstNCCL([place("a", 0), place("b", 0, missing: "no library")])
    #expect(missing == "process 1: no library")
  }

  @Test("nothing is decided of cards where all compute on processors, and a device that is not here is refused")
  func processors() throws {
    try inGroup(of: 2) { group in
      try ProcessGroup.$current.withValue(group) {
        let backend = try group.carryTensors(on: .cpu)
        #expect(backend == nil)
        #expect(try group.device(of: .cpu) == .cpu)
        #expect(throws: DeviceError.self) { try group.device(of: DeviceName(.cuda, index: 99)) }
      }
    }
  }

  @Test(
    "members on one card exchange tensors through the computer's memory",
    .enabled(if: Device.available.contains { $0.kind == .cuda }))
  func onOneCard() throws {
    try inGroup(of: 2) { group in
      try ProcessGroup.$current.withValue(group) {
        let card = try group.device(of: DeviceName(.cuda))
        guard case .gloo? = try group.carryTensors(on: Device(kind: .cuda)) else {
          Issue.record("NCCL cannot carry tensors within a card")
          return
        }
        let numbers = Tensor([Float(group.rank + 1)], shape: [1]).to(card)
        try group.allReduce([numbers])
        #expect(numbers.floats() == [3])
      }
    }
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
