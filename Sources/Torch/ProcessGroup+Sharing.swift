import Foundation

/// One process decides, writes and speaks for all.
extension ProcessGroup {
  /// Whether this process is the one: the first of its group, or one by itself.
  public static var isFirst: Bool { (current?.rank ?? 0) == 0 }

  /// Returns what process 0 works out, in all processes.
  ///
  /// The body runs in process 0 alone, and as if there were no others.
  /// - Throws: what the body throws; in the other processes `GroupError.failed`.
  public static func broadcastFromFirst<Value: Codable>(_ body: () throws -> Value) throws -> Value {
    // In a list, since a message does not tell a value that is itself nil from none.
    guard let value = try broadcastFromFirstIfAny({ try [body()] })?.first else {
      throw GroupError.failed(rank: 0, sentence: "it sent nothing")
    }
    return value
  }

  /// Returns what process 0 works out, in all processes; nil, which costs least, where that is nil.
  public static func broadcastFromFirstIfAny<Value: Codable>(_ body: () throws -> Value?) throws -> Value? {
    guard let group = current else { return try body() }
    guard group.rank == 0 else {
      let bytes = try group.broadcast(Data())
      guard !bytes.isEmpty else { return nil }
      let message = try decoder.decode(Message<Value>.self, from: bytes)
      if let failure = message.failure { throw GroupError.failed(rank: 0, sentence: failure) }
      return message.value
    }
    let result = Result { try alone(body) }
    do {
      let bytes =
        switch result {
        case .success(nil): Data()
        case .success(let value): try encoder.encode(Message(value: value))
        case .failure(let error): try encoder.encode(Message<Value>(failure: "\(error)"))
        }
      _ = try group.broadcast(bytes)
    } catch let error as EncodingError {
      _ = try group.broadcast(encoder.encode(Message<Value>(failure: "\(error)")))
      throw error
    }
    return try result.get()
  }

  /// Has process 0 do something while the others wait.
  public static func onFirst(_ body: () throws -> Void) throws {
    let nothing: Bool? = try broadcastFromFirstIfAny {
      try body()
      return nil
    }
    assert(nothing == nil)
  }

  /// Runs a body as if there were no other processes.
  public static func alone<Value>(_ body: () throws -> Value) rethrows -> Value {
    try $current.withValue(nil, operation: body)
  }

  /// Returns what each process has, in the order of their numbers.
  public static func allGather<Value: Codable>(_ value: Value) throws -> [Value] {
    guard let group = current else { return [value] }
    return try group.allGather(encoder.encode([value])).map { bytes in
      try decoder.decode([Value].self, from: bytes)[0]
    }
  }

  /// Returns the rows of all processes' tensors, in the order of their numbers.
  ///
  /// - Parameter own: this process's, [rows, ...]; processes may have different numbers of rows.
  public static func allGatherRows(of own: Tensor) throws -> Tensor {
    guard let group = current else { return own }
    let counts = try allGather(own.size(0))
    let most = counts.max() ?? 0
    return try checked {
      try withoutGradient {
        // All tensors of one operation have the same shape, and lie in the computer's own memory.
        let padded = Tensor.zeros([most] + own.shape.dropFirst(), type: own.type)
        padded.narrowed(0, from: 0, count: own.size(0)).copy(from: own)
        let parts = try zip(group.allGather(padded), counts).map { $0.narrowed(0, from: 0, count: $1) }
        return Tensor.concatenated(parts).to(own.device)
      }
    }
  }

  /// Has all processes do something that may fail in any of them, and lets them go on together or not at all.
  ///
  /// - Throws: this process's own failure, or `GroupError.cannotBegin` where another one has failed.
  public static func together<Value>(_ body: () throws -> Value) throws -> Value {
    guard current != nil else { return try body() }
    let exchange = Exchange()
    let result = Result { try $exchange.withValue(exchange, operation: body) }
    if exchange.isOpen { _ = try allGather("") }
    var failure: String?
    if case .failure(let error) = result { failure = "\(error)" }
    let failures = try allGather(failure)
    let value = try result.get()
    if let rank = failures.firstIndex(where: { $0 != nil }), let sentence = failures[rank] {
      throw GroupError.cannotBegin(rank: rank, sentence: sentence)
    }
    return value
  }

  /// What a body of `together` has to be told by process 0, each thing once.
  ///
  /// All ask for the same thing, or say at the end of the body that they did not come so far; from then on nothing more is
  /// told.
  private final class Exchange: @unchecked Sendable {
    var isOpen = true
    var told: Set<String> = []
  }

  @TaskLocal private static var exchange: Exchange?

  /// Returns what process 0 works out, within a body of `together` that may fail in any process before; where one has
  /// failed, or when called for the same a second time, each works it out by itself.
  ///
  /// - Parameter name: what it is, the same in all processes, and not empty.
  public static func broadcastInTogether<Value: Codable>(
    _ name: String, _ body: () throws -> Value
  ) throws -> Value {
    guard let exchange, exchange.isOpen, exchange.told.insert(name).inserted else {
      return try body()
    }
    exchange.isOpen = try allGather(name).allSatisfy { $0 == name }
    return try exchange.isOpen ? broadcastFromFirst(body) : body()
  }

  /// Checks that all processes have the same values under the same names.
  ///
  /// - Throws: `GroupError.differs` naming the first process that has another value than process 0.
  public static func checkSame(_ values: [String: String]) throws {
    guard current != nil else { return }
    let all = try allGather(values)
    let first = all[0]
    for (rank, its) in all.enumerated() {
      for key in Set(first.keys).union(its.keys).sorted() where first[key] != its[key] {
        throw GroupError.differs(
          rank: rank, what: key, its: its[key] ?? "unset", first: first[key] ?? "unset")
      }
    }
  }

  private struct Message<Value: Codable>: Codable {
    var value: Value?
    var failure: String?
  }

  // Unlike JSON it has every number, those that are not finite too.
  private static var encoder: PropertyListEncoder {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    return encoder
  }

  private static var decoder: PropertyListDecoder { PropertyListDecoder() }
}
