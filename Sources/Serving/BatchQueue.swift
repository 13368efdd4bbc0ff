import Foundation
import Numbers

/// Gathers what several threads wait for into batches, which one thread works off.
///
/// A batch is taken when it is full, when as much waits as the last batch had, or when the first of it has waited
/// for the delay. So a single client is answered at once, and many clients who ask again when they are answered are
/// gathered again.
public final class BatchQueue<Input: Sendable, Output: Sendable>: @unchecked Sendable {
  /// Why something is not worked off.
  public enum Refusal: Error, Equatable {
    /// As much waits as may.
    case full
    /// The queue has been stopped.
    case ended
  }

  /// One that waits, whose result is written by the working thread before it is signaled, and read afterwards.
  private final class Ticket: @unchecked Sendable {
    let input: Input
    let since = ContinuousClock.now
    let isDone = DispatchSemaphore(value: 0)
    var result: Result<Output, any Error> = .failure(Refusal.ended)

    init(_ input: Input) { self.input = input }
  }

  private let batchSize: Int
  private let delay: Duration
  private let places: Int
  /// Guards everything below.
  private let condition = NSCondition()
  private var tickets: [Ticket] = []
  private var taken = 0
  private var last = 1
  private var isEnded = false

  /// Creates a queue.
  ///
  /// - Parameters:
  ///   - batchSize: how many are worked off at once at most.
  ///   - delay: how long the first of a batch waits for others at most.
  ///   - places: how many may be under way at once, from the reading of their input on.
  public init(batchSize: Int, delay: Duration, places: Int) {
    self.batchSize = max(1, batchSize)
    self.delay = delay
    self.places = places
  }

  /// How many are under way: read, waiting or worked off.
  public var count: Int { condition.withLock { taken } }

  /// Takes a place, reads an input, and waits until it is worked off.
  ///
  /// - Throws: `Refusal`; what `read` throws; what working it off throws.
  public func output(reading read: () throws -> Input) throws -> Output {
    try condition.withLock {
      guard !isEnded else { throw Refusal.ended }
      guard taken < places else { throw Refusal.full }
      taken += 1
    }
    defer { condition.withLock { taken -= 1 } }
    let ticket = Ticket(try read())
    try condition.withLock {
      guard !isEnded else { throw Refusal.ended }
      tickets.append(ticket)
      condition.signal()
    }
    ticket.isDone.wait()
    return try ticket.result.get()
  }

  /// Works batches off on this thread, until the queue has ended and nothing waits in it.
  ///
  /// A batch that fails is worked off one by one, so that one fails for itself alone.
  ///
  /// - Parameter body: gives an output for each input.
  public func work(_ body: ([Input]) throws -> [Output]) {
    while let batch = next() {
      let whole = Result { try body(batch.map(\.input)) }
      for (index, ticket) in batch.enumerated() {
        switch whole {
        case .success(let outputs) where outputs.indices.contains(index):
          ticket.result = .success(outputs[index])
        case .success: break
        case .failure where batch.count > 1:
          ticket.result = Result { try body([ticket.input])[0] }
        case .failure(let error): ticket.result = .failure(error)
        }
        ticket.isDone.signal()
      }
    }
  }

  /// Has `work` return when nothing waits any more; what comes from now on is refused.
  public func end() {
    condition.withLock {
      isEnded = true
      condition.broadcast()
    }
  }

  /// Waits for the next batch; nil where there is none any more.
  private func next() -> [Ticket]? {
    condition.withLock {
      while tickets.isEmpty, !isEnded { condition.wait() }
      guard let first = tickets.first else { return nil }
      while tickets.count < min(batchSize, last), !isEnded {
        let left = delay - (ContinuousClock.now - first.since)
        guard left > .zero else { break }
        _ = condition.wait(until: Date(timeIntervalSinceNow: left / .seconds(1)))
      }
      let batch = Array(tickets.prefix(batchSize))
      tickets.removeFirst(batch.count)
      last = batch.count
      return batch
    }
  }
}
