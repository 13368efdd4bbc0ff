import Planning
import Settings
import Tasks
import Testing

@Suite struct `The data of a comparison` {
  private let settings = RunSettings {
    ($0.data.source, $0.data.imageSize) = ("shapes", 8)
    ($0.budget.steps, $0.budget.batchSize) = (60, 64)
    $0.evaluation.watch = .act
  }

  /// A run whose troughs are read chooses by images that it holds out, and is compared with runs that hold out as many.
  @Test func `are the same for all schedules where one of them reads troughs`() throws {
    let mixed = try Comparison(preparing: settings, schedules: ["one-cycle@0.1", "triangular2@0.1"], seeds: 1)
    #expect(mixed.settings.data.validation == .share(0.1))
    let single = try Comparison(preparing: settings, schedules: ["one-cycle@0.1", "cosine@0.1"], seeds: 1)
    #expect(single.settings.data.validation == nil)
  }

  /// Where no schedule is named, one that repeats is planned.
  @Test func `are held out wherever cycles repeat`() throws {
    var own = settings
    #expect(own.resolved.choosingOptions.isEmpty)
    own.schedule.stepSize = .steps(20)
    #expect(own.resolved.choosingOptions == ["--watch act"])
    own = settings
    own.evaluation.average = .swa
    #expect(own.resolved.choosingOptions == ["--watch act"])
  }
}

@Suite struct `Masks` {
  @Test(arguments: [100_000_000_000_000_000, Int.max])
  func `in more crops an update than there can be are refused`(size: Int) throws {
    let settings = RunSettings {
      ($0.data.source, $0.data.task) = ("shapes", .segment)
      ($0.budget.steps, $0.budget.batchSize, $0.budget.accumulate) = (5, .images(size), 2)
    }
    #expect(throws: SettingsError.self) { _ = try makeRun(settings) }
  }
}
