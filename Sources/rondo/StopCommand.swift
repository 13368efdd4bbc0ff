import ArgumentParser
import Planning
import Runs

/// `rondo stop`: tells a run to stop at its next trough.
struct StopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "Asks a run to stop at the end of a cycle (its next trough) and save; --resume continues it.")

  @Argument(help: "The run folder.")
  var folder: String

  func run() throws { try RunRequest.stop(RunFolder.open(folder)).forEach(Console.info) }
}
