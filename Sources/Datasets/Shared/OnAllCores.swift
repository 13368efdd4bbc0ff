import Dispatch
import Machine
import Synchronization

/// Does numbered pieces of work on all cores, and returns when all are done.
///
/// - Parameters:
///   - makeWorker: makes what one thread needs for itself: a decoder, a buffer.
///   - work: does piece number `index`. Which thread does which piece is chance, so a piece must
///     leave its result in a position of its own.
func onAllCores<Worker>(
  _ count: Int, makeWorker: @Sendable () -> Worker, _ work: @Sendable (Worker, Int) -> Void
) {
  let threads = min(Cores.usable, max(1, count))
  // Enough at a time that the counter costs nothing, so few that no thread waits long for the last.
  let share = max(1, min(64, count / (threads * 8)))
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: threads) { _ in
    let worker = makeWorker()
    while true {
      let start = next.wrappingAdd(share, ordering: .relaxed).oldValue
      guard start < count else { return }
      for index in start..<min(count, start + share) { work(worker, index) }
    }
  }
}

/// Places in memory, of which each piece of work writes to those of its own number alone.
struct DisjointBuffer<Element>: @unchecked Sendable {
  private let memory: UnsafeMutableBufferPointer<Element>
  private let size: Int

  /// Divides memory into places of so many elements.
  init(_ memory: UnsafeMutableBufferPointer<Element>, size: Int = 1) {
    self.memory = memory
    self.size = size
  }

  /// The place of this number.
  subscript(index: Int) -> UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(rebasing: memory[(index * size)..<((index + 1) * size)])
  }
}

/// Works out a value for each number, on all cores, and returns them in order.
func inOrder<Value: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Value) -> [Value] {
  let results = Mutex([Value?](repeating: nil, count: count))
  onAllCores(count, makeWorker: {}) { _, index in
    let value = body(index)
    results.withLock { $0[index] = value }
  }
  return results.withLock { $0.compactMap { $0 } }
}
