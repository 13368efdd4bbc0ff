import ArgumentParser
import Datasets
import Fetching
import Foundation
import Numbers

/// `rondo data fetch`: downloads a published data set.
struct DataFetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Downloads a data set from its publisher.",
    discussion: """
      rondo data fetch cifar10
      rondo train --data cifar10

      Partial downloads are resumed, and each file is checked by its publisher's MD5 sum. Data sets are stored below \
      RONDO_DATA, or else below rondo in your data folder. Available:
      \(PublishedData.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))
      """)

  @Argument(help: "The data set's name.")
  var name: String
  @Option(help: "Another server: an address below which the publisher's files have their names.")
  var from: String?

  func run() throws {
    let data = try Fetcher.data(named: name)
    if let folder = data.folder {
      Console.info("\(data.name) is here already.")
      return Console.output(folder)
    }
    let reporter = DownloadReporter()
    try Fetcher(mirror: from).fetch(data) { reporter.report($0) }
    reporter.end()
    Console.info("Train on it by: rondo train --data \(data.name)")
    Console.output(data.ownFolder)
  }
}

/// Draws how a file comes: on a terminal a bar, elsewhere a line now and then.
///
/// Told from the download's own thread, and from no two at once.
final class DownloadReporter {
  private var throttle = LineThrottle(elsewhere: .seconds(15))

  func report(_ event: Fetcher.Event) {
    switch event {
    case .came(let file, let bytes, let total):
      if throttle.isDue || bytes == total { throttle.draw(Self.line(file, bytes, total)) }
    case .again(let file, let reason):
      say("\(file): the connection broke (\(reason)); reconnecting")
    case .anew(let file, let kept, let reason):
      say(
        "\(file): the \(kept) bytes that are here are not resumed, since \(reason); the download starts again"
      )
    case .waiting(let file): say("\(file): another process is fetching it; waiting for it")
    case .unpacking(let file): say("\(file): checksum verified; unpacking")
    }
  }

  func end() { throttle.leave() }

  private func say(_ line: String) {
    throttle.leave()
    Console.info(line)
  }

  private static func line(_ file: String, _ bytes: Int, _ total: Int?) -> String {
    guard let total, total > 0 else { return "\(file)  \(formattedBytes(bytes))" }
    let width = 24
    let filled = min(width, bytes * width / total)
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
    let sizes = "\(formattedBytes(bytes)) of \(formattedBytes(total))"
    return "\(file)  [\(bar)] \(100 * bytes / total) %  \(sizes)"
  }
}
