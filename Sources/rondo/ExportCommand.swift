#if LIBTORCH
  import ArgumentParser
  import Files
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
    @Option(help: "The file to write; - for standard output.")
    var output: String
    @Flag(help: "Write over a file that is not Rondo's own.")
    var overwrite = false
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
      let rule = OutputRule(overwrite: overwrite)
      rule.protect(folder: folder.url.path, as: "a file of the run")
      rule.protect(file.path, as: "the checkpoint")
      try rule.claim(output)
      try rule.write(to: output) { try Checkpoint.export(file, to: $0) }
      Console.say("\(output): the model of \(file.relativePath)")
    }
  }
#endif
