import Evaluation
import Foundation
import Masks
import Metrics
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Tuning

@testable import Reporting

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct `A report` {
  private let directory = TemporaryDirectory()

  private func folder() throws -> RunFolder {
    try RunFolder.create(under: directory.url, name: "a<b>")
  }

  @Test func `of a run that was just begun can be written`() throws {
    let folder = try folder()
    try ConfigurationFile.write(["data": "<shapes>"], to: folder.configuration)
    try Report.write(for: folder)
    let page = try String(contentsOf: folder.report, encoding: .utf8)
    #expect(page.contains("no update yet"))
    #expect(!page.contains("<shapes>"))
    #expect(!page.contains("a<b>"))
  }

  @Test func `is not written of settings that no person wrote`() throws {
    let folder = try folder()
    try Data("data: shapes\n".utf8).write(to: folder.configuration)
    try #require(truncate(folder.configuration.path, 1 << 30) == 0)
    #expect {
      try RunRecord.read(from: folder)
    } throws: {
      "\($0)".contains("config.yaml cannot be read: it is longer than 64 MiB")
    }
  }

  @Test func `of a killed run says how far it came`() throws {
    let folder = try folder()
    var settings = RunSettings()
    settings.budget.epochs = 1
    settings.budget.batchSize = 10
    settings.schedule.baseLR = 0.01
    settings.schedule.maxLR = 0.1
    let budget = Budget(totalSteps: 100, stepsPerEpoch: 100, batchSize: 10)
    try RunPlan(settings: settings.resolved, range: nil, budget: budget).write(to: folder)
    let writer = try MetricsWriter(file: folder.metrics, columns: ["accuracy"], keepingUpTo: 0)
    for update in 1...40 {
      try writer.append(
        MetricsRow(
          update: update, epoch: 0, split: .train, learningRate: 0.1, momentum: nil,
          weightDecay: nil, loss: 1 / Double(update), values: [0.5], seconds: 1))
    }
    try writer.flush()
    let page = Report.html(try RunRecord.read(from: folder))
    #expect(page.contains("not finished: 40 of 100 updates so far"))
    (settings.budget.epochs, settings.budget.openEnded, settings.schedule.baseLR) = (nil, true, nil)
    var open = try RunRecord.read(from: folder)
    open.plan = try RunPlan(settings: settings.resolved, range: nil, budget: budget)
    #expect(Report.html(open).contains("not finished: 40 updates so far"))
    #expect(page.contains("--base-lr 0.01 --max-lr 0.1"))
    #expect(page.contains("<pre>--schedule one-cycle"), "flags alone are no command")
    #expect(page.contains("To repeat the run:") && page.contains("<pre>rondo train --config "))
    #expect(page.components(separatedBy: "<svg").count - 1 == 3, "rate, loss, accuracy")
    #expect(!page.contains(/(src|href|url)\s*[=(]\s*["']?(https?:)?\/\//), "nothing is fetched")
  }

  @Test(arguments: [
    ([0.95, 0.85, 0.95], true), ([0.95, 0.95, 0.95], false), ([nil, nil, nil], false),
  ])
  func `draws a momentum that moves`(momenta: [Double?], isDrawn: Bool) throws {
    let folder = try folder()
    let writer = try MetricsWriter(file: folder.metrics, columns: [], keepingUpTo: 0)
    for (index, momentum) in momenta.enumerated() {
      try writer.append(
        MetricsRow(
          update: index + 1, epoch: 0, split: .train, learningRate: 0.1, momentum: momentum,
          weightDecay: nil, loss: 1, values: [], seconds: 1))
    }
    try writer.flush()
    let page = Report.html(try RunRecord.read(from: folder))
    #expect(page.contains("<title>Momentum</title>") == isDrawn)
  }

  @Test func `shows metrics of one kind together`() throws {
    let folder = try folder()
    let columns = ["box", "ap", "ap50", "ap75", "aps", "dice"]
    let writer = try MetricsWriter(file: folder.metrics, columns: columns, keepingUpTo: 0)
    func page(after update: Int) throws -> (text: String, pictures: [String]) {
      for split in [MetricsRow.Split.test, .average] {
        try writer.append(
          MetricsRow(
            update: update, epoch: 0, split: split, learningRate: nil, momentum: nil,
            weightDecay: nil, loss: 1, values: columns.map { _ in 0.5 }, seconds: 1))
      }
      try writer.flush()
      let page = Report.html(try RunRecord.read(from: folder))
      return (page, page.matches(of: /<title>([^<]*)<\/title>(?=\n)/).map { "\($0.1)" })
    }
    #expect(try page(after: 1).pictures.last == "loss", "a single evaluation makes no curve")
    let (page, pictures) = try page(after: 2)
    #expect(pictures.suffix(5) == ["loss", "box", "ap, ap50, ap75", "aps", "dice"])
    #expect(page.contains(">evaluation ap75 of the average</text>"))
    #expect(!page.contains(">evaluation ap75</text>"))
  }

  /// Three cycles whose second ends in a stretch that was rolled back.
  private func cycling() throws -> RunFolder {
    let folder = try folder()
    var settings = RunSettings()
    settings.budget.steps = 300
    settings.budget.batchSize = 10
    settings.schedule.kind = ScheduleEntry.catalog["triangular"]
    settings.schedule.stepSize = .steps(50)
    settings.schedule.baseLR = 0.01
    settings.schedule.maxLR = 0.1
    let budget = Budget(totalSteps: 300, stepsPerEpoch: 100, batchSize: 10)
    let plan = try RunPlan(settings: settings.resolved, range: nil, budget: budget)
    try plan.write(to: folder)
    let writer = try MetricsWriter(file: folder.metrics, columns: ["accuracy"], keepingUpTo: 0)
    for update in 1...300 {
      // The loss falls by half in a cycle, and on from a rate of 0.08 it doubles.
      let rate = plan.plan.learningRate.value(at: update - 1)
      let chance = 0.02 * sin(Double(update) * 12.9898)
      let level = pow(0.5, Double(update) / 100) + (rate > 0.08 && update > 100 ? 1 : 0)
      try writer.append(
        MetricsRow(
          update: update, epoch: update / 101, split: .train, learningRate: rate, momentum: nil,
          weightDecay: nil, loss: level + chance, values: [0.5], seconds: 1))
      if update % 100 == 0 {
        try writer.append(
          MetricsRow(
            update: update, epoch: 0, split: .test, learningRate: nil, momentum: nil,
            weightDecay: nil, loss: Double(update) / 1000, values: [0.875], seconds: 1))
      }
    }
    try writer.flush()
    return folder
  }

  @Test func `says what the loss curve says, and shows the troughs`() throws {
    let page = Report.html(try RunRecord.read(from: try cycling()))
    #expect(page.contains("<h2>Diagnosis of the loss curve</h2>"))
    #expect(page.contains("<p class=\"note\">On the way to the peak of cycle"))
    #expect(page.contains("lower the upper bound: --max-lr 0.07"), "the rate before it rises")
    #expect(page.contains(">swings wide</text>"))
    let rows = page.matches(of: /<tr><td>(\d)<\/td><td>(\d+)<\/td>.*<td>0.8750<\/td><\/tr>/)
    #expect(rows.map { "\($0.1) \($0.2)" } == ["1 100", "2 200", "3 300"])
    #expect(
      isWellFormed("<p>" + (page.firstMatch(of: /<table>(?s:.*?)<\/table>/)?.0 ?? "<") + "</p>"))
  }

  @Test func `shows the stretch from which a run was rolled back, however high it went`() throws {
    let folder = try cycling()
    #expect(try RunRecord.read(from: folder).diverged.isEmpty)
    try folder.keepDivergedRows(after: 200, as: 1)
    let text = try String(contentsOf: folder.diverged(1), encoding: .utf8)
    #expect(text.split(separator: "\n").count == 1 + 100 + 1, "the header, updates, an evaluation")
    let rows = text.split(separator: "\n")
    let huge = rows[1].replacing(/,[^,]*,0.5,/, with: ",1e30,0.5,")
    try Data((rows[0] + "\n" + huge + "\n" + rows[2] + "\n").utf8).write(to: folder.diverged(1))
    let record = try RunRecord.read(from: folder)
    #expect(record.diverged.first?.rows.map(\.update) == [201, 202])
    #expect(record.diverged.first?.rows.first?.loss == 1e30)
    let page = Report.html(record)
    #expect(page.contains("diverged, and rolled back"))
    #expect(page.contains("<th>evaluation accuracy</th>"))
    #expect(!page.contains("e+30"), "the axis is the run's own")
  }

  /// Of rows behind the summary's update the summary is not the end: the run goes on.
  @Test(arguments: [
    (300, 300, "3 epochs, 300 updates"), (200, 200, "stopped early after 200 of 300 updates"),
    (200, 250, "not finished: 250 of 300 updates so far"),
  ])
  func `says whether the run came to its end`(updates: Int, rows: Int, words: String) throws {
    let folder = try cycling()
    _ = try MetricsWriter(file: folder.metrics, columns: ["accuracy"], keepingUpTo: rows)
    try RunSummary(
      final: ["accuracy": 0.875], evaluationSplit: .test, updates: updates, seconds: 1,
      imagesPerSecond: 1,
      firstUpdateSeconds: 1
    ).write(to: folder)
    #expect(Report.html(try RunRecord.read(from: folder)).contains(words))
  }

  @Test func `names the part that a run was evaluated on while it trained`() throws {
    let folder = try folder()
    let columns = ["accuracy"]
    let writer = try MetricsWriter(file: folder.metrics, columns: columns, keepingUpTo: 0)
    for (update, split) in [(1, .train), (2, .train), (2, .validation)]
      as [(Int, MetricsRow.Split)]
    {
      try writer.append(
        MetricsRow(
          update: update, epoch: 0, split: split, learningRate: 0.1, momentum: nil,
          weightDecay: nil, loss: 1, values: [0.5], seconds: 0))
    }
    try writer.flush()
    try RunSummary(
      final: ["accuracy": 0.875], evaluationSplit: .test, validation: ["accuracy": 0.5],
      updates: 2,
      seconds: 1, imagesPerSecond: 1, firstUpdateSeconds: 1
    ).write(to: folder)
    let page = Report.html(try RunRecord.read(from: folder))
    #expect(page.contains("87.50 % test accuracy"))
    #expect(page.contains("<b>0.5000</b><span>validation accuracy</span>"))
    #expect(page.contains("validation loss"))
    #expect(!page.contains("test loss"))
  }

  @Test func `shows the confusion matrix, and the worst mistakes`() throws {
    let folder = try folder()
    var metric = ClassificationMetric(classes: 3)
    for (logits, truth) in [([3, 0, 0], 0), ([3, 0, 0], 0), ([0, 5, 0], 0), ([0, 0, 1], 2)]
      as [([Float], Int)]
    {
      metric.add(ClassPrediction(logits: logits), truth: truth)
    }
    try ClassificationEvaluation(
      checkpoint: "/somewhere/update-7.safetensors", data: "pets", broken: 2,
      classNames: ["<cat>", "dog", "a name that is far too long to be shown"], metric: metric,
      mistakes: [
        .init(
          image: "pets/1&2.jpg", truth: "<cat>", prediction: "dog", probability: 0.987,
          picture: Data("picture".utf8))
      ]
    ).write(to: folder)
    let page = Report.html(try RunRecord.read(from: folder))
    let values = "accuracy 0.7500, balanced accuracy 0.8333, loss "
    #expect(page.contains("update-7.safetensors on 4 images of pets: " + values))
    #expect(page.contains("2 broken images were left out."))
    #expect(page.contains("<title>&lt;cat&gt; predicted as dog: 1 of 3</title>"))
    #expect(page.contains("<title>&lt;cat&gt; predicted as &lt;cat&gt;: 2 of 3</title>"))
    #expect(page.contains("src=\"data:image/png;base64,cGljdHVyZQ==\""))
    #expect(page.contains("<b>dog</b> 98.7 %<br>is &lt;cat&gt;"))
    #expect(
      page.contains("<tr><td>dog</td><td>0</td><td>0.0000</td><td>–</td><td>0.0000</td></tr>"))
    #expect(!page.contains("<cat>"))
    let picture = try #require(page.firstMatch(of: /<svg class="chart confusion"(?s:.*?)<\/svg>/))
    #expect(isWellFormed(String(picture.0)))
  }

  @Test func `shows the metrics of a segmentation, and examples`() throws {
    let folder = try folder()
    try Data("task: segment\n".utf8).write(to: folder.configuration)
    var metric = SegmentationMetric(classes: 3)
    func map(_ labels: [UInt16]) -> LabelMap { LabelMap(width: 4, height: 1, labels: labels) }
    metric.add(0, truth: map([0, 1, 1, 0]), prediction: map([0, 1, 1, 0]))
    metric.add(1, truth: map([1, 1, 0, 0]), prediction: map([0, 1, 0, 0]))
    metric.add(2, truth: map([1, 1, 1, 1]), prediction: map([1, 1, 1, 1]))
    try SegmentationEvaluation(
      checkpoint: "/somewhere/update-7.safetensors", data: "cells", broken: 2,
      classNames: ["background", "<cell>", "wall"], names: ["a", "b&c", "d"], metric: metric,
      examples: [
        .init(name: "b&c", kind: .worst, dice: 0.6667, picture: Data("picture".utf8))
      ]
    ).write(to: folder)
    let page = Report.html(try RunRecord.read(from: folder))
    #expect(page.contains("update-7.safetensors on 3 images of cells. 2 broken images were left"))
    #expect(page.contains("<tr><td>Dice, mean per case</td><td>0.8889</td></tr>"))
    // Of the wall there is nothing anywhere.
    #expect(page.contains("<tr><td>wall</td><td>–</td><td>–</td>"))
    #expect(page.contains("<td>&lt;cell&gt;</td>") && !page.contains("<cell>"))
    #expect(page.contains("<b>worst</b> Dice 0.667<br>b&amp;c"))
    #expect(page.contains("src=\"data:image/png;base64,cGljdHVyZQ==\""))
    #expect(!page.contains("Confusion matrix"))
  }

  @Test func `draws a confusion matrix of any number of classes`() {
    for count in [1, 2, 20, 21, 51, 300] {
      var counts = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
      for index in counts.indices { counts[index][index] = index + 1 }
      let picture = ConfusionPicture(names: counts.indices.map { "class \($0)" }, counts: counts)
      let text = picture.svg()
      #expect(isWellFormed(text))
      #expect(text.components(separatedBy: "class=\"right\"").count - 1 == count)
      #expect(text.contains(">class 0</text>") == (count <= 50))
    }
  }

  @Test func `smooths without lag`() {
    let line = (0..<500).map { Double($0) }
    let smooth = CourseCharts.smoothed(line)
    for index in 10..<490 { #expect(abs(smooth[index] - line[index]) < 1e-9) }
    #expect(CourseCharts.smoothed([1, .nan, 3]).allSatisfy { $0.isFinite })
  }
}
