import Foundation
import Numbers

/// What a worker is to put into a batch's buffer.
public struct BatchRequest: Sendable {
  /// The epoch, from 0.
  public let epoch: Int
  /// The batch within the epoch.
  public let batch: Int
  /// The samples, by number.
  public let samples: ArraySlice<Int32>
  /// How often each of them came before in the epoch; nil where none comes twice.
  var rounds: ArraySlice<Int32>?

  /// How often the sample at a position came before in the epoch.
  public func round(at position: Int) -> Int {
    rounds.map { Int($0[$0.startIndex + position]) } ?? 0
  }

  /// Requests of one sample each, one of which may take the place of this one's: those that follow its last.
  ///
  /// - Parameter count: the samples of the order.
  public func replacements(among count: Int) -> some Sequence<BatchRequest> {
    let last = samples.last.map(Int.init) ?? 0
    return (0..<max(0, min(count - 1, 1_000))).lazy.map { distance in
      BatchRequest(epoch: epoch, batch: batch, samples: [Int32((last + 1 + distance) % count)])
    }
  }

  /// The seed of what is random about a sample: another one each time that it comes in an epoch.
  func seed(_ seed: UInt64, at position: Int) -> UInt64 {
    seed &+ UInt64(round(at: position)) &* 0x2545_F491_4F6C_DD1D
  }
}

/// Prepares batches on other threads, a few ahead, in buffers that are used again and again.
///
/// What is in a batch follows from its place alone, so any number of workers gives the same batches
/// in the same order. A buffer that `next()` returned is the caller's until the following `next()`.
public final class BatchLoader<Buffer: AnyObject> {
  private let ring: Ring<Buffer>

  /// Starts preparing.
  ///
  /// - Parameters:
  ///   - workers: threads; one keeps up with a training step on most data.
  ///   - ahead: batches that may be ready beside the one in use.
  ///   - makeBuffer: makes room for a batch; called `ahead + 1` times.
  ///   - fill: puts the samples that are asked for into a buffer. Called on the workers' threads.
  public init(
    _ order: BatchOrder, workers: Int = 1, ahead: Int = 3, makeBuffer: () -> Buffer,
    fill: @escaping @Sendable (BatchRequest, Buffer) throws -> Void
  ) {
    let ring = Ring(
      order: order, buffers: (0...max(1, ahead)).map { _ in makeBuffer() }, fill: fill)
    self.ring = ring
    for number in 0..<max(1, workers) {
      let thread = Thread { ring.work() }
      thread.name = "rondo.loader.\(number)"
      thread.start()
    }
  }

  deinit { ring.stop() }

  /// Returns the next batch, or nil behind the end; waits if it is not ready.
  ///
  /// - Throws: what `fill` threw for this batch. One without an image that can be read (`DataError.noneLeft`) is skipped
  ///   in an order that ends, and has another image in one that does not.
  public func next() throws -> Buffer? { try ring.next() }

  /// How often `next()` had to wait, the first batch aside.
  public var waits: Int { ring.waits }
}

/// The buffers, and who may touch which.
///
/// Everything mutable is touched under the lock, except a buffer's content, which belongs to one
/// worker or to the consumer at a time.
private final class Ring<Buffer: AnyObject>: @unchecked Sendable {
  private enum State {
    case empty
    case ready
    case skipped
    case failed(any Error)
  }

  private let order: BatchOrder
  private let buffers: [Buffer]
  private let fill: @Sendable (BatchRequest, Buffer) throws -> Void
  private let condition = NSCondition()
  private var states: [State]
  private var claimed = 0
  private var delivered = 0
  private var released = 0
  private var stopped = false
  private var waited = 0
  private var requests: BatchRequests

  init(
    order: BatchOrder, buffers: [Buffer],
    fill: @escaping @Sendable (BatchRequest, Buffer) throws -> Void
  ) {
    self.order = order
    requests = BatchRequests(order)
    self.buffers = buffers
    self.fill = fill
    states = buffers.map { _ in .empty }
  }

  func stop() {
    condition.withLock {
      stopped = true
      condition.broadcast()
    }
  }

  var waits: Int { condition.withLock { waited } }

  // MARK: The consumer's side

  func next() throws -> Buffer? {
    try condition.withLock {
      if released < delivered { release() }
      while order.position(of: delivered) != nil {
        let slot = delivered % buffers.count
        if case .empty = states[slot], delivered > 0 { waited += 1 }
        while case .empty = states[slot] { condition.wait() }
        if case .failed(let error) = states[slot] { throw error }
        delivered += 1
        if case .ready = states[slot] { return buffers[slot] }
        release()
      }
      return nil
    }
  }

  /// Gives the buffer that was delivered last back to the workers.
  private func release() {
    states[released % buffers.count] = .empty
    released += 1
    condition.broadcast()
  }

  // MARK: The workers' side

  /// Fills a buffer.
  ///
  /// Of a training batch whose images are all broken the next image that can be read takes the place, since batches are
  /// counted there, and a process may have a single image of each.
  private func fillOrReplace(_ request: BatchRequest, _ buffer: Buffer) throws {
    do { try fill(request, buffer) } catch DataError.noneLeft where order.isEndless {
      for other in request.replacements(among: order.count) {
        do { return try fill(other, buffer) } catch DataError.noneLeft { continue }
      }
      // As it was, with all that are broken by now.
      try fill(request, buffer)
    }
  }

  func work() {
    while let (number, request) = claim() {
      let slot = number % buffers.count
      let result = Result { try fillOrReplace(request, buffers[slot]) }
      condition.withLock {
        states[slot] =
          switch result {
          case .success: .ready
          case .failure(DataError.noneLeft) where !order.isEndless: .skipped
          case .failure(let error): .failed(error)
          }
        condition.broadcast()
      }
    }
  }

  /// Waits for a free buffer and takes on the next batch; nil when there is no more to do.
  private func claim() -> (Int, BatchRequest)? {
    condition.withLock {
      while !stopped {
        guard order.position(of: claimed) != nil else { return nil }
        guard claimed < released + buffers.count else {
          condition.wait()
          continue
        }
        let number = claimed
        claimed += 1
        return requests.next().map { (number, $0) }
      }
      return nil
    }
  }
}
