#if LIBTORCH
  import ArgumentParser
  import Tasks

  /// `rondo evaluate`: judges a run's newest checkpoint, or a named one, on the evaluation data.
  struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "evaluate", abstract: "Judges a run's model on its evaluation data.")

    @Argument(help: "The run folder.")
    var folder: String
    @Option(help: "Another checkpoint than the newest.")
    var checkpoint: String?
    @Option(help: "Another data set than the run's.")
    var data: String?
    @Option(help: "cpu, cuda, cuda:1, mps or auto.")
    var device: String?
    @Option(help: "text or json.")
    var format: OutputFormat = .text

    func run() throws {
      let judged = try judge(
        run: folder, checkpoint: checkpoint, data: data, device: device)
      switch format {
      case .text:
        Console.say("\(judged.checkpoint) on \(judged.data), \(judged.images) images:")
        for (name, value) in judged.values.sorted(by: { $0.key < $1.key }) {
          Console.give("\(name) \(value)")
        }
      case .json: Console.give(try JSON.line(judged))
      }
    }
  }
#endif
