import ArgumentParser
import Datasets
import Numbers

/// `rondo data shard`: writes images with their classes, boxes or masks as tar shards.
struct DataShardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shard",
    abstract: "Writes images with their classes, boxes or masks as tar shards.",
    discussion: """
      rondo data shard photos photo-shards
      rondo train --data photo-shards

      Shards are read in place, in a few large files instead of many small ones. They have WebDataset's format: each \
      image behind its class's number in a .cls file, its boxes in a .json file, or its mask in a .mask.png file; \
      classes.txt has the names of the classes. Images and masks are copied as they are, in an order that is shuffled \
      once.
      """)

  @Argument(help: "The folder, as 'rondo train --data' takes it.")
  var input: String
  @Argument(help: "The new folder.")
  var output: String
  @Option(help: "The size of a shard, in megabytes, from which the next one begins.")
  var megabytes = 256.0
  @Flag(help: "Trust links that lead out of the data set's folder.")
  var allowLinks = false
  @Option(help: "text, or json for a summary on standard output.")
  var format: OutputFormat = .text

  func run() throws {
    guard megabytes >= 0.001, megabytes <= 1e6 else {
      throw ValidationError("--megabytes must be from 0.001 to 1000000.")
    }
    try DetectionConversion.check(output, input: input)
    let writer = try ShardWriter(
      of: input, maximumBytes: Int(clamping: (megabytes * 1e6).rounded()), allowsLinks: allowLinks)
    writer.notes.forEach(Console.info)
    let account = try writer.write(to: output) { Console.info("written: \($0)") }
    let parts = account.images.sorted { $0.key < $1.key }.map { part, images in
      "\(part) (\(images) images in \(account.shards[part] ?? 0))"
    }
    Console.info("\(account.classes) classes, shards: " + parts.joined(separator: ", "))
    if format == .json { Console.output(try JSONText.line(account)) }
  }
}
