import Foundation
import Planning
import Runs
import Schedules
import Serving
import Settings
import TestSupport
import Testing

@testable import Watching

/// A folder of runs that goes away with its owner.
private final class Place {
  private let directory = TemporaryDirectory()
  var url: URL { directory.url }

  /// Begins a run of so many updates, one a tenth of a second, whose loss is 1 / update.
  @discardableResult
  func run(_ name: String, updates: Int = 0, of total: Int = 100) throws -> RunFolder {
    let folder = try RunFolder.create(under: url, name: name)
    var settings = RunSettings()
    settings.budget.steps = total
    settings.budget.batchSize = 10
    settings.schedule.baseLR = 0.01
    settings.schedule.maxLR = 0.1
    settings.schedule.stepSize = .steps(25)
    try settings.set("schedule", to: "triangular")
    try settings.set("data", to: "shapes")
    try settings.set("model", to: "resnet9")
    let budget = Budget(totalSteps: total, stepsPerEpoch: total, batchSize: 10)
    try RunPlan(settings: settings.resolved, range: nil, budget: budget).write(to: folder)
    if updates > 0 { try write(1...updates, to: folder) }
    return folder
  }

  func write(_ updates: ClosedRange<Int>, to folder: RunFolder) throws {
    let writer = try MetricsWriter(
      file: folder.metrics, columns: ["accuracy"], keepingUpTo: updates.lowerBound - 1)
    for update in updates {
      try writer.append(
        MetricsRow(
          update: update, epoch: 0, split: .train, learningRate: 0.05, momentum: nil,
          weightDecay: nil, loss: 1 / Double(update), values: [nil],
          seconds: 0.1 * Double(update)))
    }
    try writer.flush()
  }

  func ask(
    _ watcher: Watcher, _ path: String, _ query: [String: String] = [:], _ method: String = "GET"
  )
    -> (status: Int, value: Any?)
  {
    let response = watcher.response(
      to: HTTPRequest(method, ["api"] + path.split(separator: "/").map(String.init), query: query))
    return (response.status, try? JSONSerialization.jsonObject(with: response.body))
  }

  func runs(_ watcher: Watcher) -> [[String: Any]] {
    ask(watcher, "runs").value as? [[String: Any]] ?? []
  }

  /// The points of a series of a chart.
  func points(
    _ watcher: Watcher, _ query: [String: String], _ title: String, _ name: String
  ) -> [(Double, Double)] {
    let answer = ask(watcher, "curves", query).value as? [String: Any]
    let charts = answer?["charts"] as? [[String: Any]] ?? []
    let series =
      charts.first { $0["title"] as? String == title }?["series"] as? [[String: Any]] ?? []
    let found = series.first { $0["name"] as? String == name }
    return Array(
      zip(found?["x"] as? [Double] ?? [], found?["y"] as? [Double] ?? []))
  }
}

@Suite struct `What rondo watch answers` {
  private let place = Place()

  @Test func `is where a run stands, by the files of its folder`() throws {
    try place.run("a", updates: 40)
    let watcher = try Watcher(place.url.path)
    let run = try #require(place.runs(watcher).first)
    #expect(run["name"] as? String == "a-1")
    #expect(run["update"] as? Int == 40)
    #expect(run["total"] as? Int == 100)
    #expect(run["what"] as? String == "resnet9 on shapes")
    // Ten images in a tenth of a second.
    #expect(abs((run["imagesPerSecond"] as? Double ?? 0) - 100) < 1)
    // No process has ever held this run, and its rows are of this moment: a process elsewhere may train it.
    #expect(run["state"] as? String == "live")
    #expect(abs((run["secondsLeft"] as? Double ?? 0) - 6) < 0.1)
  }

  @Test func `says null of a metric that is undefined, and of what is not known`() throws {
    let folder = try place.run("a", updates: 40)
    let writer = try MetricsWriter(file: folder.metrics, columns: ["ap", "aps"], keepingUpTo: 0)
    try writer.append(
      MetricsRow(
        update: 40, epoch: 0, split: .test, learningRate: nil, momentum: nil, weightDecay: nil, loss: 0.5,
        values: [0.25, nil], seconds: 4))
    try writer.flush()
    let run = try #require(place.runs(try Watcher(place.url.path)).first)
    let metrics = try #require(run["metrics"] as? [[String: Any]])
    #expect(metrics.map { $0["name"] as? String } == ["loss", "ap", "aps"])
    #expect(metrics[1]["value"] as? Double == 0.25 && metrics[2]["value"] is NSNull)
    // There is no row of a training batch.
    for key in ["loss", "learningRate", "problem", "memory", "work"] { #expect(run[key] is NSNull, "\(key)") }
  }

  @Test func `puts the run first that a process holds`() throws {
    let held = try place.run("a", updates: 3)
    let other = try place.run("b", updates: 3)
    // The processes of both are known: one is this one, the other's has gone.
    try withExtendedLifetime(try RunLock(held)) {
      do { _ = try RunLock(other) }
      let watcher = try Watcher(place.url.path)
      #expect(place.runs(watcher).map { $0["name"] as? String } == ["a-1", "b-1"])
      #expect(place.runs(watcher).map { $0["state"] as? String } == ["live", "stopped"])
    }
    // It ends while it is watched: the lock is let go.
    #expect(
      place.runs(try Watcher(place.url.path)).allSatisfy { $0["state"] as? String == "stopped" })
  }

  @Test func `says that a run is trained only where its process trains it`() throws {
    let folder = try place.run("a", updates: 3)
    let lock = try RunLock(folder)
    func state() throws -> (String?, String?) {
      let run = try #require(place.runs(try Watcher(place.url.path)).first)
      return (run["state"] as? String, run["work"] as? String)
    }
    #expect(try state() == ("live", nil))
    lock.work = .evaluation
    let pid = ProcessInfo.processInfo.processIdentifier
    #expect(try state() == ("stopped", "evaluated by process \(pid)"))
    lock.work = .request
    #expect(try state() == ("stopped", nil))
    // As older versions write it.
    try withExtendedLifetime(lock) {
      try Data("\(pid)\n".utf8).write(to: RunLock.file(in: folder))
      #expect(try state() == ("live", nil))
    }
  }

  @Test func `diagnoses the rows that are new, and reads no other again`() throws {
    let folder = try place.run("a", updates: 40)
    let watched = WatchedRun(name: "a-1", folder: folder)
    let first = try #require(watched.dueDiagnosis(isLive: false))
    watched.keep(first.made(), of: first)
    #expect(watched.dueDiagnosis(isLive: false) == nil)
    // What was read is spoiled, but for its last bytes, by which the file is known again.
    var bytes = try Data(contentsOf: folder.metrics)
    let spoiled = bytes.index(bytes.endIndex, offsetBy: -200)
    bytes.replaceSubrange(200..<spoiled, with: Data(repeating: 0x23, count: spoiled - 200))
    for update in 41...100 {
      bytes.append(contentsOf: "\(update),0,train,0.05,,,\(100 * update),,4.1\n".utf8)
    }
    try bytes.write(to: folder.metrics)
    #expect(watched.dueDiagnosis(isLive: true) == nil, "half a minute is not over")
    let second = try #require(watched.dueDiagnosis(isLive: false))
    // It needs the run no more, so that others are answered meanwhile.
    let diagnosis = second.made()
    #expect(diagnosis.findings.contains { "\($0)".contains("diverge") }, "\(diagnosis.findings)")
    watched.keep(diagnosis, of: second)
    #expect(watched.lastDiagnosis == diagnosis)
  }

  @Test func `grows with the rows, and begins again where they are taken back`() throws {
    let folder = try place.run("a", updates: 10)
    let watcher = try Watcher(place.url.path)
    let query = ["name": "a-1"]
    func losses() -> [(Double, Double)] {
      place.points(watcher, query, "Learning rate", "learning rate")
    }
    #expect(losses().map(\.0) == (1...10).map(Double.init))
    // A row that is half written is not there yet.
    let whole = try Data(contentsOf: folder.metrics)
    try (whole + Data("11,0,train,0.05,,,0.1".utf8)).write(to: folder.metrics)
    #expect(losses().count == 10)
    try (whole + Data("11,0,train,0.05,,,0.1,,1.1\n".utf8)).write(to: folder.metrics)
    #expect(losses().map(\.0) == (1...11).map(Double.init))
    // Resumed after update 5.
    try place.write(6...7, to: folder)
    #expect(losses().map(\.0) == (1...7).map(Double.init))
  }

  @Test func `has every value of a stretch that is zoomed`() throws {
    try place.run("a", updates: 10_000, of: 20_000)
    let watcher = try Watcher(place.url.path)
    let whole = place.points(
      watcher, ["name": "a-1"], "loss", "training loss, smoothed")
    #expect(whole.count <= 2_000)
    let part = place.points(
      watcher, ["name": "a-1", "from": "5000.2", "to": "5100"], "Learning rate", "learning rate")
    #expect(part.map(\.0) == (5000...5100).map(Double.init))
  }

  @Test func `says that nothing has changed by an empty answer`() throws {
    try place.run("a", updates: 10)
    let watcher = try Watcher(place.url.path)
    let answer = place.ask(watcher, "curves", ["name": "a-1"]).value as? [String: Any]
    let version = try #require(answer?["version"] as? String)
    #expect(place.ask(watcher, "curves", ["name": "a-1", "version": version]).status == 204)
  }

  @Test func `names what is wrong with a file, and shows the rest`() throws {
    let folder = try place.run("a", updates: 10)
    try place.run("b", updates: 10)
    try Data("{\"version\": 99}".utf8).write(to: folder.plan)
    let watcher = try Watcher(place.url.path)
    let run = try #require(place.runs(watcher).first { $0["name"] as? String == "a-1" })
    #expect((run["problem"] as? String)?.contains("of another version") == true)
    #expect(place.ask(watcher, "run", ["name": "a-1"]).status == 200)
    #expect(place.points(watcher, ["name": "a-1"], "Learning rate", "learning rate").count == 10)
    // A plan that is cut off amid its writing is one moment's.
    try Data("{\"se".utf8).write(to: folder.plan)
    #expect(place.ask(watcher, "run", ["name": "a-1"]).status == 200)
    try Data("no,columns\n".utf8).write(to: folder.metrics)
    #expect(place.ask(watcher, "curves", ["name": "a-1"]).status == 200)
    #expect(place.runs(watcher).count == 2)
  }

  @Test func `lays runs over one another`() throws {
    try place.run("a", updates: 10)
    try place.run("b", updates: 20)
    let watcher = try Watcher(place.url.path)
    for (name, count) in [("a-1", 10), ("b-1", 20)] {
      let points = place.points(watcher, ["names": "a-1\nb-1"], "Learning rate", name)
      #expect(points.count == count)
    }
  }

  @Test(arguments: ["a-2", "", "../a-1", "/etc"])
  func `knows no run but those of the folder`(name: String) throws {
    try place.run("a", updates: 10)
    let watcher = try Watcher(place.url.path)
    for path in ["run", "curves", "samples"] {
      let (status, value) = place.ask(watcher, path, ["name": name])
      #expect([400, 404].contains(status))
      #expect((value as? [String: String])?["error"]?.hasSuffix(".") == true)
    }
    #expect(place.ask(watcher, "land", ["name": name], "POST").status == 404)
  }

  @Test func `changes nothing by reading`() throws {
    let folder = try place.run("a", updates: 10)
    let watcher = try Watcher(place.url.path)
    for path in ["land", "stop", "extend"] {
      #expect(place.ask(watcher, path, ["name": "a-1"]).status == 405)
    }
    #expect(!folder.landRequest.exists && !folder.stopRequest.exists)
    #expect(place.ask(watcher, "runs", [:], "POST").status == 405)
    #expect(watcher.response(to: HTTPRequest("GET", ["nothing"])).status == 404)
  }

  @Test func `tells a run that is trained to stop at its next trough`() throws {
    let folder = try place.run("a", updates: 60)
    let watcher = try Watcher(place.url.path)
    let refused = place.ask(watcher, "stop", ["name": "a-1"], "POST")
    #expect(refused.status == 409)
    #expect(
      (refused.value as? [String: String])?["error"]?.contains("no process trains it") == true)
    let lock = try RunLock(folder)
    // Cycles of 50 updates: after update 60 the next trough is the end.
    let none = withExtendedLifetime(lock) { place.ask(watcher, "stop", ["name": "a-1"], "POST") }
    #expect(
      (none.value as? [String: String])?["error"]?.contains("before its end after update 100")
        == true)
    #expect(!folder.stopRequest.exists)
    let early = try place.run("b", updates: 30)
    let other = try RunLock(early)
    let told = withExtendedLifetime(other) { place.ask(watcher, "stop", ["name": "b-1"], "POST") }
    #expect(told.status == 200)
    #expect((told.value as? [String: String])?["done"]?.contains("after update 50") == true)
    #expect(early.stopRequest.exists)
  }

  @Test func `knows that a run has no end before it has a plan`() throws {
    let folder = try RunFolder.create(under: place.url, name: "a")
    try Data("open-ended: true\n".utf8).write(to: folder.configuration)
    let watcher = try Watcher(place.url.path)
    let lock = try RunLock(folder)
    let run = withExtendedLifetime(lock) { place.ask(watcher, "run", ["name": "a-1"]) }
    let actions = (run.value as? [String: Any])?["actions"] as? [[String: Any]]
    let land = try #require(actions?.first { $0["kind"] as? String == "land" })
    #expect(land["obstacle"] as? String == nil)
  }

  /// Two thousand rows are more than the end of a table that is read first.
  @Test func `has the last evaluation, however many updates follow it`() throws {
    let folder = try place.run("a", of: 5_000)
    let writer = try MetricsWriter(file: folder.metrics, columns: ["accuracy"], keepingUpTo: 0)
    for update in 1...4_000 {
      func row(_ split: MetricsRow.Split, _ loss: Double, _ value: Double?, _ seconds: Double) -> MetricsRow {
        MetricsRow(
          update: update, epoch: 0, split: split, learningRate: 0.05, momentum: nil, weightDecay: nil, loss: loss,
          values: [value], seconds: seconds)
      }
      let seconds = 0.1 * Double(update) + (update > 1_000 ? 20 : 0) + (update > 2_000 ? 20 : 0)
      try writer.append(row(.train, 1, nil, seconds))
      if [1_000, 2_000].contains(update) { try writer.append(row(.test, 0.5, 0.75, seconds + 20)) }
    }
    try writer.flush()
    let watcher = try Watcher(place.url.path)
    let lock = try RunLock(folder)
    let run = try #require(withExtendedLifetime(lock) { place.runs(watcher) }.first)
    let metrics = try #require(run["metrics"] as? [[String: Any]])
    #expect(metrics.contains { $0["name"] as? String == "accuracy" && $0["value"] as? Double == 0.75 }, "\(run)")
    // By hand: a thousand updates of a tenth of a second, and an evaluation of 20 s.
    let left = try #require(run["secondsLeft"] as? Double)
    #expect(abs(left - 120) < 1, "\(left)")
  }

  @Test func `refuses a folder without runs in a sentence`() throws {
    let none = place.url.appendingPathComponent("none").path
    #expect(throws: WatchError.noFolder(path: none)) { _ = try Watcher(none) }
    try FileManager.default.createDirectory(
      at: place.url.appendingPathComponent("x"), withIntermediateDirectories: true)
    #expect(throws: WatchError.noRuns(path: place.url.path)) { _ = try Watcher(place.url.path) }
  }

  @Test func `is a page that shows its table without JavaScript, and asks no other host`() throws {
    let folder = try place.run("<i>{{charts}}", updates: 10)
    let response = try Watcher(place.url.path).response(to: HTTPRequest("GET", []))
    let page = String(decoding: response.body, as: UTF8.self)
    #expect(page.contains("<td>&lt;i&gt;{{charts}}-1</td>"))
    #expect(!page.contains(folder.url.lastPathComponent))
    #expect(!page.contains(/(src|href|url)\s*[=(]\s*["']?(https?:)?\/\//))
    let policy = try #require(response.headers["Content-Security-Policy"])
    let nonce = try #require(policy.firstMatch(of: /'nonce-([^']+)'/)?.1)
    #expect(page.components(separatedBy: "<script nonce=\"\(nonce)\">").count == 3)
    #expect(policy.hasPrefix("default-src 'none'"))
  }
}

@Suite struct `A kept file` {
  @Test func `is read again where its time or its size has changed, and not else`() throws {
    let directory = TemporaryDirectory()
    let file = directory.url("file")
    var kept = CachedFile("none")
    var reads = 0
    func refresh() {
      kept.refresh(file) {
        reads += 1
        return try String(contentsOf: file, encoding: .utf8)
      }
    }
    func write(_ text: String, at seconds: Double) throws {
      try text.write(to: file, atomically: false, encoding: .utf8)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: file.path)
    }
    refresh()
    #expect(kept.value == "none" && kept.problem != nil && reads == 1)
    refresh()
    #expect(reads == 1, "what is not there is not looked for again")
    try write("a", at: 1_000)
    refresh()
    refresh()
    #expect(kept.value == "a" && kept.problem == nil && reads == 2)
    try write("bc", at: 1_000)
    refresh()
    #expect(kept.value == "bc" && reads == 3)
    try write("de", at: 1_001)
    refresh()
    refresh()
    #expect(kept.value == "de" && reads == 4)
  }
}
