import Randomness
import Testing

@Suite struct `A random stream` {
  private func numbers(_ stream: RandomStream, _ count: Int = 100) -> [UInt64] {
    var stream = stream
    return (0..<count).map { _ in stream.next() }
  }

  @Test func `gives the same numbers under the same name`() {
    #expect(
      numbers(RandomStream(seed: 3, for: .order, epoch: 2, index: 9))
        == numbers(RandomStream(seed: 3, for: .order, epoch: 2, index: 9)))
  }

  @Test func `gives others when any part of the name differs`() {
    let streams = [
      RandomStream(seed: 3, for: .order, epoch: 2, index: 9),
      RandomStream(seed: 4, for: .order, epoch: 2, index: 9),
      RandomStream(seed: 3, for: .augmentation, epoch: 2, index: 9),
      RandomStream(seed: 3, for: .order, epoch: 3, index: 9),
      RandomStream(seed: 3, for: .order, epoch: 2, index: 10),
      RandomStream(seed: 3, for: .order, epoch: 9, index: 2),
    ]
    #expect(Set(streams.map { numbers($0) }).count == streams.count)
  }

  /// Neighboring names are what a run uses; their first numbers must look unrelated.
  @Test func `of neighboring names spreads evenly`() {
    var counts = [Int](repeating: 0, count: 16)
    for index in 0..<16_000 {
      var stream = RandomStream(seed: 1, for: .augmentation, epoch: 0, index: index)
      counts[Int(stream.next() >> 60)] += 1
    }
    // 1,000 each on average with a deviation of 31: six deviations hold for ever.
    #expect(counts.allSatisfy { (814...1186).contains($0) }, "\(counts)")
  }
}
