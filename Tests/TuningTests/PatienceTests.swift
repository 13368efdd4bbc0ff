import Testing
import Tuning

@Suite struct `A patience of cycles` {
  @Test(arguments: [
    (1, [0.5, 0.6, 0.6], 3), (1, [0.5, 0.4], 2), (2, [0.5, 0.4, 0.6, 0.5, 0.6], 5),
    (2, [.nan, .nan], 2), (3, [0.1, 0.2, 0.3, 0.4], nil),
  ])
  func `is over when so many have not been better`(cycles: Int, scores: [Double], end: Int?) {
    var patience = Patience(cycles: cycles)
    var over: Int?
    for (index, score) in scores.enumerated() {
      patience.take(score, after: 10 * (index + 1))
      if patience.isOver, over == nil { over = index + 1 }
    }
    #expect(over == end)
  }

  @Test func `knows when the score was best`() {
    var patience = Patience(cycles: 5)
    #expect(patience.bestUpdate == nil)
    for (index, score) in [0.3, 0.7, 0.7, 0.2].enumerated() {
      patience.take(score, after: 10 * (index + 1))
    }
    #expect(patience.bestUpdate == 20 && patience.best == 0.7)
  }

  @Test func `counts anew where it is told to, from the best score that there was`() {
    var patience = Patience(cycles: 2)
    for score in [0.7, 0.5] { patience.take(score, after: 10) }
    patience.beginAnew()
    patience.take(0.6, after: 20)
    #expect(!patience.isOver)
    patience.take(0.6, after: 30)
    #expect(patience.isOver)
  }
}
