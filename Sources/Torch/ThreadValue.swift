import Foundation
import Synchronization

/// A value that each thread has for as long as a body runs; looked up at once where no thread has one.
final class ThreadValue<Value: AnyObject>: Sendable {
  private let key: String
  private let users = Atomic(0)

  init(_ key: String) { self.key = key }

  /// This thread's value.
  var current: Value? {
    guard users.load(ordering: .relaxed) > 0 else { return nil }
    return Thread.current.threadDictionary[key] as? Value
  }

  /// Runs the body with a value.
  func with<Result>(_ value: Value, _ body: () throws -> Result) rethrows -> Result {
    let before = Thread.current.threadDictionary[key]
    Thread.current.threadDictionary[key] = value
    users.wrappingAdd(1, ordering: .relaxed)
    defer {
      users.wrappingSubtract(1, ordering: .relaxed)
      Thread.current.threadDictionary[key] = before
    }
    return try body()
  }
}
