import Settings
import TestSupport
import Testing

@testable import Tasks

/// Whoever tries the program types nothing, and wants to see the end.
@Suite struct `A run without a budget` {
  private func limit(_ change: (inout RunSettings) -> Void = { _ in }) throws -> Double? {
    var settings = RunSettings()
    settings.data.source = "shapes"
    change(&settings)
    return try settings.withTask().settings.budget.maxMinutes
  }

  @Test func `ends within five minutes where the data are Rondo's`() throws {
    #expect(try limit() == 5)
    #expect(try limit { $0.budget.epochs = 2 } == nil)
    #expect(try limit { $0.budget.steps = 20 } == nil)
    #expect(try limit { $0.budget.maxMinutes = 9 } == 9)
  }

  @Test func `takes the time that it needs where the data are one's own`() throws {
    let directory = TemporaryDirectory()
    for (part, count) in [("train", 40), ("t10k", 8)] {
      let counted = [0, 0, 0, UInt8(count)]
      let images = (0..<count * 64).map { UInt8(truncatingIfNeeded: $0 * 31) }
      try directory.write(
        [0, 0, 8, 3] + counted + [0, 0, 0, 8, 0, 0, 0, 8] + images, "\(part)-images-idx3-ubyte")
      let labels = (0..<count).map { UInt8($0 % 4) }
      try directory.write([0, 0, 8, 1] + counted + labels, "\(part)-labels-idx1-ubyte")
    }
    #expect(try limit { $0.data.source = directory.url.path } == nil)
    var own = RunSettings()
    own.data.source = directory.url.path
    own.model.name = "resnet-20"
    #expect(try makeRun(own).settings.budget.maxMinutes == nil)
  }
}
