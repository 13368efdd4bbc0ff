import ArgumentParser

/// `rondo data`: what can be done with data sets beside training on them.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract:
      "Checks data sets, downloads published ones, converts annotations, and writes tar shards.",
    subcommands: [
      DataReportCommand.self, DataFetchCommand.self, DataConvertCommand.self, DataShardCommand.self,
    ])
}
