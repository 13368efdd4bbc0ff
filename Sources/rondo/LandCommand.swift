import ArgumentParser
import Planning
import Runs

/// `rondo land`: tells an open-ended run to cool down and end.
struct LandCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "land",
    abstract:
      "Asks a run of 'rondo train --open-ended' to cool down and end: at once, or when it is resumed.")

  @Argument(help: "The run folder.")
  var folder: String

  func run() throws { try RunRequest.land(RunFolder.open(folder)).forEach(Console.info) }
}
