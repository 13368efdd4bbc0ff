import ArgumentParser
import Foundation
import Numbers
import Serving
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

      The page is for this machine alone. --host 0.0.0.0 --token SECRET shows it to others that give the token.
      """)

  @Argument(help: "The folder of runs, or a run folder.")
  var runs = "runs"
  @Option(help: "The port; 0 takes any that is free.")
  var port = 7171
  @OptionGroup var listening: ListeningOptions

  func run() throws {
    #if LIBTORCH
      let starter = Bundle.main.executablePath.map { TrainingStarter(program: $0) }
    #else
      let starter: TrainingStarter? = nil
    #endif
    let watcher = try Watcher(runs, starter: starter)
    let listener = try listening.listen(at: port)
    listener.stopAtSignals()
    Console.info("watching \(runs) at \(listener.address)")
    Console.info("Ctrl-C ends it; runs continue")
    listener.server.run(
      .init { request in
        listener.rules.response(to: request) ?? watcher.response(to: request)
      })
  }
}
