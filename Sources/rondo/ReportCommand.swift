import ArgumentParser
import Reporting
import Runs

/// `rondo report`: a run folder as one HTML page; also of a run in progress, or one that was killed.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes a run folder's report.html.")

  @Argument(help: "The run folder.")
  var folder: String

  func run() throws {
    let folder = try RunFolder.open(folder)
    try Report.write(for: folder)
    Console.output(folder.report.path)
  }
}
