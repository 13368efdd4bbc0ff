#if LIBTORCH
  import Foundation
  import Runs
  import TestSupport
  import Testing

  @Suite struct `The advice of the program` {
    private let directory = TemporaryDirectory()

    init() throws { try TinyData.write(to: directory) }

    private func run(_ arguments: [String]) throws -> Program.Result {
      try Program.run(
        arguments + [
          "--data", ".", "--batch-size", "8", "--threads", "1", "--steps", "30",
          "--range-test-steps", "40",
        ],
        in: directory.url)
    }

    @Test func `is explained in a dozen lines, and keeps nothing`() throws {
      let before = try contents(of: directory.url)
      let result = try run(["find-lr", "--explain"])
      #expect(result.status == 0, "\(result.messages)")
      let lines = result.output.split(separator: "\n").map(String.init)
      #expect((6...14).contains(lines.count))
      for beginning in [
        "run: classes, sgd, normalized, from scratch; 30 updates of 8", "prior: ",
        "range test: 40 ",
        "both together: ", "rehearsals: none, since the run's 30 updates", "peak: ",
        "what would change it: ",
      ] {
        #expect(lines.contains { $0.hasPrefix(beginning) }, "\(beginning)")
      }
      #expect(try contents(of: directory.url) == before)
    }

    @Test func `is the same in find-lr and in train`() throws {
      let explained = try run(["find-lr", "--explain"])
      let peak = try #require(
        explained.output.split(separator: "\n").first { $0.hasPrefix("peak: ") })
      let number = peak.dropFirst("peak: ".count).prefix { $0 != "," }
      let trained = try run(["train", "--name", "run"])
      #expect(trained.messages.contains("plan: peak \(number),"), "\(trained.messages)")
      let report = try String(
        contentsOf: RunFolder(directory.url("runs/run-1")).report, encoding: .utf8)
      #expect(report.contains("<h2>The peak</h2>"))
      #expect(report.contains("no peaks were rehearsed"))
    }

    @Test(arguments: [
      (
        ["train", "--advice", "rehearse"], "--advice is rehearse, but must be auto, range-test or prior"
      ),
      (["train", "--advice", "rehears"], "rehearse"),
      (["find-lr", "--explain", "--repeats", "2"], "leave out --curve"),
      (["find-lr", "--explain", "--max-lr", "0.1"], "left out with --explain"),
      (["find-lr", "--max-lr", "0.1"], "--max-lr is 0.1, but must be left out: find-lr finds it."),
      (["find-lr", "--base-lr", "0.1"], "--base-lr is 0.1, but must be left out: find-lr finds it."),
      (["find-lr", "--advice", "prior"], "left out: without --explain the range test alone is made."),
      (["train", "--schedule", "foo"], "there is no schedule 'foo'"),
    ])
    func `that cannot be given is refused, by what to type`(
      arguments: [String], messages: String
    ) throws {
      let result = try run(arguments)
      #expect(result.status == 2, "\(result.messages)")
      #expect(result.messages.contains(messages), "\(result.messages)")
    }
  }
#endif
