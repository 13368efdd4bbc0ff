import ArgumentParser
import Datasets
import Files
import Foundation
import Numbers
import Reporting
import Settings

/// `rondo data report`: what a data set holds, and what stands out in it.
struct DataReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract:
      "Reports classes, sizes, copies across the splits, and suspicious images and labels.",
    discussion: """
      rondo data report photos                     writes photos.html and a summary
      rondo data report photos --json report.json  the same facts for a program

      Every image is decoded once. Findings do not change the exit status, which is 0; it is 2 for what cannot be read \
      as a data set.
      """)

  @Argument(help: "A folder, or a data set that 'rondo data fetch' has.")
  var data: String
  @Option(
    help: "\(TaskDescription.names.joined(separator: ", ")); by default what the data is for.")
  var task: TaskDescription?
  @Option(help: "The page to write; the data's name with .html in this folder if left out.")
  var output: String?
  @Option(help: "A JSON file to write too; - for standard output, instead of the summary.")
  var json: String?
  @Flag(help: "Follow links that lead out of the folder.")
  var allowLinks = false
  @Flag(help: "Overwrite files that Rondo did not write.")
  var overwrite = false

  func run() throws {
    let source = try DataSource(named: data)
    let page = output ?? source.shortName + ".html"
    let rule = OutputRule(overwrite: overwrite)
    if case .folder(let path) = source {
      rule.protect(folder: path, as: "a file of the data", own: false)
    }
    try rule.claim(page)
    try json.map { try rule.claim($0) }
    let report = try (task ?? TaskDescription(recognizing: source))
      .report(of: source, options: DataOptions(allowsLinks: allowLinks))
    try rule.write(to: page) { try $0.write(DataReportPage.html(report)) }
    if let json {
      try rule.write(to: json) { writer in
        try writer.write(JSONText.data(report, isPretty: true) + Data("\n".utf8))
      }
    }
    if json != "-", page != "-" { Console.output(text: report.text) }
    if page != "-" { Console.info("report:     \(page)") }
  }
}

extension TaskDescription: NamedArgument {}
