import Formatting
import Foundation
import Numbers
import Planning
import Reporting
import Runs
import Serving

/// The server of `rondo watch`: the page, and the JSON that it asks for.
///
///     GET  /                              the page, with the table of runs
///     GET  /api/runs                      the runs, those that are trained now first
///     GET  /api/run?name=N                a run's plan, findings and actions
///     GET  /api/samples?name=N            its training samples
///     GET  /api/curves?name=N&from=&to=   its charts, also of some updates only
///     GET  /api/curves?names=A%0AB        charts with several runs, a name a line
///     POST /api/land, stop, extend ?name=N
public final class Watcher: @unchecked Sendable {
  private let root: WatchedFolder
  private let starter: TrainingStarter?
  /// Held by whoever uses the runs.
  private let lock = NSLock()
  private var runs = WatchedRuns()

  /// Creates what watches a folder of runs, or one run.
  ///
  /// - Parameter starter: what trains runs on; nil where this program cannot train.
  /// - Throws: `WatchError` where there is nothing to watch.
  public init(_ path: String, starter: TrainingStarter? = nil) throws {
    root = try WatchedFolder(path)
    self.starter = starter
  }

  /// Answers a request that `AccessRules` let pass.
  public func response(to request: HTTPRequest) -> HTTPResponse {
    let isReading = request.method == "GET" || request.method == "HEAD"
    do {
      switch request.path {
      case [] where isReading: return try page()
      case ["api", "runs"] where isReading:
        return .json(currentOverviews())
      case ["api", "run"] where isReading: return try details(request)
      case ["api", "samples"] where isReading:
        return try onRun(request) { run in
          json(try JSONText.line(try SampleImages.read(from: run.folder)))
        }
      case ["api", "curves"] where isReading: return try curves(request)
      case ["api", "land"] where request.method == "POST":
        return try onRun(request) { run in
          .json(["done": try RunRequest.land(run.folder).joined(separator: "; ")])
        }
      case ["api", "stop"] where request.method == "POST":
        return try onRun(request) { run in
          .json(["done": try RunRequest.stop(run.folder).joined(separator: "; ")])
        }
      case ["api", "extend"] where request.method == "POST": return try extend(request)
      case [], ["api", "runs"], ["api", "run"], ["api", "samples"], ["api", "curves"],
        ["api", "land"], ["api", "stop"], ["api", "extend"]:
        return .failure(405, "\(request.method) is not for this address.")
      default: return .failure(404, "There is nothing at this address.")
      }
    } catch let response as HTTPResponse {
      return response
    } catch {
      return .failure(409, sentence(for: error))
    }
  }

  private func json(_ text: String) -> HTTPResponse {
    HTTPResponse(200, type: "application/json", body: Data(text.utf8))
  }

  // MARK: Runs

  /// Where all runs stand, those that are trained now first, then the newest.
  private func currentOverviews() -> [RunOverview] {
    let entries = root.entries
    return lock.withLock {
      runs.refresh(entries)
      return runs.all.map { $0.overview() }
    }
    .sorted { ($0.state.rank, -$0.modified) < ($1.state.rank, -$1.modified) }
  }

  private func find(_ name: String) throws -> WatchedRun {
    if let run = runs[name] { return run }
    runs.refresh(root.entries)
    guard let run = runs[name] else {
      throw HTTPResponse.failure(404, "There is no run \(name.printable) any more.")
    }
    return run
  }

  private func onRun<Value>(
    _ request: HTTPRequest, _ body: (WatchedRun) throws -> Value
  ) throws -> Value {
    let name = request.query["name"] ?? ""
    return try lock.withLock { () throws -> Value in
      try body(try find(name))
    }
  }

  private func extend(_ request: HTTPRequest) throws -> HTTPResponse {
    guard let starter else {
      return .failure(409, "This program was built without LibTorch and cannot train.")
    }
    let cycles = Int(request.query["cycles"] ?? "1") ?? 0
    guard (1...1000).contains(cycles) else {
      return .failure(400, "cycles must be from 1 to 1000.")
    }
    let folder = try onRun(request) { $0.folder }
    // Others are answered meanwhile.
    return .json(["done": try starter.extend(folder, by: cycles)])
  }

  // MARK: A run

  /// A run's details; what its curve says is found out while others are answered.
  private func details(_ request: HTTPRequest) throws -> HTTPResponse {
    let due = try onRun(request) { run in
      run.dueDiagnosis(isLive: run.overview().state == .live)
    }
    let diagnosis = due?.made()
    return try onRun(request) { run in
      if let due, let diagnosis { run.keep(diagnosis, of: due) }
      return try details(run)
    }
  }

  private func details(_ run: WatchedRun) throws -> HTTPResponse {
    let overview = run.overview()
    let sections = RunSections(run, overview)
    let actions = RunAction.all(of: run, overview, starts: starter != nil)
    return json(
      """
      {"overview":\(try JSONText.line(overview)),"actions":\(try JSONText.line(actions)),\
      \(try sections.json())}
      """)
  }

  private func curves(_ request: HTTPRequest) throws -> HTTPResponse {
    let range = try Self.range(request.query["from"], request.query["to"])
    let names = (request.query["names"] ?? request.query["name"] ?? "").split(separator: "\n")
    return try lock.withLock { () throws -> HTTPResponse in
      let found = try names.map { try find(String($0)) }
      guard let first = found.first else {
        return .failure(400, "name= or names= says which run's curves are wanted.")
      }
      let versions = found.map { run in
        _ = run.currentCurves()
        return run.version
      }
      .joined(separator: "-")
      // Labels and the plan ahead depend on where the run stands, too.
      let overview = found.count == 1 ? first.overview() : nil
      let version = versions + (overview.map { "-" + $0.state.rawValue } ?? "")
      if range == nil, request.query["version"] == version {
        return HTTPResponse(204, type: "application/json", body: Data())
      }
      let charts =
        if let overview, request.query["names"] == nil {
          try RunSections(first, overview).charts(of: range)
        } else {
          try OverlaidCharts(found, range).all
        }
      let texts = charts.map { $0.json(stretches: 2_000) }
      return json("{\"version\":\"\(version)\",\"charts\":[\(texts.joined(separator: ","))]}")
    }
  }

  private static func range(_ from: String?, _ to: String?) throws -> ClosedRange<Int>? {
    guard let from, let to else { return nil }
    guard let low = Double(from), let high = Double(to), low <= high else {
      throw HTTPResponse.failure(400, "from and to must be updates, in their order.")
    }
    return Int(clamping: low.rounded(.down))...Int(clamping: high.rounded(.up))
  }

  // MARK: The page

  private func page() throws -> HTTPResponse {
    let nonce = UUID().uuidString
    let page = WatchPage(
      title: root.url.lastPathComponent, overviews: currentOverviews(), nonce: nonce)
    return HTTPResponse(
      200, type: "text/html; charset=utf-8", body: Data(page.html.utf8),
      headers: ["Content-Security-Policy": WatchPage.policy(nonce: nonce)])
  }
}

/// The runs that have been seen, with what was read of them.
struct WatchedRuns {
  private var runs: [String: WatchedRun] = [:]
  /// Curves that nobody has looked at for so long are read again when somebody does.
  private static let patience = Duration.seconds(600)

  var all: [WatchedRun] { Array(runs.values) }

  subscript(name: String) -> WatchedRun? { runs[name] }

  /// Takes in what runs there are now.
  mutating func refresh(_ entries: [WatchedFolder.Entry]) {
    runs = Dictionary(
      entries.map { ($0.name, runs[$0.name] ?? WatchedRun(name: $0.name, folder: $0.folder)) },
      uniquingKeysWith: { first, _ in first })
    for run in runs.values where ContinuousClock.now - run.lookedAt > Self.patience {
      run.forgetCurves()
    }
  }
}
