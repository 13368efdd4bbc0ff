import CTorch
import Foundation
import Numbers

/// Processes that train one model together, on one machine or several.
///
/// All of them call the same operations in the same order; each waits until the others have come so far. A process
/// that does not come within the timeout fails the operation in all others.
///
/// - Source: PyTorch's c10d process groups; Gloo carries the messages.
public final class ProcessGroup {
  /// This process's number, from 0.
  public let rank: Int
  /// The number of processes.
  public let size: Int
  private let handle: ct_group

  /// Where the processes of a group meet.
  public struct Meeting: Sendable, Hashable {
    /// The host of process 0, or of the launcher's store.
    public var host: String
    /// The port.
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

  /// Meets the other processes.
  ///
  /// - Parameter timeout: seconds to wait for the others, here and in each operation.
  /// - Throws: `TorchError` where the port is in use, nobody answers, or another process does not come.
  public init(rank: Int, size: Int, at meeting: Meeting, timeout: Double) throws {
    self.rank = rank
    self.size = size
    var group: ct_group?
    try Self.run("opening the process group") {
      ct_group_open(
        meeting.host, Int32(clamping: meeting.port), Int32(clamping: rank), Int32(clamping: size),
        meeting.opensStore && rank == 0, meeting.prefix, timeout, &group, $0)
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

  // MARK: Tensors

  /// Replaces each tensor by the sum of all processes' ones, in place.
  public func sum(_ tensors: [Tensor]) throws {
    _ = try checked {
      effect("sum over processes", all: tensors) {
        ct_group_sum(handle, $0, Int32(clamping: tensors.count), $1)
      }
    }
  }

  /// Replaces each tensor by process 0's, in place.
  public func broadcast(_ tensors: [Tensor]) throws {
    _ = try checked {
      effect("broadcast", all: tensors) {
        ct_group_broadcast(handle, $0, Int32(clamping: tensors.count), $1)
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
  public func gather(_ bytes: Data) throws -> [Data] {
    let lengths = try gather(Tensor([Int64(bytes.count)], shape: [1])).map(Self.number)
    let longest = lengths.max() ?? 0
    guard longest > 0 else { return lengths.map { _ in Data() } }
    // All tensors of one operation have the same shape.
    let padded = Self.tensor(of: bytes + Data(count: longest - bytes.count))
    return try zip(gather(padded), lengths).map { try Self.bytes(of: $0).prefix($1) }
  }

  private static func tensor(of bytes: Data) -> Tensor {
    bytes.withUnsafeBytes { Tensor(copying: $0, shape: [bytes.count], type: .uint8) }
  }

  private static func number(in tensor: Tensor) throws -> Int {
    Int(clamping: try tensor.readInt64s().first ?? 0)
  }

  private static func bytes(of tensor: Tensor) throws -> Data { Data(try tensor.readBytes()) }

  private func gather(_ tensor: Tensor) throws -> [Tensor] {
    let outputs = (0..<size).map { _ in Tensor.zeros(tensor.shape, type: tensor.type) }
    _ = try checked {
      effect("gather", all: [tensor] + outputs) { pointers, message in
        ct_group_gather(
          handle, pointers[0], pointers + 1, Int32(clamping: outputs.count), message)
      }
    }
    return outputs
  }

  private static func run(_ operation: String, _ body: (Message) -> Int32) throws {
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

    /// Runs a backward pass after which the gradients are those of all processes, added up. Those of earlier backward
    /// passes of the same update are in them.
    public func sum(_ backward: () throws -> Void) throws {
      try ProcessGroup.run("summing gradients") { ct_reducer_begin(handle, $0) }
      try backward()
      try ProcessGroup.run("summing gradients") { ct_reducer_finish(handle, $0) }
    }
  }
}
