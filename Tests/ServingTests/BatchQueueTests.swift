import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Serving

@Suite struct `A queue of batches` {
  private struct Broken: Error {}

  private func queue(
    _ batchSize: Int, delay: Duration = .milliseconds(200), places: Int = 64
  ) -> BatchQueue<Int, Int> {
    BatchQueue(batchSize: batchSize, delay: delay, places: places)
  }

  /// Works a queue off on a thread of its own until the test ends it, and returns the batches.
  private func whileWorking(
    _ queue: BatchQueue<Int, Int>, _ work: @escaping @Sendable ([Int]) throws -> [Int],
    _ body: () -> Void
  ) -> [[Int]] {
    let batches = Mutex<[[Int]]>([])
    let isDone = DispatchSemaphore(value: 0)
    withoutActuallyEscaping(body) { body in
      Thread.detachNewThread {
        queue.work { inputs in
          batches.withLock { $0.append(inputs) }
          return try work(inputs)
        }
        isDone.signal()
      }
      body()
      queue.end()
      isDone.wait()
    }
    return batches.withLock { $0 }
  }

  @Test func `gives each its own output, in batches that are not too large`() {
    let queue = queue(8)
    let outputs = Mutex<[Int: Int]>([:])
    let batches = whileWorking(queue, { inputs in inputs.map { 10 * $0 } }) {
      onThreads(64) { index in
        let output = try? queue.output { index }
        outputs.withLock { $0[index] = output }
      }
    }
    #expect(
      outputs.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<64).map { ($0, 10 * $0) }))
    #expect(batches.allSatisfy { (1...8).contains($0.count) })
    #expect(batches.joined().sorted() == Array(0..<64))
    #expect(queue.count == 0)
  }

  @Test func `takes what has gathered while it worked`() {
    let queue = queue(8)
    let isWorking = DispatchSemaphore(value: 0)
    let mayGoOn = DispatchSemaphore(value: 0)
    let batches = whileWorking(
      queue,
      { inputs in
        if inputs == [0] {
          isWorking.signal()
          mayGoOn.wait()
        }
        return inputs
      },
      {
        onThreads(6) { index in
          if index == 5 {
            while queue.count < 5 { usleep(1_000) }
            usleep(20_000)
            mayGoOn.signal()
          } else {
            if index > 0 {
              isWorking.wait()
              isWorking.signal()
            }
            _ = try? queue.output { index }
          }
        }
      })
    #expect(batches.first == [0])
    #expect(batches.joined().sorted() == [0, 1, 2, 3, 4])
    #expect(batches.count < 5, "\(batches)")
  }

  @Test func `fails for one alone, and goes on`() {
    let queue = queue(4)
    let outputs = Mutex<[Int: Int]>([:])
    _ = whileWorking(
      queue,
      { inputs in
        if inputs.contains(3) { throw Broken() }
        return inputs
      },
      {
        onThreads(8) { index in
          if let output = try? queue.output(reading: { index }) {
            outputs.withLock { $0[index] = output }
          }
        }
      })
    #expect(outputs.withLock { $0.keys.sorted() } == [0, 1, 2, 4, 5, 6, 7])
  }

  @Test func `refuses more than there are places for, and whatever comes after its end`() throws {
    let queue = queue(1, places: 1)
    #expect(throws: Broken.self) { try queue.output { throw Broken() } }
    #expect(queue.count == 0, "what could not be read holds no place")
    try #require(queue.count == 0)
    #expect(throws: BatchQueue<Int, Int>.Refusal.full) {
      try queue.output {
        _ = try queue.output { 1 }
        return 0
      }
    }
    queue.end()
    #expect(throws: BatchQueue<Int, Int>.Refusal.ended) { try queue.output { 1 } }
    queue.work { $0 }
  }
}
