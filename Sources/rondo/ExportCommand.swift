#if LIBTORCH
  import ArgumentParser
  import Files
  import Foundation
  import Planning
  import Runs
  import Settings
  import Training

  /// `rondo export`: a run's model as a file of weights for other programs.
  struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Writes a run's model as safetensors, named as torchvision names it.",
      discussion: """
        rondo export runs/photos-1 --output photos.safetensors
        rondo export runs/photos-1 --output photos.safetensors --best accuracy

        Exports the weights that the run is evaluated with: the averaged ones, if it has any
        (--ema, --average swa); --best ranks by their metrics. The metadata has the class names and the preprocessing; Guides/weights.md loads it in Python.
        """)

    @Argument(help: "The run folder.")
    var folder: String
    @Option(help: "The file to write; - for standard output.")
    var output: String
    @Flag(help: "Overwrite a file that Rondo did not write.")
    var overwrite = false
    @OptionGroup var choice: CheckpointChoice

    func run() throws {
      let folder = try RunFolder.open(folder)
      let settings = try RunSettings.read(from: folder.configuration.path).resolved
      let best = try choice.best.map { (metric: $0, ranked: try folder.bestCheckpoint(by: $0)) }
      let named = choice.checkpoint.map { URL(fileURLWithPath: $0) }
      guard let file = named ?? best?.ranked.file ?? folder.newestCheckpoint else {
        throw TrainingError.cannotResume(
          folder: folder.url.relativePath, because: "it has no checkpoint yet")
      }
      _ = try Checkpoint.readMetadata(file, of: settings)
      let weights = try CheckpointWeights(of: file, in: settings)
      let rule = OutputRule(overwrite: overwrite)
      rule.protect(folder: folder.url.path, as: "a file of the run")
      rule.protect(file.path, as: "the checkpoint")
      try rule.claim(output)
      try rule.write(to: output) { try Checkpoint.export(file, to: $0) }
      Console.say("\(output): \(weights) of \(file.relativePath)")
      if let best { Console.say(best.ranked.description(metric: best.metric)) }
      if settings.evaluation.average == .snapshots {
        Console.say(
          "note: a file holds one model; the run's snapshot ensemble is used by 'rondo evaluate' and "
            + "'rondo predict' only")
      }
    }
  }
#endif
