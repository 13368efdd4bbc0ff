import Planning
import Schedules
import Settings
import Testing

@Suite struct `A number of a schedule that is typed for a run` {
  private func check(_ texts: [String: String], over file: [String: String] = [:]) throws {
    func settings(_ texts: [String: String]) throws -> RunSettings {
      try RunSettings { for (key, text) in texts { try $0.set(key, to: text) } }
    }
    let typed = try settings(texts)
    try typed.filled(from: settings(file)).checkUse(of: typed)
  }

  @Test(arguments: [
    (["schedule": "cosine", "step-size": "100"], "--step-size is 100, but must be left out with --schedule cosine"),
    (["schedule": "cosine", "gamma": "0.9"], "--gamma is 0.9, but must be left out with --schedule cosine"),
    (["schedule": "triangular", "t-mult": "2"], "--t-mult is 2.0, but must be left out with --schedule triangular"),
    (["schedule": "triangular2", "anneal": "cos"], "--anneal is cos, but must be left out with --schedule"),
    (["schedule": "cosine", "final-div-factor": "10"], "--final-div-factor is 10.0, but must be left out"),
    (["open-ended": "true", "step-size": "5"], "--step-size is 5, but must be left out with --open-ended"),
    (["gamma": "0.9"], "--gamma is 0.9, but must be given with a --schedule that uses it: exp-range"),
    (["t-mult": "2"], "--t-mult is 2.0, but must be given with a --schedule that uses it: cosine-restarts"),
  ])
  func `is refused where the schedule does not use it`(texts: [String: String], words: String) throws {
    let error = #expect(throws: SettingsError.self) { try check(texts) }
    #expect("\(try #require(error))".hasPrefix(words), "\(error.map { "\($0)" } ?? "")")
  }

  @Test(arguments: [
    ["schedule": "triangular", "step-size": "100"], ["schedule": "exp-range", "gamma": "0.9"],
    ["schedule": "cosine-restarts", "t-mult": "2", "step-size": "50"],
    ["schedule": "one-cycle", "anneal": "cos", "final-div-factor": "10", "step-size": "50"],
    ["step-size": "50"], ["anneal": "cos"], ["final-div-factor": "10"],
  ])
  func `is taken where it may use it`(texts: [String: String]) throws { try check(texts) }

  /// A run's `config.yaml` has the numbers of its own schedule.
  @Test func `is no matter where the file has it`() throws {
    try check(["schedule": "cosine"], over: ["schedule": "one-cycle", "step-size": "50", "anneal": "cos"])
    try check(["gamma": "0.9"], over: ["schedule": "exp-range"])
  }
}
