import Foundation
import Metrics
import Testing

@testable import Tasks

@Suite struct `The worst mistakes` {
  private func prediction(_ first: Float) -> ClassPrediction {
    ClassPrediction(logits: [first, 0])
  }

  @Test func `are the wrong predictions of most confidence, with what the network saw`() {
    var worst = WorstMistakes(atMost: 3)
    var looked: [Int] = []
    for (sample, (logit, truth)) in [
      (1, 1), (9, 0), (3, 1), (0.5, 1), (-2, 0), (3, 1), (2.5, 1), (-9, 1),
    ].enumerated() as EnumeratedSequence<[(Float, Int)]> {
      worst.add(prediction(logit), truth: truth, sample: sample) {
        looked.append(sample)
        return Data([UInt8(sample)])
      }
    }
    // Of equal confidence the one that was evaluated first is first.
    #expect(worst.list.map(\.sample) == [2, 5, 6])
    #expect(worst.list.map { Array($0.pixels) } == [[2], [5], [6]])
    #expect(worst.list.map(\.prediction) == [0, 0, 0] && worst.list.map(\.truth) == [1, 1, 1])
    #expect(looked == [0, 2, 3, 4, 5, 6], "pixels are copied of those alone that are kept")
  }

  @Test func `of parts of a list are those of the whole list`() {
    let logits: [Float] = [1, 9, 3, 0.5, 3, 2.5, 3, 0.1]
    func worst(_ samples: Range<Int>) -> WorstMistakes {
      samples.reduce(into: WorstMistakes(atMost: 3)) { worst, sample in
        worst.add(prediction(logits[sample]), truth: 1, sample: sample) { Data() }
      }
    }
    var merged = worst(0..<0)
    for part in [0..<3, 3..<3, 3..<8] { merged.merge(worst(part)) }
    #expect(merged.list.map(\.sample) == worst(0..<8).list.map(\.sample))
  }

  @Test func `are none where none is wanted`() {
    var worst = WorstMistakes(atMost: 0)
    worst.add(prediction(2), truth: 1, sample: 0) { Data() }
    #expect(worst.list.isEmpty)
  }
}
