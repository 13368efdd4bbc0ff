import ArgumentParser

/// Which of a run's checkpoints is used; the newest unless one is chosen.
struct CheckpointChoice: ParsableArguments {
  @Option(help: "Another checkpoint than the newest.")
  var checkpoint: String?
  @Option(help: "The checkpoint with the best value of a metric: accuracy, or loss.")
  var best: String?

  func validate() throws {
    guard checkpoint == nil || best == nil else {
      throw ValidationError("--checkpoint and --best both choose one; leave one out.")
    }
  }
}
