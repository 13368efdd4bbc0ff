import Foundation
import Schedules
import Testing

private typealias Allocate =
  @convention(c) (UnsafeRawPointer?, Int, Int) -> UnsafeMutableRawPointer?

// Touched by one test, and by the runtime's hook on that test's thread.
private nonisolated(unsafe) var counted = 0
private nonisolated(unsafe) var watched: pthread_t?
private nonisolated(unsafe) var allocate: Allocate?

/// Counts the objects that the body puts on the heap, by the hook that the runtime has for profilers;
/// nil where the runtime has none.
private func allocations(in body: () -> Void) -> Int? {
  let everywhere = UnsafeMutableRawPointer(bitPattern: 0)
  guard let hook = dlsym(everywhere, "_swift_allocObject")?.assumingMemoryBound(to: Allocate.self),
    let enabled = dlsym(
      everywhere, "_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly")?
      .assumingMemoryBound(to: Bool.self)
  else { return nil }
  allocate = hook.pointee
  watched = pthread_self()
  counted = 0
  hook.pointee = { metadata, size, alignment in
    if let watched, pthread_equal(pthread_self(), watched) != 0 { counted += 1 }
    return allocate?(metadata, size, alignment)
  }
  enabled.pointee = true
  body()
  enabled.pointee = false
  if let allocate { hook.pointee = allocate }
  return counted
}

@Suite(.serialized) struct `Asking a schedule for its value` {
  @Test func `puts nothing on the heap`() throws {
    var random = RandomSchedules(seed: 77)
    let schedules = (0..<400).map { _ in random.any(depth: 3) }
    var sum = 0.0
    let count = allocations {
      for schedule in schedules {
        for step in 0..<20 { sum += schedule.value(at: step * 13) }
      }
    }
    #expect(sum.isFinite)
    guard let count else {
      print("skipped: this runtime tells nobody of its allocations")
      return
    }
    #expect(count == 0)
    // The counter counts: a test that cannot fail proves nothing.
    #expect(allocations { _ = schedules.map { $0.scaled(by: 2) } } ?? 0 > 0)
  }
}
