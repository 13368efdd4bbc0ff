import Files
import Formatting
import Foundation
import Numbers
import Planning
import Runs

/// What a button of the page does: the same as a command.
struct RunAction: Sendable, Encodable {
  /// The last part of the address that does it.
  enum Kind: String, Sendable, Encodable {
    case land, stop, extend
  }

  let kind: Kind
  /// What the button says.
  let title: String
  /// The command that does the same.
  let command: String
  /// Why it cannot be done now; nil where it can.
  var obstacle: String?

  /// What can be done with a run.
  static func all(
    of run: WatchedRun, _ overview: RunOverview, starts: Bool
  ) -> [RunAction] {
    let path = shellQuoted(run.folder.url.relativePath)
    let plan = run.currentPlan
    let isLive = overview.state == .live
    var land = RunAction(kind: .land, title: "Land", command: "rondo land \(path)")
    if !run.isOpenEnded {
      land.obstacle = "The run was not begun with --open-ended, and ends by its plan."
    } else if overview.state == .ended {
      land.obstacle = "The run has ended."
    } else if plan?.plan.landing != nil {
      land.obstacle = "The run lands already."
    }
    var stop = RunAction(
      kind: .stop, title: "Stop at the next trough", command: "rondo stop \(path)")
    if !isLive {
      stop.obstacle = "No process trains the run now."
    } else if run.folder.stopRequest.exists {
      stop.obstacle = "The run is asked to stop at its next trough."
    } else if let command = SeriesFolder(of: run.folder.url.relativePath)?.command {
      stop.obstacle =
        "The run is one of several that are trained one after another; end their process, and \(command) "
        + "continues it."
    } else if plan?.nextTrough(after: overview.update) == nil {
      stop.obstacle = "The run has no trough before its end."
    }
    var extend = RunAction(
      kind: .extend, title: "Extend by a cycle",
      command: "rondo train --resume \(path) --extend-cycles 1")
    if isLive {
      extend.obstacle = "The run is trained now; it can be extended when it has ended or stopped."
    } else if let work = overview.work {
      extend.obstacle = "The run is \(work); it can be extended afterwards."
    } else if plan == nil {
      extend.obstacle = "The run has no plan yet, and so no cycles to add to."
    } else if run.isOpenEnded || plan?.settings.schedule.kind?.hasCycles == false {
      extend.obstacle = "The run's schedule has no cycles to add."
    } else if !starts {
      extend.obstacle =
        "This program was built without LibTorch and cannot train; type the command."
    }
    return [land, stop, extend]
  }
}

/// Starts this program once more, to train a run on.
public struct TrainingStarter: Sendable {
  private let program: String

  /// Creates a starter of a program.
  public init(program: String) { self.program = program }

  /// Has a run trained on with so many cycles more, by a process of its own that outlives this one; what it says
  /// goes to `watch.log` in the run's folder.
  ///
  /// - Returns: what is to be said of it.
  /// - Throws: `StartError` where it ends at once; `FileError` where something else lies at the log's place.
  func extend(_ folder: RunFolder, by cycles: Int) throws -> String {
    guard RunProcess(of: folder).pid == nil else { throw StartError.isTrained }
    let log = folder.url.appendingPathComponent("watch.log")
    try OwnFile.check(log.path)
    let arguments = [
      program, "train", "--resume", folder.url.path, "--extend-cycles", "\(cycles)", "--reason",
      "extended by rondo watch",
    ]
    let child = try Self.start(arguments, log: log.path)
    // Bad input is found within seconds; what trains is waited for by a thread, so that no zombie is left.
    for _ in 0..<40 {
      var status: Int32 = 0
      if waitpid(child, &status, WNOHANG) == child {
        if status == 0 { return "The run has been extended, and has ended." }
        throw StartError.ended(last: Self.lastLine(of: log.path))
      }
      if RunProcess(of: folder).pid == child { break }
      usleep(100_000)
    }
    Thread.detachNewThread {
      var status: Int32 = 0
      waitpid(child, &status, 0)
    }
    return "Training continues, with \(cycles == 1 ? "one more cycle" : "\(cycles) more cycles")."
  }

  private static func start(_ arguments: [String], log: String) throws -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o666)
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    // Its own group, so that Ctrl-C ends the server and not the training.
    posix_spawnattr_setflags(&attributes, Int16(clamping: Int(POSIX_SPAWN_SETPGROUP)))
    posix_spawnattr_setpgroup(&attributes, 0)
    var child: pid_t = 0
    let words = arguments.map { strdup($0) }
    let variables = ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") }
    defer { (words + variables).forEach { free($0) } }
    let code = posix_spawn(
      &child, arguments[0], &actions, &attributes, words + [nil], variables + [nil])
    guard code == 0 else { throw StartError.notStarted(reason: systemReason(code)) }
    return child
  }

  private static func lastLine(of log: String) -> String {
    let lines = ((try? TextFile.read(log)) ?? "").split(separator: "\n")
    return lines.last.map { $0.hasPrefix("rondo: ") ? String($0.dropFirst(7)) : String($0) }
      ?? "It printed no message."
  }
}

/// Why the training of a run could not be continued.
enum StartError: DescribedError {
  case isTrained
  case notStarted(reason: String)
  case ended(last: String)

  var description: String {
    switch self {
    case .isTrained: "A process trains the run; it can be extended when it has ended or stopped."
    case .notStarted(let reason): "The training could not be started: \(reason)."
    case .ended(let last): last
    }
  }
}
