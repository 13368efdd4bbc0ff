#if LIBTORCH
  import ArgumentParser
  import Datasets
  import Files
  import Foundation
  import Settings
  import Tasks
  import Torch

  /// `rondo predict`: images in, classes, masks or boxes out.
  struct PredictCommand: SharedCommand {
    static let configuration = CommandConfiguration(
      commandName: "predict",
      abstract: "Predicts classes, masks or boxes of images with a run's model.",
      discussion: """
        rondo predict runs/photos-1 a.jpg more-photos
        rondo predict runs/photos-1 photos --top 5 --output predictions.csv
        rondo predict runs/photos-1 photos --output predictions.json
        find . -name '*.jpg' | rondo predict runs/photos-1 - --format json
        rondo predict runs/cells-1 images --output masks --overlays
        rondo predict runs/cells-1 slides --format json --pictures seen

        Images are preprocessed like the run's own evaluation images. One that cannot be read is named on standard \
        error and left out. Exit status: 0 all images have a prediction, 1 some were left out, 2 nothing was begun. \
        For a detector json is COCO's results format.
        """)

    @Argument(help: "The run folder.")
    var folder: String
    @Argument(
      help:
        "Image files, folders of them, tar shards, or '-' for a list on standard input, one a line, or with zero bytes between them."
    )
    var images: [String]
    @Option(
      help: "csv or json; by default what the output's name ends with, and csv on standard output.")
    var format: PredictionFormat?
    @Option(
      help: "A file for the predictions, or the folder for masks; standard output if left out.")
    var output: String?
    @Flag(help: "Overwrite files that Rondo did not write, and images with their own masks.")
    var overwrite = false
    @OptionGroup var choice: CheckpointChoice
    @Option(help: "cpu, cuda, cuda:1, mps or auto.")
    var device: String?

    @OptionGroup(title: ClassificationPredictor.title) var classification: ClassificationPredictor
    @OptionGroup(title: SegmentationPredictor.title) var segmentation: SegmentationPredictor
    @OptionGroup(title: DetectionPredictor.title) var detection: DetectionPredictor

    /// How each task predicts; a task is one line here and one above.
    private var predictors: [any TaskPredictor] { [classification, segmentation, detection] }

    @OptionGroup(title: ProcessOptions.title) var processes: ProcessOptions

    func run() throws { try processes.join { try predict() } }

    private func predict() throws {
      try ProcessGroup.together {
        for name in images where name != "-" && !ImagePaths.isThere(name) {
          throw EvaluationError.absent(name)
        }
      }
      var unpacked = self
      try ProcessGroup.onFirst { unpacked.images = try ImagePaths.unpacked(images) }
      let run = try TrainedRun(
        folder, checkpoint: choice.checkpoint, best: choice.best, device: device)
      Console.info(try run.modelDescription())
      for other in predictors where other.task != run.task {
        guard let option = other.given.first else { continue }
        throw SettingsError.otherTask(
          key: option, task: run.task.rawValue, tasks: [other.task.rawValue])
      }
      ImagePaths.account(of: unpacked.images).linesOfLeftOut.forEach(Console.info)
      try predictors.first { $0.task == run.task }?.predict(with: run, for: unpacked)
    }

    // MARK: Inputs and outputs

    /// How predictions are written that all go to one output: as was typed, or by its name's ending.
    ///
    /// - Throws: `ValidationError` for a name that ends with another format than the one that is written.
    func formatOfOutput() throws -> PredictionFormat {
      guard let output else { return format ?? .csv }
      let ending = URL(fileURLWithPath: output).pathExtension.lowercased()
      let named = PredictionFormat(rawValue: ending)
      if let format, let named, format != named {
        throw ValidationError(
          "--format is \(format.rawValue), and --output \(output) ends with another format; leave out --format, or "
            + "end the name with .\(format.rawValue).")
      }
      if format == nil, let ending = FileEnding.ofNoPredictions(output) {
        throw ValidationError(
          "--output ends with .\(ending), which no predictions are written as; end it with .csv or .json, or add "
            + "--format.")
      }
      if format == nil, named == nil, !ending.isEmpty, ending != "txt" {
        Console.info("note: \(output) is written as CSV; --format json writes JSON")
      }
      return format ?? named ?? .csv
    }

    /// Says that an image is left out.
    func reportBroken(_ image: BrokenImage) {
      Console.info("left out: \(image.path): \(image.fault)")
    }

    /// Says how often images were named again.
    private func reportRepeated(_ listed: ImagePaths) {
      guard let first = listed.firstRepeated else { return }
      Console.info(
        "note: \(listed.repeated) of the named images had been named before, the first \(DataSource.shown(first)); "
          + "each is predicted once")
    }

    /// The rule by which this command writes: nothing over the run, and nothing over an image.
    func rule(for run: TrainedRun) -> OutputRule {
      let rule = OutputRule(overwrite: overwrite)
      rule.protect(folder: run.folder.url.path, as: "a file of the run")
      rule.protect(run.checkpoint.path, as: "the checkpoint")
      return rule
    }

    /// The paths of all images, a list's too, which is read to its end; all are protected.
    func allImages(_ rule: OutputRule) throws -> [String] {
      var listed = ImagePaths(images)
      var paths: [String] = []
      while let path = listed.next() { paths.append(path) }
      reportRepeated(listed)
      guard !paths.isEmpty else { throw EvaluationError.noImages(images.joined(separator: ", ")) }
      for path in Set(paths.map(ImagePaths.file)) { rule.protect(path, as: "an image") }
      ImagePaths.notes(on: paths).forEach(Console.info)
      return paths
    }

    /// Lets a body write the predictions of all images to where they are wanted.
    ///
    /// - Parameter known: the images, where they had to be known before; a list is read while it is
    ///   asked for otherwise.
    func write(
      _ rule: OutputRule, _ known: [String]? = nil,
      _ body: (AnySequence<String>, (String) throws -> Void) throws -> PredictionCount
    ) throws {
      // Of several processes the first one has the names of the images, and writes.
      let count =
        ProcessGroup.isFirst ? try written(rule, known, body) : try body(AnySequence([])) { _ in }
      guard count.broken == 0 else {
        throw EvaluationError.leftOut(count.broken, of: count.broken + count.predicted)
      }
    }

    private func written(
      _ rule: OutputRule, _ known: [String]?,
      _ body: (AnySequence<String>, (String) throws -> Void) throws -> PredictionCount
    ) throws -> PredictionCount {
      let paths: AnySequence<String>
      if known != nil || !images.contains("-") {
        paths = AnySequence(try known ?? allImages(rule))
      } else {
        var listed = ImagePaths(images)
        guard let first = listed.next() else {
          throw EvaluationError.noImages(images.joined(separator: ", "))
        }
        func take(_ path: String) {
          rule.protect(path, as: "an image")
          ImagePaths.notes(on: [path]).forEach(Console.info)
        }
        take(first)
        paths = AnySequence(
          sequence(first: first) { _ in
            let next = listed.next()
            if let next { take(next) } else { reportRepeated(listed) }
            return next
          })
      }
      if let output, known == nil { try rule.claim(output) }
      return try rule.write(to: output ?? "-") { writer in
        try body(paths) { try writer.write($0) }
      }
    }
  }

  extension PredictionFormat: NamedArgument {}

  /// What comes before the first prediction, and is written with it: by a model that predicts NaN nothing is.
  struct Opening {
    private var text: String?

    init(_ text: String) { self.text = text }

    /// Writes it, unless it was written before.
    mutating func write(by write: (String) throws -> Void) throws {
      if let text { try write(text) }
      text = nil
    }
  }

  /// What a task adds to `rondo predict`: its options, and how its models predict.
  protocol TaskPredictor: IntroducedOptions {
    /// The task.
    var task: TaskDescription { get }
    /// The options of the task that were typed, without dashes.
    var given: [String] { get }
    /// Predicts the images of a command.
    func predict(with run: TrainedRun, for command: PredictCommand) throws
  }
#endif
