import ArgumentParser
import Foundation
import Numbers
import Serving
import Synchronization
import Watching

/// `rondo watch`: shows runs in the browser while they train.
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Shows runs in the browser while they train.",
    discussion: """
      rondo watch                     all runs of the folder runs
      rondo watch runs/photos-1       one run
      rondo watch --port 0            at any port that is free

      The page is for this machine alone. --host 0.0.0.0 --token SECRET shows it to others that
      give the token.
      """)

  @Argument(help: "The folder of runs, or a run folder.")
  var runs = "runs"
  @Option(help: "The port; 0 takes any that is free.")
  var port = 7171
  @Option(help: "The address to listen at; one that other machines reach needs a token.")
  var host = "127.0.0.1"
  @Option(help: "What is to be given to see the page; also taken from RONDO_TOKEN.")
  var token: String?

  func run() throws {
    let token =
      token ?? ProcessInfo.processInfo.environment["RONDO_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
    #if LIBTORCH
      let starter = Bundle.main.executablePath.map { TrainingStarter(program: $0) }
    #else
      let starter: TrainingStarter? = nil
    #endif
    let watcher = try Watcher(runs, starter: starter)
    // What is wrong with the token is said before the port is taken.
    _ = try AccessRules(host: host, port: port, token: token)
    let server = try HTTPServer(host: host, port: port)
    let rules = try AccessRules(host: host, port: server.port, token: token)
    let name = host.contains(":") ? "[\(host)]" : host
    InheritedSignals.letThrough()
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in isEnding.store(true, ordering: .relaxed) }
    }
    Console.say(
      "watching \(runs) at http://\(name):\(server.port)/" + (token == nil ? "" : "?token=TOKEN"))
    Console.say("Ctrl-C ends it; runs go on")
    Thread.detachNewThread {
      while !isEnding.load(ordering: .relaxed) { usleep(100_000) }
      server.stop()
    }
    server.run { request in rules.response(to: request) ?? watcher.response(to: request) }
  }
}

private let isEnding = Atomic(false)
