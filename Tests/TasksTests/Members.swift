import Foundation
import Torch

/// Runs a body in several threads, each a process of one group as far as training knows; returns what each gave, in the
/// order of their numbers.
func members<Value: Sendable>(
  _ size: Int, timeout: Double = 60, _ body: @escaping @Sendable () throws -> Value
) throws -> [Value] {
  let port = try ProcessGroup.freePort()
  let results = Results<Value>(size)
  let threads = (0..<size).map { rank in
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      results.set(
        rank,
        Result {
          let group = try ProcessGroup(
            rank: rank, size: size, at: .init(host: "127.0.0.1", port: port), timeout: timeout)
          return try ProcessGroup.$current.withValue(group, operation: body)
        })
      done.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
    return done
  }
  threads.forEach { $0.wait() }
  return try results.all()
}

private final class Results<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var values: [Result<Value, any Error>?]

  init(_ count: Int) { values = [Result<Value, any Error>?](repeating: nil, count: count) }

  func set(_ index: Int, _ value: Result<Value, any Error>) {
    lock.withLock { values[index] = value }
  }

  func all() throws -> [Value] { try lock.withLock { try values.compactMap { try $0?.get() } } }
}
