import Metrics
import Planning
import Schedules
import Settings
import Testing

@testable import Training

@Suite struct `The progress block` {
  /// 1,000 updates in ten epochs, ten a second, of which some are made.
  private func block(
    after updates: Int, evaluations: [Double] = [], loss: (Int) -> Double = { 1 / Double($0) }
  ) throws -> ProgressBlock {
    let settings = settings {
      ($0.budget.steps, $0.budget.batchSize) = (1_000, 100)
      ($0.schedule.baseLR, $0.schedule.maxLR) = (0.01, 0.1)
    }.resolved
    let budget = Budget(totalSteps: 1_000, stepsPerEpoch: 100, batchSize: 100)
    let plan = try RunPlan(settings: settings, range: nil, budget: budget)
    var block = ProgressBlock(plan, evaluationSplit: "test")
    for update in 1...updates {
      block.take(
        UpdateRecord(
          update: update, total: 1_000, epoch: (update - 1) / 100, learningRate: 0.05,
          loss: loss(update), seconds: Double(update) / 10))
    }
    for (index, value) in evaluations.enumerated() {
      block.take(
        EvaluationRecord(
          update: updates + index, epoch: 0, split: .test,
          model: .init(values: [MetricValue("accuracy", value)], seconds: 1), endsCycle: false,
          endsRun: false))
    }
    return block
  }

  @Test(arguments: [40, 80, 200], [true, false])
  func `fits its terminal`(width: Int, isUnicode: Bool) throws {
    let block = try block(after: 333, evaluations: [0.5, 0.625])
    let lines = block.lines(.init(width: width, isUnicode: isUnicode))
    #expect(lines.count == 5)
    for line in lines { #expect(line.count <= width, "\(line)") }
    #expect(lines[0].hasPrefix("epoch 4/10 "))
    // A third of a minute and a bit is gone, 667 updates are left.
    #expect(lines[0].hasSuffix(" 33 %\(isUnicode ? " · " : ", ")1:07 left"))
    #expect(lines[3].contains("test accuracy 0.6250 +0.1250"))
    #expect(lines[4].hasPrefix("update 333/1000"))
    #expect(lines[4].contains("1000 images/s"))
    #expect(isUnicode || lines.allSatisfy { $0.allSatisfy(\.isASCII) })
  }

  @Test func `has a bar as long as what is done`() throws {
    let line = try block(after: 500).lines(.init(width: 60))[0]
    let (full, empty) = (line.count { $0 == "█" }, line.count { $0 == "░" })
    #expect(abs(full - empty) <= 1 && full > 10)
  }

  @Test func `draws a loss that falls from the highest block to the lowest`() throws {
    let curve =
      try block(after: 1_000, loss: { 10 - 0.001 * Double($0) }).lines(.init(width: 80))[1]
      .split(separator: " ").last ?? ""
    #expect(curve.first == "█" && curve.last == "▁")
    #expect(String(curve) == String(curve.sorted(by: >)))
  }

  @Test func `has colors only where they are wanted`() throws {
    let block = try block(after: 500)
    #expect(!block.lines(.init(width: 80)).joined().contains("\u{1B}"))
    #expect(block.lines(.init(width: 80, isColored: true)).joined().contains("\u{1B}[32m"))
  }

  @Test func `outlives a loss that is not finite`() throws {
    let block = try block(after: 5, loss: { $0 < 3 ? 1 : .nan })
    #expect(block.lines(.init(width: 40)).count == 4)
  }
}
