import CTorch
import Formatting
import Foundation
import Numbers

/// Processes that train one model together, on one machine or several.
///
/// All of them call the same operations in the same order; each waits until the others have come so far. A process
/// that does not come within the timeout fails the operation in all others.
///
/// - Source: PyTorch's c10d process groups; Gloo carries the messages.
///
/// One thread uses it, as it does LibTorch.
public final class ProcessGroup: @unchecked Sendable {
  /// The group that trains on this thread; nil for a process by itself.
  @TaskLocal public static var current: ProcessGroup?

  /// This process's number, from 0.
  public let rank: Int
  /// The number of processes.
  public let size: Int
  /// The number of them on this machine.
  public let localSize: Int
  /// This process's number among them, from 0.
  public let localRank: Int
  /// The seconds for which it waits for the others.
  public let timeout: Double
  private let meeting: Meeting
  let handle: ct_group

  /// Where the processes of a group meet.
  public struct Meeting: Sendable, Hashable {
    /// The host of process 0, or of the launcher's store.
    public var host: String
    /// The port at that host.
    public var port: Int
    /// Whether process 0 opens the store; false where a launcher has opened it, as torchrun does.
    public var opensStore: Bool
    /// What tells the messages of one start from those of another, such as the number of restarts.
    public var prefix: String

    /// Describes a meeting.
    public init(host: String, port: Int, opensStore: Bool = true, prefix: String = "rondo") {
      self.host = host
      self.port = port
      self.opensStore = opensStore
      self.prefix = prefix
    }
  }

  /// The most seconds to wait until process 0, or the launcher, has opened the meeting place.
  private static let patience = 20.0

  /// Meets the other processes.
  ///
  /// - Parameters:
  ///   - localSize: how many processes share this machine.
  ///   - localRank: this one's number among them.
  ///   - timeout: seconds to wait for the others, here and in each operation.
  /// - Throws: `GroupError` where the port is in use, nobody answers, or another process does not come.
  public init(
    rank: Int, size: Int, localSize: Int = 1, localRank: Int = 0, at meeting: Meeting, timeout: Double
  ) throws {
    (self.rank, self.size, self.localSize, self.localRank) = (rank, size, localSize, localRank)
    (self.meeting, self.timeout) = (meeting, timeout)
    var group: ct_group?
    let patience = min(timeout, Self.patience)
    do {
      try Self.run("opening the process group") {
        ct_group_open(
          meeting.host, Int32(clamping: meeting.port), Int32(clamping: rank),
          Int32(clamping: size), meeting.opensStore && rank == 0, meeting.prefix, patience, timeout,
          &group, $0)
      }
    } catch let error as TorchError {
      throw GroupError(opening: error, at: meeting, rank: rank, size: size, patience, timeout)
    }
    guard let group else {
      throw TorchError(operation: "opening the process group", shapes: [], reason: "no group")
    }
    handle = group
  }

  deinit { ct_group_close(handle) }

  /// This machine's address from which messages to a host leave, as text.
  public static func address(towards host: String, port: Int) -> String {
    var text: UnsafeMutablePointer<CChar>?
    guard ct_address_towards(host, Int32(clamping: port), &text) == 0, let text else { return host }
    defer { ct_free_message(text) }
    return String(cString: text)
  }

  /// The part of a list that this process has; the parts follow one another, and process 0 has the first element.
  public func part(of count: Int) -> Range<Int> {
    (count * rank + size - 1) / size..<(count * (rank + 1) + size - 1) / size
  }

  /// A port of this machine at which nobody listens now.
  ///
  /// - Throws: `TorchError` where the system gives none.
  public static func freePort() throws -> Int {
    let handle = socket(AF_INET, streamSocket, 0)
    defer { close(handle) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(handle, raw, length) == 0 && getsockname(handle, raw, &length) == 0
      }
    }
    guard isBound else {
      throw TorchError(operation: "looking for a free port", shapes: [], reason: systemReason())
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  #if os(Linux)
    private static let streamSocket = Int32(SOCK_STREAM.rawValue)
  #else
    private static let streamSocket = SOCK_STREAM
  #endif

  // MARK: Tensors

  /// Replaces each tensor by the sum of all processes' ones, in place.
  public func allReduce(_ tensors: [Tensor]) throws {
    _ = try checked {
      effect("sum over processes", all: tensors) {
        ct_group_sum(handle, $0, Int32(clamping: tensors.count), $1)
      }
    }
  }

  /// Returns the sum of all processes' tensors, through which gradients go.
  public func allReduced(_ tensor: Tensor) -> Tensor {
    call("sum over processes", tensor) { ct_group_total(handle, $0, $1, $2) }
  }

  /// Replaces each tensor by process 0's, in place.
  public func broadcast(_ tensors: [Tensor]) throws {
    guard !tensors.isEmpty else { return }
    _ = try checked {
      withoutGradient {
        effect("broadcast", all: tensors) {
          ct_group_broadcast(handle, $0, Int32(clamping: tensors.count), $1)
        }
      }
    }
  }

  /// Replaces each tensor by the mean of all processes' ones, in place.
  ///
  /// Where they are equal, they stay as they are.
  public func allReduceMean(_ tensors: [Tensor]) throws {
    guard !tensors.isEmpty else { return }
    try checked {
      try withoutGradient {
        // In double precision the sum of equal numbers is exact, and so is its share.
        let all = Tensor.concatenated(tensors.map { $0.detached().reshaped([-1]).to(.float64) })
        try allReduce([all])
        var start = 0
        for tensor in tensors {
          let mean = all.narrowed(0, from: start, count: tensor.count) / Double(size)
          tensor.copy(from: mean.to(tensor.type).reshaped(tensor.shape))
          start += tensor.count
        }
      }
    }
  }

  /// Waits for all processes.
  ///
  /// - Throws: `TorchError`, whose reason names the processes that do not come.
  public func barrier() throws {
    try Self.run("waiting for all processes") { ct_group_barrier(handle, $0) }
  }

  // MARK: Bytes

  /// Returns process 0's bytes, whatever the others give.
  public func broadcast(_ bytes: Data) throws -> Data {
    let count = Tensor([Int64(bytes.count)], shape: [1])
    try broadcast([count])
    let length = try Self.number(in: count)
    guard length > 0 else { return Data() }
    let carried = Self.tensor(of: rank == 0 ? bytes : Data(count: length))
    try broadcast([carried])
    return try Self.bytes(of: carried)
  }

  /// Returns all processes' bytes, in the order of their numbers.
  public func allGather(_ bytes: Data) throws -> [Data] {
    let lengths = try allGather(Tensor([Int64(bytes.count)], shape: [1])).map(Self.number)
    let longest = lengths.max() ?? 0
    guard longest > 0 else { return lengths.map { _ in Data() } }
    // All tensors of one operation have the same shape.
    let padded = Self.tensor(of: bytes + Data(count: longest - bytes.count))
    return try zip(allGather(padded), lengths).map { try Self.bytes(of: $0).prefix($1) }
  }

  // MARK: Notes

  /// Leaves a note for the other processes where they met; one that `outlivesRestarts` is there when the launcher has
  /// started them again.
  public func post(_ text: String, as key: String, outlivesRestarts: Bool = false) throws {
    try Self.run("leaving a note") {
      ct_group_post(handle, name(of: key, outlivesRestarts), text, $0)
    }
  }

  /// Returns a note, nil where there is none; waits for nothing.
  public func posted(_ key: String, outlivesRestarts: Bool = false) throws -> String? {
    var text: UnsafeMutablePointer<CChar>?
    try Self.run("reading a note") {
      ct_group_posted(handle, name(of: key, outlivesRestarts), &text, $0)
    }
    guard let text else { return nil }
    defer { ct_free_message(text) }
    return String(cString: text)
  }

  private func name(of key: String, _ outlivesRestarts: Bool) -> String {
    (outlivesRestarts ? "rondo" : meeting.prefix) + "-note-" + key
  }

  private static func tensor(of bytes: Data) -> Tensor {
    bytes.withUnsafeBytes { Tensor(copying: $0, shape: [bytes.count], type: .uint8) }
  }

  private static func number(in tensor: Tensor) throws -> Int {
    Int(clamping: try tensor.readInt64s().first ?? 0)
  }

  private static func bytes(of tensor: Tensor) throws -> Data { Data(try tensor.readBytes()) }

  /// Returns all processes' tensors of one shape, in the order of their numbers.
  func allGather(_ tensor: Tensor) throws -> [Tensor] {
    let outputs = (0..<size).map { _ in Tensor.zeros(tensor.shape, type: tensor.type) }
    _ = try checked {
      effect("gather", all: [tensor] + outputs) { pointers, message in
        ct_group_gather(
          handle, pointers[0], pointers + 1, Int32(clamping: outputs.count), message)
      }
    }
    return outputs
  }

  static func run(_ operation: String, _ body: (Message) -> Int32) throws {
    var message: UnsafeMutablePointer<CChar>?
    guard body(&message) != 0 else { return }
    throw TorchError(operation: operation, shapes: [], reason: Failures.reason(from: message))
  }

  // MARK: Gradients

  /// Sums the gradients of a model's parameters over the processes, while the backward pass goes on.
  ///
  /// The buckets in which they travel stay the same, so that a run that resumes has the same bits. Another set of trained
  /// parameters needs another reducer.
  ///
  /// - Source: c10d's Reducer, which PyTorch's DistributedDataParallel stands on.
  public final class GradientReducer {
    private let handle: ct_reducer
    // The group has to outlive it.
    private let group: ProcessGroup

    /// Creates a reducer for parameters in the same order in all processes.
    ///
    /// - Throws: `TorchError` where their shapes differ between processes.
    public init(_ parameters: [Parameter], in group: ProcessGroup) throws {
      self.group = group
      var reducer: ct_reducer?
      _ = try checked {
        effect("summing gradients", all: parameters.map(\.value)) {
          ct_reducer_make(group.handle, $0, Int32(clamping: parameters.count), &reducer, $1)
        }
      }
      guard let reducer else {
        throw TorchError(operation: "summing gradients", shapes: [], reason: "nothing is trained")
      }
      handle = reducer
    }

    deinit { ct_reducer_free(handle) }

    /// Runs a backward pass after which the gradients are those of all processes, added up.
    ///
    /// The gradients of earlier backward passes of the same update are included.
    public func allReduce(_ backward: () throws -> Void) throws {
      try ProcessGroup.run("summing gradients") { ct_reducer_begin(handle, $0) }
      try backward()
      try ProcessGroup.run("summing gradients") { ct_reducer_finish(handle, $0) }
    }
  }
}
