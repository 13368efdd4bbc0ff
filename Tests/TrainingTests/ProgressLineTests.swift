import Metrics
import Planning
import Schedules
import Settings
import Testing

@testable import Training

@Suite struct `The progress line` {
  private func report(_ update: Int, loss: Double, seconds: Double) -> UpdateRecord {
    UpdateRecord(
      update: update, total: 1000, epoch: 1, learningRate: 0.0123456, loss: loss,
      measures: [MetricValue("accuracy", 0.5)], seconds: seconds)
  }

  @Test func `says where the run is, how it does and how long it has still`() {
    var progress = ProgressLine(epochs: 3, samplesPerUpdate: 100)
    for update in 1..<400 { progress.take(report(update, loss: 2, seconds: Double(update) / 10)) }
    // Ten updates of 100 images a second; 600 updates are left.
    #expect(
      progress.line(after: report(400, loss: 2, seconds: 40))
        == "epoch 2/3 · 400/1000 · 1:00 left · train loss 2.000 · accuracy 0.500 · lr 0.0123 · "
        + "1000 images/s")
  }

  @Test
  func `says how long a comparison has still, by what its runs' budgets are beside this one's`() {
    var progress = ProgressLine(epochs: 3, samplesPerUpdate: 100)
    for update in 1..<400 { progress.take(report(update, loss: 2, seconds: Double(update) / 10)) }
    // A minute of this run, which takes 100 seconds, and then two and a half times as much.
    let line = progress.line(after: report(400, loss: 2, seconds: 40), later: 2.5)
    #expect(line.contains(" · 1:00 left, 5:10 with the runs after it · "), "\(line)")
  }

  /// Ten updates a second; after 400 of them a landing takes 80.
  @Test func `of a run without an end says how long it would take to land`() throws {
    let settings = settings {
      ($0.budget.steps, $0.budget.openEnded, $0.schedule.stepSize) = (nil, true, nil)
      ($0.schedule.kind, $0.budget.batchSize) = (ScheduleEntry.catalog["wsd"], 100)
    }.resolved
    let budget = try settings.makeBudget(trainingCount: 20_000)
    var progress = ProgressLine(try RunPlan(settings: settings, range: nil, budget: budget))
    #expect(progress.secondsToLand == nil)
    for update in 1..<400 { progress.take(report(update, loss: 2, seconds: Double(update) / 10)) }
    #expect(
      progress.line(after: report(400, loss: 2, seconds: 40))
        == "epoch 2 · update 400 · 0:40 trained · 0:08 to land · train loss 2.000 · accuracy 0.500 · "
        + "lr 0.0123 · 1000 images/s")
    #expect(abs(try #require(progress.secondsToLand) - 8) < 1e-9)
  }

  /// An exponential mean that begins at 0 would show a tenth of the loss here.
  @Test func `begins with the first loss, not near 0`() {
    var progress = ProgressLine(epochs: 3, samplesPerUpdate: 100)
    #expect(progress.line(after: report(1, loss: 2, seconds: 0)).contains("train loss 2.000"))
  }

  /// Half of 1,000 updates are made in 50 seconds, with an evaluation of 10 seconds after each hundred.
  @Test func `counts the evaluations that are to come, however long ago the last one was`() {
    var progress = ProgressLine(epochs: 3, samplesPerUpdate: 100)
    var seconds = 0.0
    var line = ""
    for update in 1...599 {
      seconds += 0.1
      line = progress.line(after: report(update, loss: 2, seconds: seconds))
      guard update % 300 == 0 else { continue }
      progress.take(
        EvaluationRecord(
          update: update, epoch: 0, split: .test, model: .init(values: [], seconds: seconds), endsCycle: false,
          endsRun: false))
      seconds += 10
    }
    // 401 updates of a tenth of a second, and two evaluations.
    #expect(line.contains(" · 1:00 left · "), "\(line)")
    #expect(line.hasSuffix(" · 1000 images/s"), "\(line)")
  }

  @Test func `leaves values out that are not finite, and shows none where all are`() {
    var progress = ProgressLine(epochs: 3, samplesPerUpdate: 100)
    #expect(progress.line(after: report(1, loss: .nan, seconds: 0)).contains("train loss - "))
    progress.take(report(2, loss: 2, seconds: 1))
    #expect(progress.line(after: report(3, loss: .infinity, seconds: 2)).contains("train loss 2.000"))
  }

  @Test(arguments: [
    (0.0, "0:00"), (59.4, "0:59"), (61, "1:01"), (3_599.9, "1:00:00"), (90_061, "25:01:01"),
    (-1, "?"), (.nan, "?"), (.infinity, "?"),
  ])
  func `writes time as a clock`(seconds: Double, clock: String) {
    #expect(ProgressLine.clock(seconds) == clock)
  }
}
