import Foundation
import Numbers
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Tuning

@Suite struct `A comparison of an older version` {
  @Test func `is read`() throws {
    let text =
      #"{"settings": {}, "schedules": ["auto", "cosine"], "seeds": [1], "figures": ["f1"]}"#
    let comparison = try JSONDecoder().decode(Comparison.self, from: Data(text.utf8))
    #expect(comparison.metrics == ["f1"] && comparison.seeds == [1])
    let written = try JSONEncoder().encode(comparison)
    #expect(try JSONDecoder().decode(Comparison.self, from: written) == comparison)
  }
}

@Suite struct `A compared schedule` {
  @Test(
    arguments: [
      ("cosine", "cosine", nil, 1), ("constant@0.03", "constant", 0.03, 1),
      ("auto:0.5", nil, nil, 0.5), ("one-cycle@0.2:0.25", "one-cycle", 0.2, 0.25),
      ("OneCycle@0.2:0.25", "one-cycle", 0.2, 0.25), ("step_decay", "step-decay", nil, 1),
      ("1cycle", "one-cycle", nil, 1), ("Auto", nil, nil, 1),
    ] as [(String, String?, Double?, Double)])
  func `is a name, an upper bound and a share of the budget`(
    text: String, name: String?, maxLR: Double?, share: Double
  ) throws {
    let schedule = try ComparedSchedule(text)
    #expect(schedule.schedule?.name == name)
    #expect(schedule.maxLR == maxLR)
    #expect(schedule.share == share)
    #expect(!schedule.folderName.contains { "@:/".contains($0) })
  }

  @Test(arguments: [
    ("", "Known names"), ("cosin", "did you mean 'cosine'?"),
    ("cosine@", "must be a schedule, with @"),
    ("cosine@fast", "must be"), ("cosine@-1", "must be"), ("cosine@1e-39", "must be"), ("cosine:0", "must be"),
    ("cosine@0.1@0.2", "must be"), ("cosine:1:2", "must be"), ("cosine:nan", "must be"),
  ])
  func `that cannot be meant is refused`(text: String, words: String) {
    #expect { try ComparedSchedule(text) } throws: { "\($0)".contains(words) }
  }
}

@Suite struct `A comparison` {
  private func comparison(_ schedules: [String], seeds: Int = 2) throws -> Comparison {
    var settings = RunSettings()
    (settings.data.source, settings.budget.epochs, settings.budget.batchSize) = ("shapes", 10, 8)
    return try Comparison(settings: settings, schedules: schedules, seeds: seeds)
  }

  @Test(arguments: [
    (["constant", "one-cycle"], "the peak is found once, and every schedule takes its step"),
    (["constant@0.1", "cosine", "auto"], "the peak is found once, and these schedules take its step: cosine"),
    (["constant@0.1", "one-cycle@0.2"], "the lower bounds are a tenth of the upper ones: one-cycle@0.2"),
  ])
  func `says which schedules take what is found`(schedules: [String], words: String) throws {
    #expect(try comparison(schedules).purposeOfAdvice() == words)
    #expect(try comparison(schedules).makesRangeTest() == words.hasPrefix("the peak"))
    #expect(try !comparison(["constant@0.1", "cosine@0.2"]).makesRangeTest())
  }

  /// A range test of which nothing is needed could only end the comparison.
  @Test func `of peaks that were given makes no range test, unless its length was typed`() throws {
    let given = try comparison(["constant@0.1", "one-cycle@0.2"])
    #expect(try given.settingsOfAdvice().resolved.makesRangeTest == false)
    #expect(try comparison(["constant@0.1", "one-cycle"]).settingsOfAdvice().resolved.makesRangeTest)
    var settings = given.settings
    settings.rangeTest.steps = 50
    let typed = try Comparison(settings: settings, schedules: given.schedules, seeds: 2)
    #expect(try typed.settingsOfAdvice().resolved.makesRangeTest && typed.makesRangeTest())
    (settings.rangeTest.steps, settings.rangeTest.advice) = (nil, .rangeTest)
    #expect(try Comparison(settings: settings, schedules: given.schedules, seeds: 2).makesRangeTest())
    #expect(try comparison(["constant@0.1", "one-cycle@0.2", "auto"]).makesRangeTest(), "auto's own")
    #expect(try typed.purposeOfAdvice().hasPrefix("the lower bound is found once"))
  }

  @Test(arguments: [
    (["cosine"], 1, "two or more"), (["cosine", "cosine"], 1, "there once"),
    (["one-cycle", "OneCycle"], 1, "there once"),
    (["cosine", "constant"], 0, "from 1 to 100"), (["cosine", "cosinus"], 1, "did you mean"),
  ])
  func `that cannot be meant is refused`(schedules: [String], seeds: Int, words: String) {
    #expect { try comparison(schedules, seeds: seeds) } throws: { "\($0)".contains(words) }
  }

  @Test func `is not told the schedule in two ways`() throws {
    var settings = RunSettings()
    settings.schedule.maxLR = 0.1
    #expect {
      try Comparison(settings: settings, schedules: ["cosine", "auto"], seeds: 1)
    } throws: {
      "\($0)".contains("--max-lr is given, but must be left out in a comparison")
    }
  }

  @Test func `gives each run its budget, its seed and its rates`() throws {
    var compared = try comparison(["constant@0.03", "one-cycle", "cosine:0.5", "auto:0.25"])
    #expect(try compared.needsRange())
    compared.range = LearningRateRange(base: 0.01, max: 0.2, oneCycleMax: 0.4)
    #expect(try !compared.needsRange())
    let runs = try compared.compared().map { compared.settings(of: $0, seed: 7) }
    #expect(runs.map(\.machine.seed) == [7, 7, 7, 7])
    #expect(
      runs.map(\.schedule.kind) == [
        ScheduleEntry.catalog["constant"], ScheduleEntry.catalog["one-cycle"],
        ScheduleEntry.catalog["cosine"], nil,
      ])
    #expect(
      runs.map(\.schedule.maxLR) == [0.03, 0.4, 0.4, nil], "Rondo's own choice finds its own")
    #expect(runs.map(\.schedule.baseLR) == [nil, 0.01, nil, nil])
    #expect(runs.map(\.budget.epochs) == [10, 10, 5, 2.5])
    #expect(try !comparison(["constant@0.1", "cosine@0.2"]).needsRange())
  }

  /// The gains are 0.1 and 0.2: their mean is 0.15, its error 0.05, and t of one degree of freedom 12.706.
  @Test func `sets schedules difference from the first, seed by seed`() throws {
    let directory = TemporaryDirectory()
    let folder = directory.url
    let compared = try comparison(["constant@0.03", "cosine@0.1", "one-cycle@9"])
    for (schedule, values) in zip(try compared.compared(), [[0.5, 0.7], [0.6, 0.9], [0.4]]) {
      for (seed, value) in zip(compared.seeds, values) {
        let run = Comparison.folder(of: schedule, seed: seed, in: folder)
        try run.make()
        try RunSummary(
          final: ["accuracy": value], evaluationSplit: .test, updates: 20, seconds: 1,
          imagesPerSecond: 1,
          firstUpdateSeconds: 1
        ).write(to: run)
        let writer = try MetricsWriter(file: run.metrics, columns: ["accuracy"], keepingUpTo: 0)
        for (update, part) in [(10, 0.5), (20, 1)] {
          try writer.append(
            MetricsRow(
              update: update, epoch: 0, split: .test, learningRate: nil, momentum: nil,
              weightDecay: nil, loss: 1, values: [value * part], seconds: 1))
        }
        try writer.flush()
      }
    }
    let failed = Comparison.folder(of: try compared.compared()[2], seed: 2, in: folder)
    try failed.make()
    try Data("It diverged.".utf8).write(to: failed.failure)

    let rows = try ComparisonResults(of: compared, task: .classify, in: folder).rows
    #expect(rows.map { $0.runs.count } == [2, 2, 1])
    #expect(rows[2].failures == ["2": "It diverged."])
    #expect(rows[0].gain == nil)
    let gain = try #require(rows[1].gain)
    #expect(abs(gain.mean - 0.15) < 1e-12)
    #expect(abs(try #require(gain.halfWidth) - 12.706 * 0.05) < 1e-9)
    #expect(rows.map(\.updatesToFirst) == [[20], [20, 20], []], "0.6 is the first's mean")
    #expect(rows[2].gain?.halfWidth == nil)
  }

  /// 0.975 quantiles of Student's t as tables have them.
  @Test(arguments: [(1, 12.706), (2, 4.303), (9, 2.262), (29, 2.045), (40, 2.021), (99, 1.984)])
  func `has intervals by Student's t`(freedom: Int, quantile: Double) throws {
    // Half of the numbers are 1 above and half 1 below the mean, with one in the middle if need be.
    let count = freedom + 1
    let values = (0..<count).map { Double($0 % 2 == 0 ? 1 : -1) }
    let mean = values.reduce(0, +) / Double(count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)
    let half = try #require(MeanWithInterval(values)?.halfWidth)
    #expect(abs(half / (variance / Double(count)).squareRoot() - quantile) < 2e-3)
  }
}

@Suite struct `A comparison with metrics that are undefined` {
  private func results(_ values: [String: [Double]]) throws -> ComparisonResults {
    let directory = TemporaryDirectory()
    let folder = directory.url
    let names = values.keys.sorted()
    let comparison = try Comparison(
      settings: RunSettings(), schedules: names, seeds: values.values.first?.count ?? 0)
    for name in names {
      for (seed, value) in zip(comparison.seeds, values[name] ?? []) {
        let run = Comparison.folder(of: try ComparedSchedule(name), seed: seed, in: folder)
        try run.make()
        try RunSummary(
          final: ["accuracy": value], evaluationSplit: .test, updates: 8, seconds: 1,
          imagesPerSecond: .nan, firstUpdateSeconds: 0
        ).write(to: run)
      }
    }
    return try ComparisonResults(of: comparison, task: .classify, in: folder)
  }

  @Test func `passes over them in means and intervals, and counts them`() throws {
    let results = try results([
      "constant": [0.5, 0.6, 0.7], "cosine": [0.8, .nan, 0.6], "one-cycle": [.nan, .nan, .nan],
    ])
    let cosine = results.rows[1]
    #expect(cosine.spread?.count == 2)
    #expect(abs((cosine.spread?.mean ?? 0) - 0.7) < 1e-12)
    // Against the first, the seeds where both are known: 0.3 and -0.1.
    #expect(abs((cosine.gain?.mean ?? 0) - 0.1) < 1e-12)
    #expect(cosine.cells.last == "3, 1 undefined")
    #expect(results.rows[2].spread == nil)
    #expect(results.rows[2].cells[1] == "-" && results.rows[2].cells.last == "3, 3 undefined")
    #expect(!results.text.contains("nan"))
  }

  @Test func `says null where there is no mean, no interval and no difference`() throws {
    let results = try results(["constant": [0.5], "cosine": [.nan]])
    let text = try JSONText.line(results)
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let rows = try #require(object?["rows"] as? [[String: Any]])
    #expect(rows[1]["spread"] is NSNull && rows[1]["gain"] is NSNull)
    #expect((rows[1]["runs"] as? [[String: Any]])?.first?["value"] is NSNull)
    #expect(rows[0]["gain"] is NSNull && (rows[0]["spread"] as? [String: Any])?["half_width"] is NSNull)
    #expect(try JSONText.read(ComparisonResults.self, from: Data(text.utf8)) == results)
    // What was written before it said null.
    let older = text.replacing(#""gain":null,"#, with: "").replacing(#""half_width":null,"#, with: "")
    #expect(!older.contains("gain"))
    #expect(try JSONText.read(ComparisonResults.self, from: Data(older.utf8)) == results)
  }

  @Test func `has huge ones without a crash`() throws {
    let results = try results(["constant": [1e308, -1e308], "cosine": [1e308, 1e300]])
    #expect(!results.text.contains("inf") && !results.text.contains("nan"))
  }
}
