import Numbers
import Synchronization

/// The bytes that all requests of a server may hold at once.
final class ByteBudget: Sendable {
  private let left: Mutex<Int>

  init(_ bytes: Int) { left = Mutex(bytes) }

  /// Takes bytes out of it; returns whether there were so many.
  func take(_ bytes: Int) -> Bool {
    left.withLock { left in
      guard bytes <= left else { return false }
      left -= bytes
      return true
    }
  }

  /// Puts bytes back.
  func release(_ bytes: Int) { left.withLock { $0 += bytes } }
}
