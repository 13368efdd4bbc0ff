#if LIBTORCH
  import ArgumentParser
  import Datasets
  import Foundation
  import Runs
  import Tasks

  /// `rondo predict`: images in, classes or masks out.
  struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "predict",
      abstract: "Says which class each image shows, or draws its mask, by a run's model.",
      discussion: """
        rondo predict runs/photos-1 a.jpg more-photos
        rondo predict runs/photos-1 photos --top 5 --output answers.csv
        find . -name '*.jpg' | rondo predict runs/photos-1 - --format json
        rondo predict runs/cells-1 images --output masks --overlays

        Images are resized, cropped and normalised as the run's own evaluation images are. One that
        cannot be read is named on standard error and left out. Exit status: 0 all images have an
        answer, 1 some were left out, 2 nothing was begun.
        """)

    @Argument(help: "The run folder.")
    var folder: String
    @Argument(
      help: "Image files, folders of them, or '-' for a list on standard input, one a line.")
    var images: [String]
    @Option(help: "How many classes are said of each image, with their probabilities.")
    var top = 1
    @Option(help: "csv or json.")
    var format = PredictionFormat.csv
    @Option(help: "A file for the answers, or the folder for masks; standard output if left out.")
    var output: String?
    @Flag(help: "Masks: a picture of each image with its mask over it as well.")
    var overlays = false
    @Flag(help: "Masks: the probability of each class for each pixel as well, as safetensors.")
    var probabilities = false
    @Option(help: "Another checkpoint than the newest.")
    var checkpoint: String?
    @Option(help: "cpu, cuda, cuda:1, mps or auto.")
    var device: String?

    func run() throws {
      for name in images where name != "-" && !FileManager.default.fileExists(atPath: name) {
        throw JudgingError.absent(name)
      }
      let run = try TrainedRun(folder, checkpoint: checkpoint, device: device)
      switch run.task {
      case .classify: try predictClasses(by: TrainedClassifier(run))
      case .segment: try drawMasks(by: TrainedSegmenter(run))
      case .detect: throw run.task.isUnknown
      }
    }

    private func drawMasks(by model: TrainedSegmenter) throws {
      guard let output else {
        throw ValidationError("Masks are files: name a folder for them by --output.")
      }
      let folder = URL(fileURLWithPath: output)
      var (names, broken) = (OutputNames(), 0)
      var drawn: [MaskPrediction] = []
      for path in ImagePaths(images) {
        if drawn.isEmpty, broken == 0 { try RunFolder.makeFolder(folder) }
        do {
          let mask = try model.predict(
            path, name: names.name(for: path), into: folder,
            MaskExtras(overlays: overlays, probabilities: probabilities))
          if drawn.isEmpty, format == .csv { Console.give("file,mask,objects") }
          if format == .csv { Console.give(mask.row) }
          drawn.append(mask)
        } catch let fault as ImageFault {
          Console.say("left out: \(path): \(fault)")
          broken += 1
        }
      }
      if format == .json { Console.give(try JSON.line(drawn)) }
      guard !drawn.isEmpty || broken > 0 else {
        throw JudgingError.noImages(images.joined(separator: ", "))
      }
      guard broken == 0 else { throw JudgingError.leftOut(broken, of: broken + drawn.count) }
    }

    private func predictClasses(by model: TrainedClassifier) throws {
      try model.check(top: top)
      var paths = ImagePaths(images)
      guard let first = paths.next() else {
        throw JudgingError.noImages(images.joined(separator: ", "))
      }
      let all = sequence(first: first) { _ in paths.next() }
      let count: TrainedClassifier.PredictionCount
      if let output {
        var written: TrainedClassifier.PredictionCount?
        try AtomicFile.write(to: URL(fileURLWithPath: output)) { temporary in
          try Data().write(to: temporary)
          let file = try FileHandle(forWritingTo: temporary)
          defer { try? file.close() }
          written = try predict(all, by: model, to: file)
        }
        count = written ?? .init()
      } else {
        count = try predict(all, by: model, to: .standardOutput)
      }
      guard count.broken == 0 else {
        throw JudgingError.leftOut(count.broken, of: count.broken + count.predicted)
      }
    }

    private func predict(
      _ paths: some Sequence<String>, by model: TrainedClassifier, to file: FileHandle
    ) throws -> TrainedClassifier.PredictionCount {
      var isFirst = true
      func write(_ text: String) throws { try file.write(contentsOf: Data(text.utf8)) }
      try write(format.opening(top: top))
      let count = try model.predict(
        paths, top: top, onBroken: { Console.say("left out: \($0.path): \($0.fault)") }
      ) { predictions in
        let lines = try predictions.map { prediction in
          defer { isFirst = false }
          return try format.line(prediction, isFirst: isFirst)
        }
        try write(lines.joined())
      }
      try write(format.ending)
      return count
    }
  }

  extension PredictionFormat: ExpressibleByArgument {}
#endif
