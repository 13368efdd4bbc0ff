#if LIBTORCH
  import ArgumentParser
  import Foundation
  import Runs
  import Training

  /// `rondo export`: a run's model as a file of weights for other programs.
  struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Writes a run's model as safetensors, named as torchvision names it.",
      discussion: """
        rondo export runs/photos-1 --output photos.safetensors
        rondo export runs/photos-1 --output photos.safetensors --best accuracy

        The metadata hold the class names and the preprocessing; Guides/weights.md loads it in Python.
        """)

    @Argument(help: "The run folder.")
    var folder: String
    @Option(help: "The file to write.")
    var output: String
    @Option(help: "Another checkpoint than the newest.")
    var checkpoint: String?
    @Option(help: "The checkpoint with the best of a test figure instead: accuracy, or loss.")
    var best: String?

    func validate() throws {
      guard checkpoint == nil || best == nil else {
        throw ValidationError("--checkpoint and --best both choose one; leave one out.")
      }
    }

    func run() throws {
      let folder = try RunFolder.open(folder)
      let chosen = try best.map { try folder.bestCheckpoint(by: $0) } ?? folder.newestCheckpoint
      guard let file = checkpoint.map({ URL(fileURLWithPath: $0) }) ?? chosen else {
        throw TrainingError.nothingToResume(
          folder: folder.url.relativePath, because: "it has no checkpoint yet")
      }
      try Checkpoint.export(file, to: URL(fileURLWithPath: output))
      Console.say("\(output): the model of \(file.relativePath)")
    }
  }
#endif
