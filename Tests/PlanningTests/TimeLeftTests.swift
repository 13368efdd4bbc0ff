import Planning
import Testing

@Suite struct `The time that is left` {
  @Test func `is not known before the second update`() {
    var time = TimeLeft()
    #expect(time.seconds(after: 0, of: 10) == nil)
    time.take(update: 1, seconds: 1)
    #expect(time.seconds(after: 1, of: 10) == nil)
    time.take(update: 2, seconds: 1.5)
    #expect(time.seconds(after: 2, of: 10) == 4)
  }

  @Test func `is not changed by a night in which the machine slept`() {
    var time = TimeLeft()
    for update in 1...100 {
      time.take(update: update, seconds: 0.5 * Double(update) + (update > 60 ? 30_000 : 0))
    }
    #expect(time.seconds(after: 100, of: 300) == 100)
  }

  /// On a card the losses of sixteen updates are read at once, at one time.
  @Test func `is by whole groups of updates where they are read together`() throws {
    var time = TimeLeft()
    for update in 1...160 { time.take(update: update, seconds: Double((update - 1) / 16)) }
    let seconds = try #require(time.seconds(after: 160, of: 320))
    #expect(abs(seconds - 10) < 1e-9)
  }

  /// Ten updates of 0.1 s, then an evaluation of 2 s: of the hundred updates left ten are followed by one.
  @Test func `has the evaluations in it`() throws {
    var time = TimeLeft()
    var seconds = 0.0
    for update in 1...101 {
      seconds += 0.1
      time.take(update: update, seconds: seconds)
      if update % 10 == 0 {
        time.evaluated(after: update)
        seconds += 2
      }
    }
    let left = try #require(time.seconds(after: 100, of: 200))
    #expect(abs(left - (10 + 20)) < 1e-6)
  }
}
