import Planning
import Schedules
import Settings
import Testing

@Suite struct `A setting that is typed for a run` {
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
    (["schedule": "step", "base-lr": "0.1"], "--base-lr is 0.1, but must be left out with --schedule step"),
    (["schedule": "constant", "base-lr": "0.1"], "--base-lr is 0.1, but must be left out with --schedule constant"),
    (["schedule": "flat-cosine", "base-lr": "0.1"], "--base-lr is 0.1, but must be left out with --schedule flat"),
    (["schedule": "cosine", "base-momentum": "0"], "--base-momentum is 0.0, but must be left out with --schedule"),
    (["open-ended": "true", "base-momentum": "0.5"], "--base-momentum is 0.5, but must be left out with --open-ended"),
    (
      ["layer-decay": "0.5", "freeze": "backbone"],
      "--layer-decay is 0.5, but must be left out with --freeze backbone, with which no block"
    ),
    (["image-size": "64", "task": "segment"], "--image-size is 64, but must be left out for masks"),
    (["focal-gamma": "1"], "--focal-gamma is 1.0, but must be given with --loss focal"),
    (["focal-gamma": "1", "loss": "dice"], "--focal-gamma is 1.0, but must be given with --loss focal"),
    (["zero-head": "true"], "--zero-head is true, but must be given with --weights"),
    (["nesterov": "true", "optimizer": "adam"], "--nesterov is true, but must be left out with --optimizer adam"),
    (["mixup": "0.2", "batch-size": "1"], "--mixup is 0.2, but must be left out with --batch-size 1"),
    (["cutmix": "1", "batch-size": "1"], "--cutmix is 1.0, but must be left out with --batch-size 1"),
    (["range-test-on": "accuracy", "base-lr": "0.1", "max-lr": "1"], "--range-test-on is accuracy, but must be left"),
    (["range-test-steps": "50", "schedule": "step", "max-lr": "1"], "--range-test-steps is 50, but must be left out"),
    (
      ["range-test-steps": "50", "max-lr": "1", "open-ended": "true"], "--range-test-steps is 50, but must be left out"
    ),
    (
      ["range-test-shape": "linear", "advice": "prior"], "--range-test-shape is linear, but must be left out with --adv"
    ),
    (
      ["range-test-steps": "50", "advice": "prior", "max-lr": "0.1"],
      "--range-test-steps is 50, but must be left out with --adv"
    ),
    (["advice": "rehearse", "base-lr": "0.1", "max-lr": "1"], "--advice is rehearse, but must be left out with"),
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
    ["step-size": "50"], ["anneal": "cos"], ["final-div-factor": "10"], ["base-lr": "0.1"],
    ["schedule": "wsd", "base-lr": "0.1"], ["schedule": "triangular", "base-momentum": "0"], ["base-momentum": "0"],
    ["focal-gamma": "1", "loss": "focal+dice"], ["zero-head": "true", "weights": "x"], ["zero-head": "false"],
    ["nesterov": "true"], ["nesterov": "false", "optimizer": "adam"], ["mixup": "0", "batch-size": "1"],
    ["cutmix": "1", "batch-size": "2"], ["cutmix": "1"], ["range-test-steps": "50", "max-lr": "1"],
    ["range-test-steps": "50", "advice": "rehearse"], ["advice": "prior"],
  ])
  func `is taken where it may use it`(texts: [String: String]) throws { try check(texts) }

  /// A run's `config.yaml` has the numbers of its own schedule.
  @Test func `is no matter where the file has it`() throws {
    try check(["schedule": "cosine"], over: ["schedule": "one-cycle", "step-size": "50", "anneal": "cos"])
    try check(["gamma": "0.9"], over: ["schedule": "exp-range"])
    try check(["base-lr": "0.01", "max-lr": "0.1"], over: ["range-test-steps": "50", "advice": "rehearse"])
  }

  /// `rondo find-lr` makes its test also where the rates are given, and makes it at the lower momentum.
  @Test func `is taken by a range test of its own`() throws {
    let typed = try RunSettings {
      try $0.set("schedule", to: "cosine")
      try $0.set("range-test-steps", to: "50")
      ($0.schedule.maxLR, $0.schedule.baseMomentum) = (1, 0.5)
    }
    #expect(typed.unused(of: typed).map(\.key) == ["base-momentum", "range-test-steps"])
    try typed.checkUse(of: typed, isRangeTest: true)
  }

  /// In a comparison one schedule's use is enough.
  @Test(arguments: [
    ("constant,cosine", ["gamma": "0.9"], "--gamma is 0.9, but must be left out with --schedules constant,cosine,"),
    (
      "constant@1,step@1", ["range-test-steps": "50"], "--range-test-steps is 50, but must be left out with --schedules"
    ),
    ("auto,cosine", ["focal-gamma": "1"], "--focal-gamma is 1.0, but must be given with --loss focal"),
    ("constant,exp-range", ["gamma": "0.9"], nil), ("constant@1,auto", ["range-test-steps": "50"], nil),
    ("constant,cosine", ["base-momentum": "0", "max-momentum": "0"], nil),
  ])
  func `is refused in a comparison where no schedule uses it`(
    schedules: String, texts: [String: String], words: String?
  ) throws {
    let typed = try RunSettings { for (key, text) in texts { try $0.set(key, to: text) } }
    let comparison = try Comparison(
      settings: typed, schedules: schedules.split(separator: ",").map(String.init), seeds: 1)
    guard let words else { return try comparison.checkUse(of: typed) }
    let error = #expect(throws: SettingsError.self) { try comparison.checkUse(of: typed) }
    #expect("\(try #require(error))".hasPrefix(words), "\(error.map { "\($0)" } ?? "")")
  }

  /// What a plan prints as flags is typed again.
  @Test(arguments: ["cosine", "constant", "step", "wsd", "triangular2"])
  func `is not printed with a plan that does not use it`(schedule: String) throws {
    var typed = settings { $0.schedule.baseLR = 0.01 }
    try typed.set("schedule", to: schedule)
    let plan = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    var pasted = RunSettings()
    let flags = plan.flags.split(separator: " ").map(String.init)
    for index in stride(from: 0, to: flags.count - 1, by: 2) {
      try pasted.set(String(flags[index].dropFirst(2)), to: flags[index + 1])
    }
    try pasted.checkUse(of: pasted)
  }

  @Test func `chooses by evaluations only where a range test is made`() throws {
    let typed = try RunSettings { try $0.set("range-test-on", to: "accuracy") }
    #expect(typed.resolved.choosingOptions == ["--range-test-on accuracy"])
    var given = typed
    (given.schedule.baseLR, given.schedule.maxLR) = (0.01, 0.1)
    #expect(given.resolved.choosingOptions.isEmpty)
    var prior = typed
    prior.rangeTest.advice = .prior
    #expect(prior.resolved.choosingOptions.isEmpty)
  }

  /// `rondo schedule` draws what was asked for, or says what has no part in it.
  @Test(arguments: [
    ("triangular", "--anneal is cos, but must be left out for triangular"),
    ("triangular", "--three-phase is true, but must be left out for triangular"),
    ("cosine", "--dialect is pytorch, but must be left out for cosine"),
    ("cosine", "--base-momentum is 0.8, but must be left out for cosine"),
    (
      "one-cycle", "--base-lr is 0.001, but must be left out for one-cycle, which does not use it; --dialect exact does"
    ),
  ])
  func `is refused where it is drawn`(kind: String, words: String) {
    var request = ScheduleRequest(kind: kind)
    (request.maxLR, request.totalSteps) = (0.1, 100)
    if kind == "triangular" { (request.baseLR, request.stepSizeUp, request.totalSteps) = (0.01, 10, nil) }
    switch words.split(separator: " ").first {
    case "--anneal": request.anneal = .cos
    case "--three-phase": request.threePhase = true
    case "--dialect": request.dialect = "pytorch"
    case "--base-momentum": (request.baseMomentum, request.maxMomentum) = (0.8, 0.95)
    default: request.baseLR = 0.001
    }
    let error = #expect(throws: SettingsError.self) { try request.plan() }
    #expect(error.map { "\($0)".hasPrefix(words) } == true, "\(error.map { "\($0)" } ?? "")")
    for dialect in ["pytorch", "exact"] {
      var used = ScheduleRequest(kind: "one-cycle")
      (used.maxLR, used.totalSteps, used.dialect, used.anneal, used.threePhase) = (0.1, 100, dialect, .cos, true)
      (used.baseMomentum, used.maxMomentum) = (0.8, 0.95)
      #expect(throws: Never.self) { try used.plan() }
    }
  }
}
